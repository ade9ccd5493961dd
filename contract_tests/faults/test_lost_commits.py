"""A commit whose outcome nobody knows is not tried again, and the answer says so."""

import pytest

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


def test_a_lost_commit_is_not_done_twice_and_its_outcome_is_called_unknown(
    a_commit_is_lost, owner, organization
):
    body = {"organization_id": organization, "key": factories.key(), "name": "Lost"}
    answer = owner.post("/projects", body)
    assert answer.status_code == 503
    assert "outcome is unknown" in answer.json()["detail"]
    with database.connection_context():
        assert database.rows("select last_value from lost_tries") == [(1,)]
