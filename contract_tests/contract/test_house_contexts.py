"""Contexts stand on each other: SQL reads no table of a context above, and what contexts register below is there in every
process."""

import ast
import json
import re
import subprocess
import sys

import pytest

import models
from contract_tests.contract.house import PRODUCT, ROOT, files, module_of
from contract_tests.contract.test_house_imports import LEVEL, level_of
from models.base.extensions import POINTS, ExtensionPoint, NothingRegistered

TABLE = re.compile(r"\b(?:from|join|into|update)\s+(?:only\s+)?(?:public\.)?([a-z_]+)\b")
# Policies of row-level security are SQL of the database, declared with the table.
SQL_BESIDE = {
    (
        "models.identity.api_keys",
        "service_accounts",
    ): "the policy shows an organization the keys of its service accounts"
}
# What a process has imported before it reaches a point.
PROCESSES = {
    "server": "import handlers.http.application",
    "worker": "from handlers.workers import registry; registry.load()",
    "script": "import models.access.offboarding, models.identity.two_factor, models.identity.registrations",
}
TELL = """
import json; from models.base.extensions import POINTS
next(iter(POINTS.values())).registered()
print(json.dumps({name: [f"{one.__module__}.{one.__name__}" for one in point.registered()]
    for name, point in sorted(POINTS.items())}))
"""


def contexts_of_tables():
    """``{table: level of its context}``; tables of the base belong to no context."""
    contexts = {model._meta.table_name: model.__module__.split(".")[1] for model in models.tables()}
    return {table: LEVEL[context] for table, context in contexts.items() if context in LEVEL}


def tables_above(module, source):
    """The tables of contexts above that the SQL in a module names."""
    own, levels = level_of(module), contexts_of_tables()
    for node in ast.walk(ast.parse(source)):
        if own is not None and isinstance(node, ast.Constant) and isinstance(node.value, str):
            for table in TABLE.findall(node.value):
                if levels.get(table, own) > own and (module, table) not in SQL_BESIDE:
                    yield f"{module}:{node.lineno}: {table} belongs to a context above."


def test_sql_reads_no_table_of_a_context_above():
    faults = [
        fault
        for name, path in files(".py", below=PRODUCT)
        for fault in tables_above(module_of(name), path.read_text("utf-8"))
    ]
    assert not faults, "Ask by an extension point, or move the SQL:\n" + "\n".join(faults)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("models.access.grants", "SQL = 'select id from tasks where id = %s'"),
        ("security.access", "SQL = '''select 1 from grants g left join tasks t on t.id = g.task_id'''"),
        ("models.platform.events", "rows('update users set name = %s')"),
        ("handlers.identity.users", "rows(f'delete from public.members where user_id = {id}')"),
    ],
)
def test_sql_the_other_way_is_found(module, source):
    assert list(tables_above(module, source))
    assert not list(tables_above("models.privacy.erasure_steps", source))


@pytest.mark.parametrize("process", PROCESSES)
def test_what_contexts_register_is_there_in_every_process(process):
    ended = subprocess.run(
        [sys.executable, "-c", PROCESSES[process] + TELL],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    registered = json.loads(ended.stdout)
    for name, point in POINTS.items():
        wanted = sorted(f"{function.__module__}.{function.__name__}" for function in point.registered())
        assert wanted and sorted(registered.get(name, ())) == wanted, f"{name} in a {process}"


def test_a_point_that_nothing_has_registered_at_is_refused(monkeypatch):
    monkeypatch.setattr("models.base.extensions.POINTS", {})
    point = ExtensionPoint[[int], int]("base.tried")
    with pytest.raises(NothingRegistered, match=r"base\.tried"):
        point(1)
    point.register(lambda number: number + 1)
    assert point(1) == [2]
