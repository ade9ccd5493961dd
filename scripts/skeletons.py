"""The skeleton of a noun: one file in each room, and the lines of the policy."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

TEMPLATES = Path(__file__).parent / "skeleton"


def write(root: Path, context: str, plural: str, singular: str) -> Iterator[tuple[Path, str]]:
    """Write the files of a noun below ``root``; the paths, and whether each was written or changed.

    FileExistsError when there is one already.
    """
    filled = _filler(context, plural, singular)
    migrations = root / "models" / "migrations"
    number = max(int(path.name[:4]) for path in migrations.glob("[0-9]*.py")) + 1
    files = {
        root / "spec" / context / f"{plural}.yaml": "contract.yaml",
        root / "models" / context / f"{plural}.py": "model.py",
        root / "handlers" / context / f"{plural}.py": "handler.py",
        root / "contract_tests" / "behaviour" / context / f"test_{plural}.py": "story.py",
        migrations / f"{number:04}_{plural}.py": "migration.py",
    }
    for path, template in files.items():
        with path.open("x", encoding="utf-8") as file:
            file.write(filled(template))
        yield path, "written"
    policy = root / "security" / "policy" / f"{context}.py"
    lines = policy.read_text("utf-8")
    head, _, tail = lines.partition("\n}\n")  # the end of the first table, POLICY
    policy.write_text(f"{head}\n{filled('policy.py')}{tail}", "utf-8")
    yield policy, "changed"


def _filler(context: str, plural: str, singular: str) -> Callable[[str], str]:
    """A function that gives a template of this name, filled in."""
    word, words = singular.replace("_", " "), plural.replace("_", " ")
    article = "an" if word[0] in "aeiou" else "a"
    values = {
        "context": context,
        "plural": plural,
        "Plural": words.capitalize(),
        "words": words,
        "noun": singular,
        "Noun": "".join(part.capitalize() for part in singular.split("_")),
        "word": word,
        "Word": word.capitalize(),
        "path": plural.replace("_", "-"),
        "a": article,
        "A": article.capitalize(),
    }
    names = "|".join(sorted(values, key=len, reverse=True))

    def fill(name: str) -> str:
        template = (TEMPLATES / f"{name}.txt").read_text("utf-8")
        return re.sub(rf"\$({names})(?![a-z])", lambda match: values[match[1]], template)

    return fill
