"""Checks of replays and of events: what callers may still read."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories
from models.base.database import database

SET_ROLE = "update members set role = %s where user_id = %s"


def _once(scene):
    body = {"project_id": scene.project["id"], "title": "Once", "status": "todo"}
    return body, {"Idempotency-Key": factories.key() + scene.project["id"]}


def a_replay_checks_current_permissions(scene):
    someone = scene.newcomer()
    factories.member(scene.owner, scene.organization_id, someone.person, "member")
    body, key = _once(scene)
    first = someone.post("/tasks", body, headers=key)
    for role, status in (("guest", 403), ("collaborator", 404), ("member", 201)):
        with database.connection_context():
            database.run(SET_ROLE, (role, someone.person.id))
        replayed = someone.post("/tasks", body, headers=key)
        assert replayed.status_code == status, f"a replay to a {role} answers {status}"
    deleted = {"Idempotency-Key": f"{key['Idempotency-Key']}.deleted"}
    path = f"/tasks/{first.json()['id']}"
    answers = [someone.delete(path, headers=deleted).status_code for _ in range(2)]
    assert answers == [204, 204], "a deletion is replayed although its task is gone"


def each_client_has_its_own_keys(scene):
    body, key = _once(scene)
    made = scene.owner.post("/api-keys", {"name": "Check", "scopes": ["tasks:write"]}).json()
    program = scene.client(made["secret"])
    ids = {client.post("/tasks", body, headers=key).json()["id"] for client in (scene.owner, program)}
    assert len(ids) == 2, "an API key and its person's sessions share no idempotency keys"


def equivalent_requests_are_equal(scene):
    body, key = _once(scene)
    first = scene.owner.post("/tasks", body, headers=key)
    for other in (dict(reversed(body.items())), {**body, "priority": "none", "description": None}):
        assert scene.owner.post("/tasks", other, headers=key).content == first.content, (
            f"{list(other)} is the same request"
        )
    clear = scene.owner.post("/tasks?validate_only=false", body, headers=key)
    assert clear.content == first.content, "a default that is written out is the same"
    changed = scene.owner.post("/tasks", {**body, "priority": "low"}, headers=key)
    assert refused(changed) == (422, "idempotency_key_reused"), "another value is another request"


def events_show_what_their_reader_may_read(scene):
    organization = f"/organizations/{scene.organization_id}"
    days = 30 + len(scene.project["key"]) + sum(map(ord, scene.project["key"])) % 300
    scene.owner.patch(f"{organization}/retention", {"permission_checks_days": days})
    asked = {"organization_id": scene.organization_id, "limit": 1, "sort": "-sequence"}
    asked["event_type"] = "retention.updated"
    (mine,) = scene.owner.get("/events", params=asked).json()["items"]
    assert not mine["is_withheld"], "an owner reads the event"
    assert mine["snapshot"]["retention"]["permission_checks_days"] == days, "an owner reads its snapshot"
    (theirs,) = scene.member.get("/events", params=asked).json()["items"]
    for event in (theirs, scene.member.get(f"/events/{mine['id']}").json()):
        assert event["id"] == mine["id"], "a member reads that it happened"
        assert event["is_withheld"], "a member may not read retention"
        assert not any(event["snapshot"].values()), "a withheld snapshot is empty"
        assert not event["changes"], "withheld changes are empty"


def events_show_what_the_scopes_of_a_key_allow(scene):
    task = scene.task()
    made = scene.owner.post("/api-keys", {"name": "Check", "scopes": ["events:read"]}).json()
    program = scene.client(made["secret"])
    asked = {"organization_id": scene.organization_id, "subject_id": task["id"]}
    (event,) = program.get("/events", params=asked).json()["items"]
    assert event["is_withheld"] and not event["changes"], "the key may not read tasks"
    assert [event["is_withheld"] for event in scene.events_of(task)] == [False], "its person may read them"


def an_assignee_sees_what_is_assigned(scene):
    someone = scene.newcomer()
    member = factories.member(scene.owner, scene.organization_id, someone.person, "collaborator")
    role = {"key": f"reads_{factories.key().lower()}", "name": "Reads events", "permissions": ["event.read"]}
    scene.owner.post(f"/organizations/{scene.organization_id}/roles", role)
    scene.owner.post(f"/members/{member['id']}/grants", {"role": role["key"]})
    task = scene.task(assignee_ids=[someone.person.id])
    asked = {"organization_id": scene.organization_id, "subject_id": task["id"]}
    (made,) = someone.get("/events", params=asked).json()["items"]
    assert not made["is_withheld"], "an assignee may read the task"
    scene.owner.patch(f"/tasks/{task['id']}", {"assignee_ids": []})
    later = someone.get("/events", params=asked).json()["items"]
    assert [event["is_withheld"] for event in later] == [True, True], "who is not assigned any more may not"


def people_act_on_their_own_accounts(scene):
    for method, path in (("DELETE", "/sessions?keep_current=true"), ("GET", "/security-log")):
        answer = scene.member.request(method, path)
        assert answer.status_code < 300, "people act on their own accounts"
        assert scene.owner.person.id not in answer.text, "and on no other"


def changes_have_the_types_of_their_properties(scene):
    task, person = scene.task(), scene.people["member"].id
    scene.member.patch(f"/tasks/{task['id']}", {"title": "[]", "assignee_ids": [person]})
    (updated,) = (event for event in scene.events_of(task) if event["event_type"] == "task.updated")
    changes = {change["field"]: (change["before"], change["after"]) for change in updated["changes"]}
    expected = {"title": ("A task", "[]"), "assignee_ids": ([], [person])}
    assert changes == expected, "changes have the types of their properties"
