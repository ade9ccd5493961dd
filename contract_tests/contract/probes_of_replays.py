"""Probes of what is told a second time: replays of writes, and events of what happened."""

from contract_tests.contract.planted import refused
from contract_tests.support import factories
from models.base.database import database

SET_ROLE = "update members set role = %s where user_id = %s"


def _once(stage):
    body = {"project_id": stage.project["id"], "title": "Once", "status": "todo"}
    return body, {"Idempotency-Key": factories.key() + stage.project["id"]}


def a_replay_is_for_who_may_still_do_it(stage):
    someone = stage.newcomer()
    factories.member(stage.owner, stage.organization_id, someone.person, "member")
    body, key = _once(stage)
    first = someone.post("/tasks", body, headers=key)
    for role, right in (("guest", 403), ("collaborator", 404), ("member", 201)):
        with database.connection_context():
            database.run(SET_ROLE, (role, someone.person.id))
        assert someone.post("/tasks", body, headers=key).status_code == right, f"a replay to a {role}"
    deleted = {"Idempotency-Key": f"{key['Idempotency-Key']}.deleted"}
    path = f"/tasks/{first.json()['id']}"
    answers = [someone.delete(path, headers=deleted).status_code for _ in range(2)]
    assert answers == [204, 204], "a replay of what is gone"


def each_client_has_its_own_keys(stage):
    body, key = _once(stage)
    made = stage.owner.post("/api-keys", {"name": "Probe", "scopes": ["tasks:write"]}).json()
    program = stage.client(made["secret"])
    ids = {client.post("/tasks", body, headers=key).json()["id"] for client in (stage.owner, program)}
    assert len(ids) == 2, "an API key met a key of its person's sessions"


def a_request_is_the_same_however_it_is_spelled(stage):
    body, key = _once(stage)
    first = stage.owner.post("/tasks", body, headers=key)
    for other in (dict(reversed(body.items())), {**body, "priority": "none", "description": None}):
        assert stage.owner.post("/tasks", other, headers=key).content == first.content, f"{other} is the same"
    clear = stage.owner.post("/tasks?validate_only=false", body, headers=key)
    assert clear.content == first.content, "a default that is written out is the same"
    changed = stage.owner.post("/tasks", {**body, "priority": "low"}, headers=key)
    assert refused(changed) == (422, "idempotency_key_reused"), "another value is another request"


def events_show_no_more_than_what_they_are_about(stage):
    place = f"/organizations/{stage.organization_id}"
    days = 30 + len(stage.project["key"]) + sum(map(ord, stage.project["key"])) % 300
    stage.owner.patch(f"{place}/retention", {"permission_checks_days": days})
    asked = {"organization_id": stage.organization_id, "limit": 1, "sort": "-sequence"}
    asked["event_type"] = "retention.updated"
    (mine,) = stage.owner.get("/events", params=asked).json()["items"]
    assert (mine["is_withheld"], mine["snapshot"]["retention"]["permission_checks_days"]) == (False, days)
    (theirs,) = stage.member.get("/events", params=asked).json()["items"]
    for event in (theirs, stage.member.get(f"/events/{mine['id']}").json()):
        assert event["id"] == mine["id"] and event["is_withheld"], "a member may not read retention"
        assert not any(event["snapshot"].values()) and not event["changes"], "what is withheld is not shown"


def a_key_reads_in_events_what_its_scopes_say(stage):
    task = stage.task()
    made = stage.owner.post("/api-keys", {"name": "Probe", "scopes": ["events:read"]}).json()
    program = stage.client(made["secret"])
    asked = {"organization_id": stage.organization_id, "subject_id": task["id"]}
    (event,) = program.get("/events", params=asked).json()["items"]
    assert event["is_withheld"] and not event["changes"], "the key may not read tasks"
    assert [one["is_withheld"] for one in stage.events_of(task)] == [False]


def an_assignee_sees_what_is_still_assigned(stage):
    someone = stage.newcomer()
    member = factories.member(stage.owner, stage.organization_id, someone.person, "collaborator")
    role = {"key": f"reads_{factories.key().lower()}", "name": "Reads events", "permissions": ["event.read"]}
    stage.owner.post(f"/organizations/{stage.organization_id}/roles", role)
    stage.owner.post(f"/members/{member['id']}/grants", {"role": role["key"]})
    task = stage.task(assignee_ids=[someone.person.id])
    asked = {"organization_id": stage.organization_id, "subject_id": task["id"]}
    (made,) = someone.get("/events", params=asked).json()["items"]
    assert not made["is_withheld"], "an assignee may read the task"
    stage.owner.patch(f"/tasks/{task['id']}", {"assignee_ids": []})
    told = someone.get("/events", params=asked).json()["items"]
    assert [one["is_withheld"] for one in told] == [True, True], "who is not assigned any more may not"


def one_s_account_is_nobody_else_s(stage):
    for method, path in (("DELETE", "/sessions?keep_current=true"), ("GET", "/security-log")):
        answer = stage.member.request(method, path)
        assert answer.status_code < 300, "people act on their own accounts"
        assert stage.owner.person.id not in answer.text, "and on no other"
