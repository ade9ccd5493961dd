"""Checks of writes: what they change, and what they leave behind."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories


def a_write_leaves_one_event(scene):
    task = scene.task()
    changed = scene.member.patch(f"/tasks/{task['id']}", {"title": "Other", "priority": "high"}).json()
    events = scene.events_of(task)
    types = [event["event_type"] for event in events]
    assert types == ["task.created", "task.updated"], "each write leaves one event"
    made, updated = events
    assert updated["actor_id"] == scene.people["member"].id, "an event names who acted"
    assert updated["subject_version"] == 2, "an event names the version"
    assert updated["sequence"] == made["sequence"] + 1, "events are numbered without gaps"
    assert updated["snapshot"].get("task") == changed, "an event has the task as it was then"
    assert {(change["field"], change["before"], change["after"]) for change in updated["changes"]} == {
        ("title", "A task", "Other"),
        ("priority", "none", "high"),
    }, "an event has each change, before and after"


def a_dry_run_stores_nothing(scene):
    def stored():
        tasks = scene.owner.get(
            "/tasks", params={"project_id": scene.project["id"], "include": "total", "limit": 1}
        )
        events = scene.owner.get(
            "/events", params={"organization_id": scene.organization_id, "limit": 1, "sort": "-sequence"}
        )
        return tasks.json()["total"], events.json()["items"][0]["sequence"]

    task = scene.task()
    before = stored()
    body = {"project_id": scene.project["id"], "title": "Rehearsed", "status": "todo"}
    answer = scene.owner.post("/tasks", body, params={"validate_only": "true"})
    assert answer.status_code == 200, "a dry run of a creation answers 200"
    assert answer.json()["title"] == "Rehearsed", "a dry run answers what would be created"
    tried = scene.owner.patch(f"/tasks/{task['id']}", {"title": "Tried"}, params={"validate_only": "true"})
    assert tried.status_code == 200, "a dry run of a change answers 200"
    assert tried.json()["title"] == "Tried", "a dry run answers what would be changed"
    assert scene.owner.get(f"/tasks/{task['id']}").json() == task, "a dry run changes nothing"
    assert stored() == before, "a dry run stores neither tasks nor events"


def a_rule_holds_in_a_dry_run_too(scene):
    path, body = f"/tasks/{scene.task()['id']}", {"starts_on": "2026-05-02", "due_on": "2026-05-01"}
    tried = scene.owner.patch(path, body, params={"validate_only": "true"})
    assert refused(tried) == (422, "dates_reversed"), "a dry run refuses what the request would be refused"
    assert refused(scene.owner.patch(path, body)) == (422, "dates_reversed"), (
        "no task is due before it starts"
    )


def a_key_makes_a_write_happen_once(scene):
    key = {"Idempotency-Key": factories.key() + scene.task()["id"]}
    body = {"project_id": scene.project["id"], "title": "Once", "status": "todo"}
    first, again = (scene.owner.post("/tasks", body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201), "a request can be sent again"
    assert again.content == first.content, "a request that is sent again has one effect"
    assert "idempotency-replayed" not in first.headers, "a first answer is no replay"
    assert again.headers.get("idempotency-replayed") == "true", "a replay is marked"
    other = scene.owner.post("/tasks", {**body, "title": "Twice"}, headers=key)
    assert refused(other) == (422, "idempotency_key_reused"), "a key belongs to one request"
    somebody_else = scene.member.post("/tasks", body, headers=key)
    assert somebody_else.status_code == 201, "another person may use the same key"
    assert somebody_else.json()["id"] != first.json()["id"], "a key belongs to one person"


def a_stale_write_is_refused(scene):
    path = f"/tasks/{scene.task()['id']}"
    seen = {"If-Match": scene.owner.get(path).headers["etag"]}
    first = scene.owner.patch(path, {"title": "First"}, headers=seen)
    assert first.status_code == 200, "a write on the current version is made"
    for late in (
        scene.member.patch(path, {"title": "Late"}, headers=seen),
        scene.owner.delete(path, headers=seen),
    ):
        assert refused(late) == (412, "stale_etag"), "a write on an earlier version is refused"
        assert late.json()["changed_fields"] == ["title"], "what changed meanwhile is named"
        assert late.json()["current_etag"] == late.headers["etag"], "the current ETag is named"
    weak = {"If-Match": f"W/{scene.owner.get(path).headers['etag']}"}
    by_weak_tag = scene.owner.patch(path, {"title": "Weak"}, headers=weak)
    assert refused(by_weak_tag) == (412, "stale_etag"), "a weak ETag matches no write"
    assert scene.owner.get(path).json()["title"] == "First", "what was refused has changed nothing"


def if_none_match_protects_writes(scene):
    task = scene.task()
    path = f"/tasks/{task['id']}"
    for sent in ("*", scene.owner.get(path).headers["etag"]):
        answer = scene.owner.patch(path, {"title": "Mine"}, headers={"If-None-Match": sent})
        assert refused(answer) == (412, "etag_matched"), "If-None-Match holds for writes"
    assert scene.owner.get(path).json() == task, "what was refused has changed nothing"
    body = {"project_id": task["project_id"], "title": "Another", "status": "todo"}
    answer = scene.owner.post("/tasks", body, headers={"If-Match": '"1"'})
    assert answer.status_code == 412, "If-Match fails for what is not there"
    assert answer.json()["current_etag"] is None, "what is not there has no ETag"


def a_patch_changes_what_it_names(scene):
    full = {"description": "Kept", "priority": "high", "starts_on": "2026-05-01", "due_on": "2026-05-31"}
    title = " ".join(["Long"] * 30)
    task = scene.task(title=title, assignee_ids=[scene.people["member"].id], **full)
    assert task["title"] == title, "a long title is stored whole"
    path = f"/tasks/{task['id']}"
    unchanged = task.keys() - {"title", "version", "updated_at"}
    changed = scene.owner.patch(path, {"title": "New"}).json()
    assert changed["title"] == "New", "a patch changes what it names"
    others = {name: task[name] for name in unchanged}
    assert {name: changed[name] for name in unchanged} == others, "a patch changes nothing else"
    cleared = scene.owner.patch(path, {"description": None, "due_on": None}).json()
    values = cleared["description"], cleared["due_on"], cleared["starts_on"]
    assert values == (None, None, "2026-05-01"), "null takes a value away"
    assert scene.owner.get(path).json() == cleared, "what was answered is stored"


def a_task_is_finished_once(scene):
    path = f"/tasks/{scene.task()['id']}/completion"
    done = scene.owner.put(path).json()
    assert done["status"] == "done" and done["completed_at"], "a task can be completed"
    assert refused(scene.owner.put(path)) == (409, "task_already_done"), "a task is completed once"
    assert scene.owner.delete(path).json()["completed_at"] is None, "a task can be reopened"
    assert refused(scene.owner.delete(path)) == (409, "task_not_done"), "a task is reopened once"


def an_archived_project_is_closed(scene):
    project = factories.project(scene.owner, scene.organization_id)
    task = factories.task(scene.owner, project["id"])
    scene.owner.patch(f"/projects/{project['id']}", {"status": "archived"})
    body = {"project_id": project["id"], "title": "T", "status": "todo"}
    for answer in (
        scene.owner.post("/tasks", body),
        scene.owner.patch(f"/tasks/{task['id']}", {"title": "T"}),
    ):
        assert refused(answer) == (409, "project_archived"), "an archived project is closed"


def tasks_are_numbered_without_gaps(scene):
    keys = [scene.task()["key"] for _ in range(3)]
    prefix, numbers = keys[0].partition("-")[0], [int(key.partition("-")[2]) for key in keys]
    assert prefix == scene.project["key"], "a task's key begins with its project's"
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2], "tasks are numbered without gaps"
