"""Replays: whose an idempotency key is, what makes two requests the same, and who gets a stored answer again."""

import json
from functools import partial

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import on
from contract_tests.support.inviting import newest_token
from contract_tests.support.programs import Program, service_account
from contract_tests.support.visitor import App
from models.base.database import database
from models.base.ids import new_id


@pytest.fixture
def key():
    return {"Idempotency-Key": f"test-{new_id()}"}


@pytest.fixture
def helper(founder, anonymous):
    """Somebody else in the founder's organization, who has just joined as a member."""
    client = factories.newcomer(anonymous)
    client.member = factories.member(founder, founder.organization_id, client.person, "member")
    client.body = {"project_id": founder.project["id"], "title": "Once", "status": "todo"}
    return client


def replayed(answer):
    return answer.headers.get("Idempotency-Replayed") == "true"


def test_who_is_removed_from_an_organization_gets_no_replay(founder, helper, key):
    assert helper.post("/tasks", helper.body, headers=key).status_code == 201
    founder.delete(f"/members/{helper.member['id']}")
    factories.log_in_again(helper)
    answer = helper.post("/tasks", helper.body, headers=key)
    assert refused(answer) == (404, "not_found") and not replayed(answer)


def test_who_has_lost_the_permission_gets_the_refusal_and_who_regains_it_the_stored_answer(
    founder, helper, key
):
    first = helper.post("/tasks", helper.body, headers=key)
    for role, status in (("guest", 403), ("collaborator", 404), ("member", 201)):
        founder.patch(f"/members/{helper.member['id']}", {"role": role})
        factories.log_in_again(helper)
        assert helper.post("/tasks", helper.body, headers=key).status_code == status
    again = helper.post("/tasks", helper.body, headers=key)
    assert replayed(again) and again.json() == first.json()


def test_a_deletion_is_replayed_though_its_row_is_gone_and_only_to_who_may_still_delete(founder, helper, key):
    task = helper.post("/tasks", helper.body).json()
    path = f"/tasks/{task['id']}"
    assert helper.delete(path, headers=key).status_code == 204  # as its creator
    again = helper.delete(path, headers=key)
    assert (again.status_code, replayed(again)) == (204, True)
    founder.patch(f"/members/{helper.member['id']}", {"role": "guest"})
    factories.log_in_again(helper)
    denied = helper.delete(path, headers=key)
    assert (refused(denied), denied.json()["permission"]) == ((403, "permission_denied"), "task.delete")


def test_a_replay_to_an_assignee_ends_with_the_assignment(founder, helper, key):
    task = factories.task(founder, founder.project["id"], assignee_ids=[helper.person.id])
    founder.patch(f"/members/{helper.member['id']}", {"role": "collaborator"})
    factories.log_in_again(helper)
    path = f"/tasks/{task['id']}"
    assert helper.put(f"{path}/completion", headers=key).status_code == 200
    assert replayed(helper.put(f"{path}/completion", headers=key))
    founder.patch(path, {"assignee_ids": []})
    assert refused(helper.put(f"{path}/completion", headers=key)) == (404, "not_found")


def test_what_a_teammate_deleted_is_still_told_to_who_created_it(founder, helper, key):
    task = helper.post("/tasks", helper.body, headers=key).json()
    assert founder.delete(f"/tasks/{task['id']}").status_code == 204
    assert replayed(helper.post("/tasks", helper.body, headers=key))


def test_an_acceptance_is_replayed_to_who_is_still_a_member(founder, anonymous, mailbox, key):
    person = factories.newcomer(anonymous)
    factories.invitation(founder, founder.organization_id, person.person.email)
    accept = partial(
        person.put, "/invitations/acceptance", json={"token": newest_token(mailbox, person)}, headers=key
    )
    member = accept()
    assert (member.status_code, replayed(accept())) == (200, True)
    founder.delete(f"/members/{member.json()['id']}")
    factories.log_in_again(person)
    assert refused(accept()) == (404, "not_found")


def test_a_replay_needs_the_scope_of_the_operation(founder, key):
    program = factories.api_key(founder, "tasks:write")
    body = {"project_id": founder.project["id"], "title": "Once", "status": "todo"}
    program.post("/tasks", body, headers=key)
    founder.patch(f"/api-keys/{program.key['id']}", {"scopes": ["tasks:read"]})
    answer = program.post("/tasks", body, headers=key)
    assert (refused(answer), answer.json()["permission"]) == ((403, "permission_denied"), "tasks:write")


def test_a_grant_that_ended_gives_no_replay(founder, helper, key):
    founder.patch(f"/members/{helper.member['id']}", {"role": "collaborator"})
    factories.log_in_again(helper)
    granted = {"role": "member", **on("project", founder.project["id"])}
    grant = founder.post(f"/members/{helper.member['id']}/grants", granted).json()
    assert helper.post("/tasks", helper.body, headers=key).status_code == 201
    assert replayed(helper.post("/tasks", helper.body, headers=key))
    founder.delete(f"/grants/{grant['id']}")
    assert refused(helper.post("/tasks", helper.body, headers=key)) == (404, "not_found")


def test_the_sessions_of_a_person_share_their_keys(founder, key):
    body = {"project_id": founder.project["id"], "title": "Once", "status": "todo"}
    first = founder.post("/tasks", body, headers=key)
    factories.log_in_again(founder)
    again = founder.post("/tasks", body, headers=key)
    assert replayed(again) and again.json() == first.json()


def test_each_client_of_a_person_has_keys_of_its_own(founder, person_at_a_browser, key):
    project = founder.project["id"]
    clients = [founder, *(factories.api_key(founder, "tasks:write", "projects:read") for _ in range(2))]
    titles = [f"Task {number}" for number in range(len(clients))]
    for client, title in zip(clients, titles, strict=True):
        made = client.post("/tasks", {"project_id": project, "title": title, "status": "todo"}, headers=key)
        assert (made.status_code, replayed(made)) == (201, False)
    for client, title in zip(clients, titles, strict=True):
        again = client.post("/tasks", {"project_id": project, "title": title, "status": "todo"}, headers=key)
        assert (again.json()["title"], replayed(again)) == (title, True)


def test_an_app_meets_no_keys_of_the_person_nor_of_another_app(founder, person_at_a_browser, key):
    visitor = person_at_a_browser
    factories.member(founder, founder.organization_id, visitor.person, "member")
    body = {"project_id": founder.project["id"], "title": "Once", "status": "todo"}
    person = factories.client_of(founder, visitor.person)
    person.http.headers["Authorization"] = (
        f"Bearer {factories.log_in(person, visitor.person)['access_token']}"
    )
    answers = [person.post("/tasks", body, headers=key)]
    for _ in range(2):
        app = App(founder, founder.organization_id, scopes=["tasks:write"])
        acting = app.acting(app.tokens(visitor, scope="tasks:write")["access_token"])
        answers += [acting.post("/tasks", body, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201] * 5
    assert [replayed(answer) for answer in answers] == [False, False, True, False, True]
    assert len({answer.json()["id"] for answer in answers}) == 3


def test_an_api_key_keeps_its_idempotency_keys_through_a_rotation(founder, key):
    program = factories.api_key(founder, "tasks:write")
    body = {"project_id": founder.project["id"], "title": "Once", "status": "todo"}
    first = program.post("/tasks", body, headers=key)
    rotated = founder.post(f"/api-keys/{program.key['id']}/rotations", {"overlap_seconds": 0}).json()
    program.http.headers["Authorization"] = f"Bearer {rotated['secret']}"
    again = program.post("/tasks", body, headers=key)
    assert replayed(again) and again.json() == first.json()


def test_a_service_account_shares_keys_among_its_signatures_and_not_with_its_api_keys(founder, key):
    account = service_account(founder, founder.organization_id)
    body = {"project_id": founder.project["id"], "title": "Once", "status": "todo"}
    program, other = Program(founder, account), Program(founder, account)
    first, again = program.post("/tasks", body, headers=key), other.post("/tasks", body, headers=key)
    assert first.status_code == 201 and replayed(again) and again.json() == first.json()
    made = founder.post(
        f"/service-accounts/{account['id']}/api-keys", {"name": "A key", "scopes": ["tasks:write"]}
    ).json()
    beside = {**key, "Authorization": f"Bearer {made['secret']}"}
    assert not replayed(program.anonymous.post("/tasks", body, headers=beside))


def spelled(owner, text, key, **options):
    headers = {**key, "Content-Type": "application/json", **options.pop("headers", {})}
    return owner.request(
        "POST", options.pop("path", "/tasks"), content=text.encode(), headers=headers, **options
    )


def test_how_a_request_is_spelled_makes_no_difference(founder, key):
    project = founder.project["id"]
    body = {"project_id": project, "title": "Über/all", "status": "todo"}
    first = spelled(founder, json.dumps(body), key)
    assert first.status_code == 201
    others = (
        json.dumps(dict(reversed(body.items()))),
        json.dumps(body, indent=3),
        json.dumps(body, ensure_ascii=False),
        json.dumps(body).replace("/", "\\/").replace("Once", "\\u004fnce"),
        json.dumps({**body, "project_id": project.upper()}),
        json.dumps({**body, "priority": "none", "assignee_ids": [], "due_on": None, "description": None}),
    )
    for text in others:
        again = spelled(founder, text, key)
        assert replayed(again) and again.content == first.content, text
    spelled_out = spelled(founder, json.dumps(body), {"idempotency-KEY": key["Idempotency-Key"]},
                          path="/tasks?validate%5Fonly=false")  # fmt: skip
    assert replayed(spelled_out)
    for change in ({"title": "Other"}, {"priority": "low"}, {"due_on": "2026-01-01"}):
        assert refused(spelled(founder, json.dumps({**body, **change}), key)) == (
            422,
            "idempotency_key_reused",
        )


def test_the_spelling_of_a_condition_and_of_a_number_makes_no_difference(founder, key):
    task = factories.task(founder, founder.project["id"])
    path = f"/tasks/{task['id']}"
    first = founder.patch(path, {"title": "Once"}, headers={**key, "If-Match": '"1","7"'})
    again = founder.patch(
        path.upper().replace("/TASKS", "/tasks"), {"title": "Once"}, headers={**key, "If-Match": '"7", "1"'}
    )
    assert (first.status_code, replayed(again)) == (200, True)
    retention = f"/organizations/{founder.organization_id}/retention"
    other = {"Idempotency-Key": f"test-{new_id()}"}
    for number, is_replay in (("88", False), ("88.0", True), ("8.8e1", True)):
        text = f'{{"permission_checks_days": {number}, "password": "{factories.PASSWORD}"}}'.encode()
        headers = {**other, "Content-Type": "application/merge-patch+json"}
        answer = founder.request("PATCH", retention, content=text, headers=headers)
        assert (answer.status_code, replayed(answer)) == (200, is_replay)


def test_null_and_nothing_are_two_changes_in_a_patch(founder, key):
    task = factories.task(founder, founder.project["id"], description="There")
    path = f"/tasks/{task['id']}"
    assert founder.patch(path, {"title": "New"}, headers=key).status_code == 200
    cleared = founder.patch(path, {"title": "New", "description": None}, headers=key)
    assert refused(cleared) == (422, "idempotency_key_reused")


def test_nobody_can_guess_a_body_from_what_is_stored(founder, key):
    founder.patch(
        f"/tasks/{factories.task(founder, founder.project['id'])['id']}", {"title": "T"}, headers=key
    )
    with database.connection_context():
        ((mark, checks),) = database.rows(
            "select fingerprint, checks from idempotency where key = %s", (key["Idempotency-Key"],)
        )
    assert len(mark) == 32  # of a keyed digest, which depends on the server's secret
    assert {check["permission"] for check in checks} == {None, "task.update"}
