"""Idempotency keys: the same key when the same request is retried, a new key for a new request."""

import threading

import psycopg2
import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from models.base.database import database
from models.base.ids import new_id
from models.base.statements import LOCK


@pytest.fixture
def key():
    return {"Idempotency-Key": f"test-{new_id()}"}


@pytest.fixture
def body(project):
    return {"project_id": project["id"], "title": "Once", "status": "todo"}


def count(client, project):
    return client.get("/tasks", params={"project_id": project["id"], "include": "total"}).json()["total"]


def test_the_same_request_with_the_same_key_is_done_once(owner, project, body, key):
    first, again = owner.post("/tasks", body, headers=key), owner.post("/tasks", body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    for name in ("ETag", "Location"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Request-Id"] != first.headers["Request-Id"]
    assert count(owner, project) == 1


def test_without_a_key_or_with_a_new_one_it_is_done_again(owner, project, body, key):
    owner.post("/tasks", body, headers=key)
    owner.post("/tasks", body)
    owner.post("/tasks", body, headers={"Idempotency-Key": f"test-{new_id()}"})
    assert count(owner, project) == 3


def test_of_many_with_one_key_at_the_same_moment_one_has_an_effect(owner, project, body, key):
    answers = at_once(*[lambda: owner.post("/tasks", body, headers=key)] * 10)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert count(owner, project) == 1


def test_another_request_with_the_same_key_is_refused(owner, project, body, key):
    task = owner.post("/tasks", body, headers=key).json()
    others = (
        owner.post("/tasks", body | {"title": "Twice"}, headers=key),
        owner.patch(f"/tasks/{task['id']}", {"title": "Once"}, headers=key),
        owner.put(f"/tasks/{task['id']}/completion", headers=key),
        owner.delete(f"/tasks/{task['id']}", headers=key),
    )
    for answer in others:
        assert refused(answer) == (422, "idempotency_key_reused")
    assert owner.get(f"/tasks/{task['id']}").json() == task


def test_two_people_may_use_the_same_key(owner, member, project, body, key):
    first, second = owner.post("/tasks", body, headers=key), member.post("/tasks", body, headers=key)
    assert first.json()["id"] != second.json()["id"]
    assert "Idempotency-Replayed" not in second.headers


def test_a_refused_request_leaves_its_key_free(owner, project, body, key):
    owner.patch(f"/projects/{project['id']}", {"status": "archived"})
    assert refused(owner.post("/tasks", body, headers=key)) == (409, "project_archived")
    owner.patch(f"/projects/{project['id']}", {"status": "active"})
    assert owner.post("/tasks", body, headers=key).status_code == 201


def test_a_dry_run_leaves_its_key_free(owner, project, body, key):
    assert owner.post("/tasks?validate_only=true", body, headers=key).status_code == 200
    made = owner.post("/tasks", body, headers=key)
    assert (made.status_code, "Idempotency-Replayed" in made.headers) == (201, False)
    assert count(owner, project) == 1


def test_every_kind_of_write_can_be_retried(owner, task):
    path = f"/tasks/{task['id']}"
    acts = (
        lambda headers: owner.patch(path, {"title": "New"}, headers=headers | {"If-Match": '"1"'}),
        lambda headers: owner.put(f"{path}/completion", headers=headers),
        lambda headers: owner.delete(f"{path}/completion", headers=headers),
        lambda headers: owner.delete(path, headers=headers),
    )
    for act in acts:
        headers = {"Idempotency-Key": f"test-{new_id()}"}
        first, again = act(headers), act(headers)
        assert first.status_code in (200, 204)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["Idempotency-Replayed"] == "true"


def test_F9_a_retry_leaves_no_second_event(owner, task, key):
    for _ in range(3):
        owner.put(f"/tasks/{task['id']}/completion", headers=key)
    params = {"organization_id": task["organization_id"], "subject_id": task["id"], "include": "total"}
    assert owner.get("/events", params=params).json()["total"] == 2


def test_what_issues_credentials_keeps_no_answer(anonymous, key):
    person = factories.newcomer(anonymous)
    request = {"name": "Key", "scopes": ["tasks:read"], **factories.PROOF}
    secrets = {person.post("/api-keys", request, headers=key).json()["secret"] for _ in range(2)}
    assert len(secrets) == 2
    with database.connection_context():
        assert not database.rows("select 1 from idempotency where owner_id = %s", (person.person.id,))


def test_a_key_is_kept_for_a_day(owner, project, body, key):
    owner.post("/tasks", body, headers=key)
    with database.connection_context():
        sql = "update idempotency set created_at = now() - interval %s where key = %s"
        database.run(sql, ("23 hours 59 minutes", key["Idempotency-Key"]))
        assert "Idempotency-Replayed" in owner.post("/tasks", body, headers=key).headers
        database.run(sql, ("24 hours 1 minute", key["Idempotency-Key"]))
    assert "Idempotency-Replayed" not in owner.post("/tasks", body, headers=key).headers
    assert count(owner, project) == 2


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "a\tb"])
def test_a_key_is_one_word_of_printable_signs(owner, body, key):
    answer = owner.post("/tasks", body, headers={"Idempotency-Key": key})
    assert refused(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_a_retry_while_the_first_is_running_waits_and_is_then_refused(
    owner, project, body, key, database_url
):
    running = psycopg2.connect(database_url)
    try:
        running.cursor().execute(LOCK, (f"idempotency {owner.person.id} {key['Idempotency-Key']}",))
        answer = owner.post("/tasks", body, headers=key)
        assert refused(answer) == (409, "request_in_progress")
        assert answer.json()["retryable"]
        assert int(answer.headers["Retry-After"]) > 0
        running.rollback()
    finally:
        running.close()
    assert owner.post("/tasks", body, headers=key).status_code == 201


def test_a_retry_gets_the_key_when_the_first_is_undone(owner, project, body, key, database_url):
    with psycopg2.connect(database_url) as running:
        running.cursor().execute(LOCK, (f"idempotency {owner.person.id} {key['Idempotency-Key']}",))
        threading.Timer(0.2, running.rollback).start()
        assert owner.post("/tasks", body, headers=key).status_code == 201
    running.close()
    assert count(owner, project) == 1


def test_the_same_change_on_another_condition_is_another_request(owner, task, key):
    path = f"/tasks/{task['id']}"
    first = owner.patch(path, {"title": "Once"}, headers={**key, "If-Match": '"1"'})
    again = owner.patch(path, {"title": "Once"}, headers={**key, "If-Match": '"2"'})
    assert first.status_code == 200
    assert refused(again) == (422, "idempotency_key_reused")
