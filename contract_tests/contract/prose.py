"""The sentences that people outside the team read, and what textlint says about them.

A text has a place, by which a finding names it.  The texts of one file of the tree are one Markdown document for textlint.
"""

import ast
import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import spec
from contract_tests.contract import tools
from handlers.http.application import CompiledContract, handler_of
from models.base.errors import problem_types

CONFIG = tools.FOLDER / "textlint.json"
PHRASES = tools.FOLDER / "forbidden_phrases.txt"
MAIL_TEMPLATES = tools.ROOT / "handlers" / "gateways" / "mail_templates"
GUIDES = spec.FOLDER / "guides"
# Keys whose values are examples or code, in which no sentence of ours stands.
NOT_PROSE = {"example", "examples", "enum", "default", "pattern", "parameters"}


class Text(NamedTuple):
    location: str
    text: str


def documents() -> dict[str, list[Text]]:
    """Every text, by the name of the document in which textlint sees it."""
    return {
        "contract": list(of_contract(spec.load())),
        "catalogue": [*of_catalogue(), *of_details()],
        "emails": list(of_mail_templates()),
        **{path.stem: [Text(f"spec/guides/{path.name}", path.read_text("utf-8"))] for path in guides()},
        "readme": [Text("README.md", (tools.ROOT / "README.md").read_text("utf-8"))],
        "contributing": [Text("CONTRIBUTING.md", (tools.ROOT / "CONTRIBUTING.md").read_text("utf-8"))],
        "changelog": [Text("CHANGELOG.md", newest_changes())],
    }


def guides() -> list[Path]:
    return sorted(GUIDES.glob("*.md"))


def of_contract(document: dict[str, Any]) -> Iterator[Text]:
    """The summaries and descriptions of a joined contract, and the sentences about scopes, event types, and formats."""
    yield from _within(document, "")
    for section in ("x-scopes", "x-openid-scopes", "x-event-types", "x-formats"):
        for name, sentence in document.get(section, {}).items():
            yield Text(f"{section} {name}", sentence)
    for name, entry in spec.formats().items():
        yield Text(f"x-formats {name} refusal", entry["refusal"])


def _within(node: Any, location: str) -> Iterator[Text]:
    if isinstance(node, list):
        for number, item in enumerate(node):
            yield from _within(item, f"{location}/{number}")
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("summary", "description", "exempt", "x-external-call") and isinstance(value, str):
                yield Text(f"{location}/{key}", value)
            elif key not in NOT_PROSE or location.endswith("/properties") or key == "parameters":
                yield from _within(value, f"{location}/{key}")


def of_catalogue() -> Iterator[Text]:
    """The title, cause, and fix of every problem type."""
    CompiledContract(spec.load(), handler_of).compile_all()
    for code, cls in sorted(problem_types().items()):
        for part, text in (
            ("title", cls.title()),
            ("Cause", cls.section("Cause")),
            ("Fix", cls.section("Fix")),
        ):
            yield Text(f"{cls.__module__}.{cls.__name__} ({code}) {part}", text)


def of_details() -> Iterator[Text]:
    """The sentences with which problems are raised, and those of their faults; a value in one is a word."""
    raised = {cls.__name__ for cls in problem_types().values()} | {"fault", "refused", "_refuse", "_refused"}
    for folder in ("handlers", "models", "security"):
        for path in sorted((tools.ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in raised:
                    for text in filter(lambda sentence: sentence.endswith("."), map(_sentence, node.args)):
                        yield Text(f"{path.relative_to(tools.ROOT)}:{node.lineno}", text)


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _sentence(node: ast.expr) -> str:
    """The text of a literal, in which each value is a word; nothing of another expression."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "FACT" for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else ""


def of_mail_templates(folder: Path = MAIL_TEMPLATES) -> Iterator[Text]:
    """The templates of emails, as text and as HTML without its tags; a fact is a word."""
    for path in sorted(folder.rglob("*.*")):
        if path.name == "layout.html":
            continue  # the frame of all others
        text = re.sub(r"\{%.*?%\}", "", path.read_text("utf-8"))
        text = re.sub(r"\{\{.*?\}\}", "FACT", text, flags=re.S)
        yield Text(path.name, re.sub(r"<[^>]+>", "", text) if path.suffix == ".html" else text)


def newest_changes() -> str:
    """The section of the changelog about the newest version."""
    return re.split(r"(?m)^(?=## )", (tools.ROOT / "CHANGELOG.md").read_text("utf-8"))[1]


def phrases() -> list[tuple[str, str]]:
    """``(phrase, what to write instead)`` of each phrase that is not to be found anywhere."""
    lines = PHRASES.read_text("utf-8").splitlines()
    parts = [line.split(" > ", 1) for line in lines if line and not line.startswith("#")]
    return [(phrase, instead) for phrase, instead in parts]


def findings(texts: dict[str, list[Text]], folder: Path) -> list[str]:
    """What textlint finds in the documents, each with the place of the text."""
    paths, starts = [], {}
    for name, parts in texts.items():
        lines, at = [], []
        for part in parts:
            at.append(len(lines) + 1)
            lines += [*part.text.splitlines(), ""]
        path = folder / f"{name}.md"
        path.write_text("\n".join(lines) + "\n", "utf-8")
        paths.append(path)
        starts[str(path)] = (at, [part.location for part in parts])
    ended = tools.node(
        "textlint", "--config", _config(folder), "--format", "json", *paths, cwd=tools.FOLDER, timeout=600
    )
    assert ended.stdout.startswith("["), tools.output(ended)
    return sorted(_findings(json.loads(ended.stdout), starts))


def _config(folder: Path) -> Path:
    """The configuration, with the forbidden phrases as stop words."""
    config = json.loads(CONFIG.read_text("utf-8"))
    config["rules"]["stop-words"]["words"] += [[phrase, instead] for phrase, instead in phrases()]
    path = folder / ".textlintrc.json"
    path.write_text(json.dumps(config), "utf-8")
    return path


def _findings(results: Iterable[dict], starts: dict[str, tuple[list[int], list[str]]]) -> Iterator[str]:
    for result in results:
        at, places = starts[result["filePath"]]
        for message in result["messages"]:
            number = bisect_right(at, message["line"]) - 1
            line = f":{message['line']}" if len(places) == 1 else ""
            yield f"{places[number]}{line}: {message['message'].splitlines()[0]} ({message['ruleId']})"
