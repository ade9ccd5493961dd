"""Imports go one way: who may import whom, and what is planted against it."""

import ast

import pytest

import models
from contract_tests.contract.house import OURS, PRODUCT, files, module_of

# What each part of the house may import of ours.  A part is the longest prefix of a module's name.
MAY_IMPORT = {
    "spec": {"spec"},
    "models.base": {"models.base"},
    "models.migrations": {"models.migrations"},
    "models": {"models"},  # and of the nouns only those above: see the test
    "security": {"models", "security"},
    "handlers.http": {"spec", "models.base", "security", "handlers.http"},
    "handlers.gateways": {"models.base", "handlers.gateways"},
    "handlers.jobs": {"models", "security", "handlers.gateways", "handlers.jobs"},
    "handlers.outside": {"models", "handlers.gateways", "handlers.outside"},
    "handlers": {"models", "security"},
}
IMPORTS_BESIDE = {
    ("models.migrations.0017_search", "models"): "tasks are indexed by the words that this release searches",
    ("handlers.contract", "spec"): "its noun is the contract",
    ("handlers.problems", "spec"): "the catalogue has the problems of every operation of the contract",
    ("handlers.health", "spec"): "health tells the version of the contract",
    ("handlers.authorizations", "spec"): "what apps ask for is told in the words of the contract",
    ("handlers.oauth", "spec"): "the server tells the scopes of the contract",
    ("handlers.openid", "spec"): "the server tells the scopes of the contract",
}
OF_THE_WEB = {"connexion", "flask", "starlette", "uvicorn", "werkzeug", "httptools"}


def imports(source):
    """The modules that a Python source imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def begins(name, part):
    return name == part or name.startswith(f"{part}.")


def part_of(module, parts):
    return max((part for part in parts if begins(module, part)), key=len, default=None)


def nouns_of_models():
    """The modules of ``models.tables()``, in their order."""
    return list(
        dict.fromkeys(
            table.__module__ for table in models.tables() if not begins(table.__module__, "models.base")
        )
    )


def wrong_imports(module, source):
    """``(module, imported, what to do)`` of the imports that the architecture does not allow."""
    part, nouns = part_of(module, MAY_IMPORT), nouns_of_models()
    for imported in imports(source):
        if imported.partition(".")[0] not in OURS:
            if part in ("models", "models.base", "security") and imported.partition(".")[0] in OF_THE_WEB:
                yield module, imported, "models and security know no HTTP"
            continue
        if not any(begins(imported, one) for one in MAY_IMPORT[part]):
            yield module, imported, f"{part} may import of ours: {', '.join(sorted(MAY_IMPORT[part]))}"
        noun = part_of(imported, nouns)
        if module in nouns and noun and nouns.index(noun) >= nouns.index(module) and noun != module:
            yield module, imported, "a noun imports only those above it in models.tables()"


def test_imports_go_one_way():
    needed, wrong = set(), []
    for name, path in files(".py", below=PRODUCT):
        for module, imported, advice in wrong_imports(module_of(name), path.read_text("utf-8")):
            beside = (module, imported.partition(".")[0])
            needed.add(beside)
            if beside not in IMPORTS_BESIDE:
                wrong.append(f"{module} imports {imported}: {advice}.")
    assert not wrong, "\n" + "\n".join(wrong)
    assert IMPORTS_BESIDE.keys() <= needed, "take off the list of exceptions what is no longer imported"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("handlers.tasks", "from handlers.projects import create_project"),
        ("handlers.tasks", "from handlers.http import problems"),
        ("handlers.tasks", "def f():\n    import spec"),
        ("models.projects", "from models.tasks import Task"),
        ("models.base.table", "from models.users import User"),
        ("models.tasks", "from security.policy import allows"),
        ("models.tasks", "import flask"),
        ("security.callers", "from handlers.http.edge import Edge"),
        ("spec.published", "from models.base.settings import settings"),
        ("handlers.http.edge", "from models.tasks import Task"),
        ("models.tasks", "from contract_tests import factories"),
    ],
)
def test_an_import_the_other_way_is_found(module, source):
    assert list(wrong_imports(module, source))
