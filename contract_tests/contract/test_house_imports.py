"""Imports go one way: who may import whom, and what is planted against it."""

import ast

import pytest

import spec
from contract_tests.contract.house import OURS, PRODUCT, files, module_of
from models import CONTEXTS

# What each part of the house may import of ours.  A part is the longest prefix of a module's name; of a context, the parts
# with an ending (``_queue_tasks``, ``_external``) are parts of their own.
MAY_IMPORT = {
    "spec": {"spec"},
    "models.base.embedded": {"models.base.embedded", "models.base.app_role"},
    "models.base": {"models.base"},
    "models.migrations": {"models.migrations"},
    "models": {"models"},
    "security": {"models", "security"},
    "handlers.http": {"spec", "models.base", "security", "handlers.http"},
    "handlers.pages": {"models.base", "handlers.pages"},
    "handlers.gateways": {"models.base", "handlers.gateways", "handlers.pages"},
    "handlers.workers": {"models", "security", "handlers.gateways", "handlers.pages", "handlers.workers"},
    "handlers": {"models", "security", "handlers.pages"},
    "_queue_tasks": {"models", "security", "handlers.gateways", "handlers.workers"},
    "_external": {"models", "handlers.gateways"},
}
LEVEL = {name: level for level, names in enumerate(CONTEXTS) for name in names}
OF_SECURITY = LEVEL["apps"]  # the highest context whose models security may import
IMPORTS_BESIDE = {
    (
        "models.migrations.0017_search",
        "models.work.task_words",
    ): "tasks are indexed by the words that this release searches",
    ("handlers.platform.contract", "spec"): "its noun is the contract",
    (
        "handlers.platform.problems",
        "spec",
    ): "the catalogue has the problems of every operation of the contract",
    (
        "handlers.platform.guides",
        "spec",
    ): "the guides are files of the contract, and the search finds its operations",
    ("handlers.platform.health", "spec"): "health tells the version of the contract",
    ("handlers.apps.authorizations", "spec"): "what apps ask for is told in the words of the contract",
    ("handlers.apps.consent_pages", "spec"): "what apps may do is told in the words of the contract",
    ("handlers.apps.oauth", "spec"): "the server tells the scopes of the contract",
    ("handlers.apps.openid", "spec"): "the server tells the scopes of the contract",
    ("handlers.services.jobs", "handlers.gateways"): "the result of a job is a file that is downloaded",
}
# Large packages, imported where they are used: the server starts without them.
ON_DEMAND = {"babel", "fontTools", "manimgx_fonts", "typst", "vl_convert", "xlsxwriter"}
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


def level_of(module):
    """The level of the context whose models or handlers a module is a part of; None of none."""
    room, _, rest = module.partition(".")
    if room == "security":
        return OF_SECURITY
    return LEVEL.get(rest.partition(".")[0]) if room in ("models", "handlers") else None


def is_above(module, imported):
    """Whether ``imported`` belongs to a context that the context of ``module`` may not know."""
    own, other = level_of(module), None if imported.startswith("security") else level_of(imported)
    if own is None or other is None or other < own:
        return False
    return other > own or (
        not module.startswith("security") and module.split(".")[1] != imported.split(".")[1]
    )


def part_of_module(module):
    for ending in ("_queue_tasks", "_external"):
        if module.startswith("handlers.") and module.endswith(ending) and level_of(module) is not None:
            return ending
    return part_of(module, MAY_IMPORT)


def wrong_imports(module, source):
    """``(module, imported, what to do)`` of the imports that the architecture does not allow."""
    part = part_of_module(module)
    for imported in imports(source):
        if imported.partition(".")[0] not in OURS:
            if part in ("models", "models.base", "security") and imported.partition(".")[0] in OF_THE_WEB:
                yield module, imported, "models and security know no HTTP"
            continue
        if not any(begins(imported, name) for name in MAY_IMPORT[part]):
            yield module, imported, f"{part} may import of ours: {', '.join(sorted(MAY_IMPORT[part]))}"
        if is_above(module, imported):
            yield module, imported, "a context imports only itself and those below it"


def is_beside(module, imported):
    return next(
        (
            exception
            for exception in IMPORTS_BESIDE
            if exception[0] == module and begins(imported, exception[1])
        ),
        None,
    )


def test_imports_go_one_way():
    needed, wrong = set(), []
    for name, path in files(".py", below=PRODUCT):
        for module, imported, advice in wrong_imports(module_of(name), path.read_text("utf-8")):
            if beside := is_beside(module, imported):
                needed.add(beside)
            else:
                wrong.append(f"{module} imports {imported}: {advice}.")
    assert not wrong, "\n" + "\n".join(wrong)
    assert IMPORTS_BESIDE.keys() <= needed, "take off the list of exceptions what is no longer imported"


def test_every_context_has_its_level():
    contexts = {
        name.split("/")[1]
        for name, _ in files(below=("spec/", "models/", "handlers/"))
        if name.count("/") > 1
    }
    others = {
        "guides",
        "portal_files",
        "published",
        "base",
        "migrations",
        "http",
        "gateways",
        "pages",
        "workers",
    }
    assert contexts - others == set(spec.nouns().values()) <= LEVEL.keys()


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("handlers.work.tasks", "from handlers.work.projects import create_project"),
        ("handlers.work.tasks", "from handlers.http import problems"),
        ("handlers.work.tasks", "def f():\n    import spec"),
        ("models.access.grants", "from models.work.tasks import Task"),
        ("handlers.identity.users", "from models.access.members import Member"),
        ("security.effective_permissions", "from models.work.tasks import Task"),
        ("handlers.work.tasks", "from handlers.gateways import files"),
        (
            "handlers.identity.identities_external",
            "from handlers.identity.identities_queue_tasks import forget",
        ),
        ("models.base.table", "from models.identity.users import User"),
        ("models.work.tasks", "from security.policy import allows"),
        ("models.work.tasks", "import flask"),
        ("security.callers", "from handlers.http.edge import Edge"),
        ("spec.published", "from models.base.settings import settings"),
        ("handlers.http.edge", "from models.work.tasks import Task"),
        ("handlers.pages.rendering", "from models.work.tasks import Task"),
        ("models.work.tasks", "from contract_tests import factories"),
    ],
)
def test_an_import_the_other_way_is_found(module, source):
    assert list(wrong_imports(module, source))


def early_imports(source):
    """Packages of ``ON_DEMAND`` that are imported with their module, and not in a function or for types alone."""
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            )
            yield from {name.partition(".")[0] for name in names} & ON_DEMAND
        is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        if not (is_for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            pending += ast.iter_child_nodes(node)


def test_the_server_starts_without_the_packages_that_render():
    early, all_imports = [], set()
    for name, path in files(".py", below=PRODUCT):
        source = path.read_text("utf-8")
        all_imports |= {imported.partition(".")[0] for imported in imports(source)}
        early += [
            f"{name} imports {package}: import it in the function that uses it."
            for package in early_imports(source)
        ]
    assert not early, "\n" + "\n".join(early)
    assert all_imports >= ON_DEMAND, "take off the list what is no longer imported"


@pytest.mark.parametrize(
    "source", ["import typst", "if 1:\n    from typst import Fonts", "class A:\n    import babel.dates"]
)
def test_an_early_import_is_found(source):
    assert list(early_imports(source))


def reads_settings_early(source):
    """The lines on which a module asks for the settings while it is imported: a server imports modules before it knows the
    address of its database, and the settings that are read then are kept."""
    for statement in ast.parse(source).body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for node in ast.walk(statement):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "settings":
                    yield node.lineno


def test_no_module_reads_the_settings_while_it_is_imported():
    early = [
        f"{name}:{line}: read the settings in the function that uses them."
        for name, path in files(".py", below=PRODUCT)
        for line in reads_settings_early(path.read_text("utf-8"))
    ]
    assert not early, "\n" + "\n".join(early)


def test_settings_that_are_read_early_are_found():
    assert list(reads_settings_early("def f():\n    settings()\n\nSECONDS = settings().seconds\n")) == [4]
