"""Erasing that is killed goes on where it was; others may be at work; and what it looks for is found by indexes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.queue_tasks import perform
from models.base.database import database
from models.base.ids import new_id
from models.privacy import erasure_sql as statements
from models.privacy import erasure_steps, export_parts

ROOT = Path(__file__).parents[3]
PATH, PROOF = "/users/me/erasure", {"password": factories.PASSWORD}
EVENTS = """
insert into events (id, stream_id, sequence, event_type, occurred_at, request_id, subject_type, subject_id, subject_version,
                    changes, snapshot)
select gen_random_uuid(), %s, 1000 + n, 'user.updated', now(), '', 'user', %s, n,
       '[{"field": "name", "before": "Killed Kilian", "after": "Kilian Killed"}]', '{"user": {"name": "Kilian Killed"}}'
from generate_series(1, %s) n
"""
LEFT = "select count(*) from events where stream_id = %s and (changes::text ~ 'Kilian' or snapshot::text ~ 'Kilian')"
# A worker that is slow, so that it can be killed in the middle.
SLOW = """
import sys, time
from models.base.database import database
from handlers.privacy import account_erasures_queue_tasks as account_erasures
from handlers.workers import registry
from models.privacy import erasure_steps
database.configure(sys.argv[1])
erasure_steps.BATCH = 50
step = account_erasures._step
def slowly(*arguments):
    time.sleep(0.02)
    return step(*arguments)
account_erasures._step = slowly
registry.load()
registry.perform("account_erasures.erase", {"user_id": sys.argv[2], "turn": 1})
"""


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous, name="Kilian Killed")


def by_sql(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def begin(client, events=0):
    with database.connection_context():
        database.run(EVENTS, (client.person.id, client.person.id, events))
    assert client.put(PATH, json=PROOF).status_code == 204


def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(person, database_url):
    begin(person, 3_000)
    worker = subprocess.Popen(
        [sys.executable, "-c", SLOW, database_url, person.person.id], cwd=ROOT, env={**os.environ}
    )
    deadline = time.monotonic() + 60
    while not 100 < by_sql(LEFT, person.person.id)[0][0] < 2_900:
        assert worker.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    ((left,),) = by_sql(LEFT, person.person.id)
    ((step, position),) = by_sql(
        "select cardinality(steps_done), position from account_erasures where user_id = %s", person.person.id
    )
    assert 0 < left < 3_000 and step > 0 and int(position) > 1000
    for turn in (1, 2):
        perform("account_erasures.erase", user_id=person.person.id, turn=turn)
    assert by_sql(LEFT, person.person.id) == [(0,)]
    numbers = "select count(*), count(distinct sequence) from events where stream_id = %s and sequence > 1000"
    assert by_sql(numbers, person.person.id) == [(3_000, 3_000)]


def test_two_workers_at_once_do_it_once(person, monkeypatch):
    begin(person, 500)
    monkeypatch.setattr(erasure_steps, "BATCH", 20)
    at_once(*[lambda: perform("account_erasures.erase", user_id=person.person.id, turn=1)] * 3)
    assert by_sql(
        "select turn, cardinality(steps_done), finished_at from account_erasures where user_id = %s",
        person.person.id,
    ) == [(2, 0, None)]
    assert by_sql(LEFT, person.person.id) == [(0,)]
    perform("account_erasures.erase", user_id=person.person.id, turn=2)


def test_whoever_asks_at_the_same_moment_one_erasure_is_made(person):
    answers = at_once(*[lambda: person.put(PATH, json=PROOF)] * 4)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 204 and set(statuses[1:]) == {401}, statuses
    assert len(by_sql("select 1 from account_erasures where user_id = %s", person.person.id)) == 1


def test_what_was_under_way_is_found_by_the_second_turn(person):
    """A request that had begun before stores something of the person after the first turn has looked there."""
    begin(person)
    perform("account_erasures.erase", user_id=person.person.id, turn=1)
    with database.connection_context():
        database.run(
            """insert into mails (id, created_at, user_id, recipient, template, locale, status, attempts)
            values (%s, now(), %s, %s, 'password_changed', 'en', 'waiting', 0)""",
            (new_id(), person.person.id, person.person.email),
        )
    perform("account_erasures.erase", user_id=person.person.id, turn=2)
    templates = by_sql("select template from mails where user_id = %s", person.person.id)
    assert templates == [("account_erased",)]


@pytest.mark.parametrize("attempt", range(4))
def test_nothing_is_given_to_who_is_erased_at_that_moment(person, founder, attempt):
    """Whichever comes first: it ends with the account, or there is nobody any more to give it to."""
    factories.invitation(founder, founder.organization_id, person.person.email)
    body = {"token": Mailbox().to(person.person.email, "invitation").token}
    erased, *_ = at_once(
        lambda: person.put(PATH, json=PROOF),
        lambda: person.post("/api-keys", {"name": "Kilian's", "scopes": ["tasks:read"]}),
        lambda: person.patch("/users/me", {"name": "Kilian Again"}),
        lambda: person.put("/invitations/acceptance", json=body),
    )
    assert erased.status_code == 204
    mine = person.person.id
    assert by_sql("select name, places from users where id = %s", mine) == [("Deleted user", [])]
    for table in ("api_keys", "members"):
        assert by_sql(f"select 1 from {table} where user_id = %s", mine) == []
    for turn in (1, 2):
        perform("account_erasures.erase", user_id=mine, turn=turn)
    left = "select 1 from events where changes::text ~ 'Kilian' and %s in (stream_id, actor_id)"
    assert by_sql(left, mine) == []


def test_who_logs_in_at_that_moment_is_in_no_longer(person, anonymous, database_url):
    """Whichever comes first: the log-in is refused, or its session ends."""
    credentials = {"email": person.person.email, "password": factories.PASSWORD}
    _, *answers = at_once(
        lambda: person.put(PATH, json=PROOF), *[lambda: anonymous.post("/sessions", credentials)] * 3
    )
    for answer in answers:
        if answer.status_code == 201:
            headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
            assert anonymous.get("/users/me", headers=headers).status_code == 401


def test_owners_who_leave_at_the_same_moment_leave_one(anonymous, founder):
    """Of two owners who are erased at once, one stays for the member who is there."""
    other, member = factories.newcomer(anonymous), factories.newcomer(anonymous)
    for client, role in ((other, "owner"), (member, "member")):
        factories.member(founder, founder.organization_id, client.person, role)
    factories.log_in_again(other)
    answers = at_once(lambda: founder.put(PATH, json=PROOF), lambda: other.put(PATH, json=PROOF))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    owners = "select count(*) from members where organization_id = %s and role = 'owner'"
    assert by_sql(owners, founder.organization_id) == [(1,)]


@pytest.fixture
def without_seq_scans():
    """The tables of tests are small, where reading all of one is best: what is asked is whether an index could be used."""
    with database.connection_context(), database.transaction():
        database.execute_sql("set local enable_seqscan = off")
        yield


INDEXES = {
    statements.OWN_EVENTS: "events_stream_id_sequence_key",
    statements.EVENTS_ABOUT: "events_person",
    statements.EVENTS_INVITING: "events_inviter",
    statements.EVENTS_INVITED: "events_invited",
    statements.SECURITY_ENTRIES: "security_entries_actor",
    statements.SECURITY_ENTRIES_INVITED: "security_entries_invited",
    statements.PERMISSION_CHECKS: "permission_checks_user",
}
SOMEBODY = SimpleNamespace(id=new_id(), email="somebody@example.org")
VALUES = {"user": new_id(), "addresses": ["a@example.org"], "since": "2026-03-01", "batch": 500}


@pytest.mark.usefixtures("without_seq_scans")
@pytest.mark.parametrize("sql", INDEXES, ids=INDEXES.values())
def test_an_erasure_finds_its_rows_by_an_index(sql, live):
    values = {**VALUES, "after": "0" if sql is statements.OWN_EVENTS else new_id()}
    plan = "\n".join(line for (line,) in database.rows(f"explain {sql}", values))
    assert INDEXES[sql] in plan and "Seq Scan" not in plan, plan
    assert "::text" not in plan.partition("Sort Key:")[2].partition("\n")[0], (
        "numbers are put in order as text"
    )


@pytest.mark.usefixtures("without_seq_scans")
@pytest.mark.parametrize(
    "part", [part for part in export_parts.parts() if part.file != "mails"], ids=lambda part: part.file
)
def test_an_export_finds_its_rows_by_an_index(part, live):
    sql, parameters = part.query(SOMEBODY).sql()
    plan = "\n".join(line for (line,) in database.rows(f"explain {sql}", parameters))
    assert "Seq Scan" not in plan, plan


@pytest.mark.usefixtures("without_seq_scans")
def test_without_its_index_it_would_be_seen(live):
    """The control of the tests above."""
    database.execute_sql("drop index tasks_creator")
    sql, parameters = (
        next(part for part in export_parts.parts() if part.file == "tasks_created").query(SOMEBODY).sql()
    )
    plan = "\n".join(line for (line,) in database.rows(f"explain {sql}", parameters))
    database.rollback()
    assert "Seq Scan" in plan or "tasks_creator" not in plan


def test_a_release_that_adds_a_step_among_others_does_it_too(person, monkeypatch):
    """An erasure that another release began goes on with whatever is not done, and not at a number in the list."""
    begin(person)
    done = [step.name for step in erasure_steps.steps()[:5]]
    seen = []

    def added(erasure, position):
        seen.append(erasure.turn)

    first = erasure_steps.Step("added_by_a_release", "mails", added)
    steps = (first, *erasure_steps.steps())
    monkeypatch.setattr("handlers.privacy.account_erasures_queue_tasks.steps", lambda: steps)
    sql = "update account_erasures set steps_done = %s where user_id = %s"
    with database.connection_context():
        database.run(sql, (done, person.person.id))
    perform("account_erasures.erase", user_id=person.person.id, turn=1)
    assert seen == [1]


def test_each_step_has_a_name_of_its_own():
    names = [step.name for step in erasure_steps.steps()]
    assert sorted(set(names)) == sorted(names)
