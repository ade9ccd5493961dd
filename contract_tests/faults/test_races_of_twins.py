"""Twins: two requests with one key, of which the first is held inside its transaction."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from contract_tests.support import factories
from models.base.database import database
from models.work.projects import ProjectArchived


class Held:
    """Holds the first request of an operation in its transaction, after the first statement, until ``go`` is set."""

    def __init__(self, plan, monkeypatch):
        self.arrived, self.go = threading.Event(), threading.Event()
        handler = plan.handler

        def held(**arguments):
            if not self.arrived.is_set():
                database.rows("select 1")
                self.arrived.set()
                assert self.go.wait(20)
            return handler(**arguments)

        monkeypatch.setattr(plan, "handler", held)


@pytest.fixture
def held(live, monkeypatch):
    return Held(live.plans["create_task"], monkeypatch)


@pytest.fixture
def twins(owner, project, held):
    """Two requests with one key: the first is inside its transaction, the second is sent by ``second()``."""
    body = {"project_id": project["id"], "title": "Twin", "status": "todo"}
    headers = {"Idempotency-Key": str(uuid4())}
    with ThreadPoolExecutor(2) as threads:

        def send():
            return threads.submit(owner.post, "/tasks", body, headers=headers)

        first = send()
        assert held.arrived.wait(20)
        yield first, send
        held.go.set()


def test_a_twin_that_comes_too_early_is_told_to_wait_and_the_first_is_not_disturbed(
    owner, project, held, twins
):
    first, second = twins
    refused = second().result()
    assert (refused.status_code, refused.json()["code"]) == (409, "request_in_progress")
    assert int(refused.headers["Retry-After"]) >= 1
    assert not first.done()
    held.go.set()
    assert first.result().status_code == 201
    assert len(owner.everything("/tasks", project_id=project["id"])) == 1


def test_a_twin_that_waits_gets_the_answer_of_the_first(owner, project, held, twins):
    first, second = twins
    waiting = second()
    until_somebody_waits_for_a_lock()
    held.go.set()
    answers = first.result(), waiting.result()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert len(owner.everything("/tasks", project_id=project["id"])) == 1


def test_a_retry_is_answered_although_it_would_be_refused_before_its_first_statement(
    live, owner, project, monkeypatch
):
    body = {"project_id": project["id"], "title": "Once", "status": "todo"}
    headers = {"Idempotency-Key": str(uuid4())}
    first = owner.post("/tasks", body, headers=headers)

    def refuses(**arguments):
        raise ProjectArchived("Since then.")

    monkeypatch.setattr(live.plans["create_task"], "handler", refuses)
    again = owner.post("/tasks", body, headers=headers)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    other = owner.post("/tasks", body, headers={"Idempotency-Key": str(uuid4())})
    assert (other.status_code, other.json()["code"]) == (409, "project_archived")


@pytest.mark.alone
def test_nobody_else_waits_for_a_request_that_takes_its_time(owner, project, held, twins):
    other = factories.task(owner, project["id"])
    assert owner.patch(f"/tasks/{other['id']}", {"title": "Meanwhile"}).status_code == 200
    assert not twins[0].done()


def until_somebody_waits_for_a_lock():
    deadline = time.monotonic() + 20
    with database.connection_context():
        while not database.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock'"):
            assert time.monotonic() < deadline, "nobody waits"
