"""The constraints of the database against the problems of the contract: what is violated is told, by its name."""

import ast
import re

import pytest

from contract_tests.contract.house import PRODUCT, files, written
from contract_tests.contract.test_house_tables import OF_THE_QUEUE, empty, made  # noqa: F401
from contract_tests.support.operations import CONTRACT
from models.base.constraints import code_of

UNIQUE = """
select i.indexrelid::regclass::text, 'id' = any (array(
    select a.attname::text from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey)))
from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace
where n.nspname = 'public' and i.indisunique and not i.indisprimary order by 1
"""
REFERENCES = "select conname::text from pg_constraint where contype = 'f'"
# Unique indexes that no request can violate, each with the reason.
OUT_OF_REACH = {
    "api_keys_digest": "of a secret that was drawn",
    "api_keys_previous": "of a secret that was drawn",
    "authorizations_code": "of a secret that was drawn",
    "email_tokens_digest": "of a secret that was drawn",
    "identity_authorizations_state_digest_key": "of a secret that was drawn",
    "invitations_digest": "of a secret that was drawn",
    "oauth_tokens_digest": "of a secret that was drawn",
    "sessions_refresh": "of a secret that was drawn",
    "events_stream_id_sequence_key": "counted in the row of the stream, which is locked",
    "security_entries_chain_id_sequence_key": "counted in the row of the chain, which is locked",
    "tasks_project_id_number_key": "counted in the row of the project, which is locked",
    "signing_keys_algorithm_number_key": "stored by add if not there",
    "migrations_name": "of the migrations, which one process runs",
    "consents_open": "stored by add_once",
    "email_tokens_open": "the token before is ended first, while the account is locked",
    "retentions_organization_id_key": "says the same as the primary key: the row has the organization's id",
    "service_accounts_user": "says the same as the primary key: the row has the account's id",
    "two_factors_user_id_key": "stored while the account is locked",
}
# Modules that may speak of what others leave to the frame.
MAY = {
    r"\bIntegrityError\b": {"models/base/constraints.py"},
    r"\.(atomic|savepoint)\(": {"models/base/pages.py"},
}


def unnamed(database):
    """The unique indexes that name no problem of an operation, and are not out of reach."""
    told = {
        code
        for path in CONTRACT["paths"].values()
        for one in path.values()
        if isinstance(one, dict)
        for code in one.get("x-problems", ())
    }
    found = {
        name
        for name, holds_id in database.rows(UNIQUE)
        if not (holds_id or name.startswith(OF_THE_QUEUE) or code_of(name) in told)
    }
    return found - OUT_OF_REACH.keys(), OUT_OF_REACH.keys() - found


def sources():
    return {name: path.read_text("utf-8") for name, path in files(".py", below=PRODUCT) if written(name)}


def references(source):
    """The names of foreign keys that a module gives to ``refused_by``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "refused_by":
            yield from (one.value for one in node.args[1:])


def misplaced(found):
    """``(module, what it says)`` where that belongs to another module."""
    return {
        (name, one)
        for one, places in MAY.items()
        for name, text in found.items()
        if name not in places and re.search(one, text)
    }


def test_every_unique_index_that_a_request_can_violate_is_named_after_the_refusal(made):  # noqa: F811
    missing, gone = unnamed(made)
    assert not missing, f"name them after problems that operations list in x-problems: {sorted(missing)}"
    assert not gone, f"take off OUT_OF_REACH: {sorted(gone)}"


def test_an_index_without_a_refusal_is_found(made):  # noqa: F811
    with made.atomic() as transaction:
        made.execute_sql("alter index project_key_taken rename to projects_key")
        made.execute_sql("create unique index no_such_problem on tasks (title)")
        assert unnamed(made)[0] == {"projects_key", "no_such_problem"}
        transaction.rollback()


def test_foreign_keys_that_refuse_are_there(made):  # noqa: F811
    there = {name for (name,) in made.rows(REFERENCES)}
    asked = {one for text in sources().values() for one in references(text)}
    assert len(asked) >= 5, "refused_by is not found any more"
    assert asked <= there, f"no foreign key is called {sorted(asked - there)}"


def test_violations_are_read_in_one_place_and_no_insertion_has_a_savepoint():
    found = sources()
    assert not misplaced(found), "leave it to the frame, or say it by refused_by or add_once"
    for one, places in MAY.items():
        assert all(re.search(one, found[name]) for name in places), f"take off {one} what has no use for it"


@pytest.mark.parametrize("line", ["except IntegrityError:", "with database.atomic():"])
def test_a_violation_that_is_read_elsewhere_is_found(line):
    assert misplaced({"models/access/teams.py": line})
