"""What the house says of itself against what it is: settings, problems and their pages."""

import re

from contract_tests.contract.house import PRODUCT, ROOT, files, module_of, written
from contract_tests.contract.style_answers import SHARED
from models.base.errors import BASES, Refusal
from models.base.settings import Settings

# Variables that are read before, or beside, the settings.
BESIDE_SETTINGS = {
    "REMIT_ENVIRONMENT": "read before anything of the environment can be imported",
    "REMIT_ENVIRONMENT_TRIES": "one command's note to itself",
    "REMIT_VENV": "read before anything of the environment can be imported",
    "REMIT_RECORD_PROBLEMS": "what one command tells the tests that it runs",
    "REMIT_PG_BIN": "read by the embedded database alone",
}


def as_shown(field):
    """The default of a setting, as the README shows it; nothing for what is empty."""
    default = (
        field.default.get_secret_value() if hasattr(field.default, "get_secret_value") else field.default
    )
    return f"`{default}`" if str(default) else ""


def is_inherited(field):
    """Whether a field is of a part of the settings: those come last."""
    return field[0] not in Settings.__annotations__


def settings_table():
    """The rows of the README's table of settings, as the class says them."""
    return [
        f"| `REMIT_{name.upper()}` | {as_shown(setting)} | {setting.description} |"
        for name, setting in sorted(Settings.model_fields.items(), key=is_inherited)
    ]


def test_the_readme_has_the_settings():
    rows = [
        line.strip()
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.startswith("| `REMIT_")
    ]
    assert [re.sub(r"\s+", " ", line) for line in rows] == [
        re.sub(r"\s+", " ", line) for line in settings_table()
    ], "copy into README.md:\n| Setting | Default | What it does |\n|---|---|---|\n" + "\n".join(
        settings_table()
    )


def test_what_is_read_from_the_environment_is_a_setting():
    variables = {f"REMIT_{name.upper()}" for name in Settings.model_fields}
    read = {}
    for name, path in files(below=(*PRODUCT, "scripts/")):
        if written(name) and (path.suffix == ".py" or not path.suffix):
            read |= dict.fromkeys(re.findall(r"REMIT_[A-Z_]+\b", path.read_text("utf-8")), name)
    strange = {
        variable: name
        for variable, name in read.items()
        if variable not in variables | BESIDE_SETTINGS.keys()
    }
    assert not strange, f"make them settings, or say here why they are none: {strange}"
    assert BESIDE_SETTINGS.keys() <= read.keys(), "take off the list what is no longer read"


def kinds_of_refusal(cls=Refusal):
    for child in cls.__subclasses__():
        yield child
        yield from kinds_of_refusal(child)


def test_every_problem_is_explained():
    for _, path in files(".py", below=("handlers/", "models/", "security/")):
        if "migrations" not in path.parts:
            __import__(module_of(str(path.relative_to(ROOT))))
    kinds = [
        cls for cls in kinds_of_refusal() if cls not in BASES and cls.__module__.partition(".")[0] in PRODUCT
    ]
    codes = [cls.code() for cls in kinds]
    assert len(codes) == len(set(codes)), (
        f"two problems have one code: {sorted(code for code in codes if codes.count(code) > 1)}"
    )
    for cls in kinds:
        problem = f"{cls.__module__}.{cls.__name__}"
        assert cls.title().endswith("."), (
            f"{problem}: the first line of its docstring is its title, a sentence"
        )
        for section in ("Cause", "Fix"):
            assert cls.section(section).endswith("."), f"{problem}: write {section}: a sentence"
        assert cls.section("Try").startswith(("curl ", "No ")), (
            f"{problem}: write Try: a command of curl that produces it, or 'No command …' and why"
        )
        assert cls.status in SHARED, f"{problem}: no answer of the contract has the status {cls.status}"
        if cls.status in (408, 429, 503):
            assert cls.retryable, f"{problem}: the same request may succeed later"


def missing_identifiers(glossary, code):
    """The identifiers in the second column of a table of terms that no code defines."""
    named = [name for line in glossary.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[2])]
    assert named, "the glossary has a table: | term | `identifier` | meaning |"
    return [name for name in named if not re.search(rf"\b(class|def) {name}\b|\b{name}\b *[=:]", code)]


def glossary():
    section = (
        (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## Glossary\n")[2].partition("\n## ")[0]
    )
    return "\n".join(line for line in section.splitlines() if line.startswith("| ") and "`" in line)


def test_the_identifiers_of_the_glossary_are_in_the_code():
    code = "\n".join(
        path.read_text("utf-8")
        for name, path in files(".py", below=("handlers/", "models/", "security/", "contract_tests/"))
    )
    missing = missing_identifiers(glossary(), code)
    assert not missing, f"correct the glossary of CONTRIBUTING.md: nothing is called {missing}"


def test_a_term_without_code_is_found():
    assert missing_identifiers("| plan | `Plan` | … |\n| wall | `Wall` | … |", "class Plan:") == ["Wall"]
