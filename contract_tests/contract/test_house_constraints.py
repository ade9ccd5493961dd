"""The constraints of the database against the problems of the contract: what is violated is told, by its name."""

import ast
import re

import pytest

from contract_tests.contract.house import PRODUCT, files, written
from contract_tests.contract.test_house_tables import empty, made  # noqa: F401
from contract_tests.support.drift import OF_THE_QUEUE
from contract_tests.support.operations import CONTRACT
from models import tables
from models.base.constraints import code_of
from models.base.declarations import declaration

UNIQUE = """
select i.indexrelid::regclass::text, 'id' = any (array(
    select a.attname::text from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey)))
from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
where n.nspname = 'public' and i.indisunique and not i.indisprimary order by 1
"""
REFERENCES = "select conname::text from pg_constraint where contype = 'f'"
# Modules that may speak of what others leave to the frame.
MAY = {
    r"\bIntegrityError\b": {"models/base/constraints.py"},
    r"\.(atomic|savepoint)\(": {"models/base/pages.py"},
}


def unnamed(database):
    """The unique indexes that name no problem of an operation, and are not out of reach."""
    codes = {
        code
        for path in CONTRACT["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for code in operation.get("x-problems", ())
    }
    names = {
        name
        for name, holds_id in database.rows(UNIQUE)
        if not (holds_id or name.startswith((OF_THE_QUEUE, "migrations_")) or code_of(name) in codes)
    }
    unviolated = {name for table in tables() for name in declaration(table).unviolated}
    return names - unviolated, unviolated - names


def sources():
    return {name: path.read_text("utf-8") for name, path in files(".py", below=PRODUCT) if written(name)}


def references(source):
    """The names of foreign keys that a module gives to ``refused_by``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "refused_by":
            yield from (argument.value for argument in node.args[1:])


def misplaced(texts):
    """``(module, what it says)`` where that belongs to another module."""
    return {
        (name, pattern)
        for pattern, modules in MAY.items()
        for name, text in texts.items()
        if name not in modules and re.search(pattern, text)
    }


def test_every_unique_index_that_a_request_can_violate_is_named_after_the_refusal(made):  # noqa: F811
    missing, gone = unnamed(made)
    assert not missing, (
        f"name them after problems that operations list in x-problems, or declare why not: {sorted(missing)}"
    )
    assert not gone, f"take out of unviolated: {sorted(gone)}"


def test_an_index_without_a_refusal_is_found(made):  # noqa: F811
    with made.atomic() as transaction:
        made.execute_sql("alter index project_key_taken rename to projects_key")
        made.execute_sql("create unique index no_such_problem on tasks (title)")
        assert unnamed(made)[0] == {"projects_key", "no_such_problem"}
        transaction.rollback()


def test_foreign_keys_that_refuse_are_there(made):  # noqa: F811
    there = {name for (name,) in made.rows(REFERENCES)}
    asked = {reference for text in sources().values() for reference in references(text)}
    assert len(asked) >= 5, "refused_by is not found any more"
    assert asked <= there, f"no foreign key is called {sorted(asked - there)}"


def test_violations_are_read_in_one_place_and_no_insertion_has_a_savepoint():
    texts = sources()
    assert not misplaced(texts), "leave it to the frame, or say it by refused_by or add_once"
    for pattern, modules in MAY.items():
        assert all(re.search(pattern, texts[name]) for name in modules), (
            f"take off {pattern} what has no use for it"
        )


@pytest.mark.parametrize("line", ["except IntegrityError:", "with database.atomic():"])
def test_a_violation_that_is_read_elsewhere_is_found(line):
    assert misplaced({"models/access/teams.py": line})
