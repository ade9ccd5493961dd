"""A commit whose outcome nobody knows: with an idempotency key it is found out, and without one the answer says so."""

from uuid import uuid4

import pytest
from peewee import OperationalError, PostgresqlDatabase

from contract_tests.support import factories
from models.base.database import database

# A deferred trigger runs inside COMMIT: it ends the connection once, when nobody can tell any more what became of it.
PLANT = """
create function lose_the_commit() returns trigger language plpgsql security definer as $$
begin
    if new.name = 'Lost' and nextval('lost_tries') = 1 then perform pg_terminate_backend(pg_backend_pid()); end if;
    return null;
end $$;
create sequence lost_tries;
create constraint trigger lose_the_commit after insert on projects deferrable initially deferred
    for each row execute function lose_the_commit();
"""
CLEAR = """
drop trigger lose_the_commit on projects;
drop function lose_the_commit();
drop sequence lost_tries;
"""


@pytest.fixture
def a_commit_is_lost(live):
    with database.connection_context():
        database.execute_sql(PLANT)
    yield
    with database.connection_context():
        database.execute_sql(CLEAR)


@pytest.fixture
def organization(owner):
    """A new organization, so that its projects are those of the test."""
    return factories.organization(owner)["id"]


def lost(organization):
    return {"organization_id": organization, "key": factories.key(), "name": "Lost"}


def tries():
    with database.connection_context():
        return database.rows("select last_value from lost_tries")[0][0]


def projects(owner, organization):
    return owner.get("/projects", params={"organization_id": organization}).json()["items"]


def test_a_lost_commit_is_not_done_twice_and_its_outcome_is_called_unknown(
    a_commit_is_lost, owner, organization
):
    answer = owner.post("/projects", lost(organization))
    assert answer.status_code == 503
    assert "outcome is unknown" in answer.json()["detail"]
    assert tries() == 1


def test_a_lost_commit_that_was_not_done_is_done_where_a_key_says_so(a_commit_is_lost, owner, organization):
    body = lost(organization)
    answer = owner.post("/projects", body, headers={"Idempotency-Key": str(uuid4())})
    assert answer.status_code == 201, answer.text
    assert "Idempotency-Replayed" not in answer.headers
    assert tries() == 2
    assert projects(owner, organization) == [answer.json()]


def test_a_lost_commit_that_was_done_is_answered_with_its_response(monkeypatch, owner, organization):
    """The connection is lost after the commit and before its confirmation."""
    left = [OperationalError("server closed the connection unexpectedly")]
    commit = PostgresqlDatabase.commit

    def commit_unheard(database):
        commit(database)
        if left:
            raise left.pop()

    body, key = lost(organization), str(uuid4())
    monkeypatch.setattr(PostgresqlDatabase, "commit", commit_unheard)
    answer = owner.post("/projects", body, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (201, "true"), answer.text
    assert projects(owner, organization) == [answer.json()]
