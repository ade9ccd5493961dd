"""What goes wrong with the database is answered as the contract says, logged with its cause, and counted."""

import logging
from contextlib import contextmanager

import psycopg2
import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from handlers.http import watch
from models.base.database import database

SLOW = """
create policy slow on teams as restrictive for select to public using (name not like 'Slow%%' or pg_sleep(0.03) is not null)
"""
# A cancelled statement, a connection that is gone, and somebody in the way, each in the midst of a write.  The connection goes
# with the number of the task, which is read at once: what is inserted may wait for the commit.
RAISE = """
create function fail_once() returns trigger language plpgsql security definer as $$
begin
    if new.title = 'Cancelled' then raise query_canceled; end if;
    if new.title = 'In the way' and nextval('fail_tries') < 3 then raise serialization_failure using message = 'met'; end if;
    return new;
end $$;
create function go_once() returns trigger language plpgsql security definer as $$
begin
    if exists (select from projects where id = new.project_id and name = 'Gone') and nextval('fail_tries') = 1 then
        perform pg_terminate_backend(pg_backend_pid());
    end if;
    return new;
end $$;
create sequence fail_tries;
create trigger fail_once before insert on tasks for each row execute function fail_once();
create trigger go_once before update on task_numbers for each row execute function go_once();
"""
CLEAR = """
drop trigger fail_once on tasks;
drop trigger go_once on task_numbers;
drop function fail_once();
drop function go_once();
drop sequence fail_tries;
"""


@pytest.fixture
def failing(live):
    with database.connection_context():
        database.execute_sql(RAISE)
    yield
    with database.connection_context():
        database.execute_sql(CLEAR)


@contextmanager
def counted(kind):
    """Fail unless the counter of the kind rises."""
    before = watch.FAULTS.labels(kind)._value.get()
    yield
    assert watch.FAULTS.labels(kind)._value.get() > before, f"{kind} was not counted"


def records_of(caplog, kind):
    """The log lines of this kind."""
    return [record for record in caplog.records if getattr(record, "kind", None) == kind]


@pytest.mark.parametrize(
    ("title", "status", "kind"),
    [
        ("Cancelled", 503, "statement_timeout"),
        ("Gone", 201, "connection_lost"),
        ("In the way", 201, "retry"),
    ],
)
def test_a_database_fault_is_logged_with_its_cause_and_the_request(
    failing, owner, organization, caplog, title, status, kind
):
    caplog.set_level(logging.WARNING)
    project = factories.project(owner, organization, name=title)
    body = {"project_id": project["id"], "title": title, "status": "todo"}
    with counted(kind):
        answer = owner.post("/tasks", body)
    assert answer.status_code == status
    line = records_of(caplog, kind)[0]
    assert (line.request_id, line.operation) == (answer.headers["Request-Id"], "create_task")
    assert line.cause.partition(":")[0] in ("OperationalError", "InterfaceError")
    assert "\n" not in line.cause


def test_a_lock_that_is_waited_for_too_long_is_logged(owner, project, database_url, caplog):
    caplog.set_level(logging.WARNING)
    task = factories.task(owner, project["id"])
    with psycopg2.connect(database_url) as holder, holder.cursor() as cursor, counted("lock_timeout"):
        cursor.execute("select from tasks where id = %s for update", (task["id"],))
        answer = owner.patch(f"/tasks/{task['id']}", {"title": "Waits"})
        holder.rollback()
    assert refused(answer) == (503, "unavailable")
    assert [record.request_id for record in records_of(caplog, "lock_timeout")] == [
        answer.headers["Request-Id"]
    ]


@pytest.fixture
def slow_teams(live):
    """Each team whose name begins with Slow takes 30 ms to be looked at."""
    with database.connection_context():
        database.execute_sql(SLOW)
    yield
    with database.connection_context():
        database.execute_sql("drop policy slow on teams")


def test_a_total_that_takes_too_long_is_null_and_the_page_is_answered(anonymous, slow_teams):
    founder = factories.newcomer(anonymous)
    path = f"/organizations/{factories.organization(founder)['id']}/teams"
    for number in range(60):
        assert founder.post(path, {"name": f"Slow {number}"}).status_code == 201
    page = founder.get(path, params={"include": "total", "limit": 1})
    assert (page.status_code, len(page.json()["items"])) == (200, 1)
    assert (page.json()["total"], page.json()["total_status"]) == (None, "too_costly")
    assert founder.get(path, params={"limit": 1}).json()["total_status"] == "not_requested"
    again = founder.post(path, {"name": "Quick"})  # on a connection whose limit is as before
    assert again.status_code == 201
