"""Probes of writes: what they change, and what they leave behind."""

from contract_tests.contract.planted import refused
from contract_tests.support import factories


def a_write_leaves_one_event(stage):
    task = stage.task()
    changed = stage.member.patch(f"/tasks/{task['id']}", {"title": "Other", "priority": "high"}).json()
    made, updated = stage.events_of(task)
    assert (made["event_type"], updated["event_type"]) == ("task.created", "task.updated")
    assert (updated["actor_id"], updated["subject_version"]) == (stage.people["member"].id, 2)
    assert updated["sequence"] == made["sequence"] + 1
    assert updated["snapshot"]["task"] == changed
    assert {(one["field"], one["before"], one["after"]) for one in updated["changes"]} == {
        ("title", "A task", "Other"),
        ("priority", "none", "high"),
    }


def changes_have_the_types_of_their_properties(stage):
    task, person = stage.task(), stage.people["member"].id
    stage.member.patch(f"/tasks/{task['id']}", {"title": "[]", "assignee_ids": [person]})
    (updated,) = (one for one in stage.events_of(task) if one["event_type"] == "task.updated")
    changes = {one["field"]: (one["before"], one["after"]) for one in updated["changes"]}
    assert changes == {"title": ("A task", "[]"), "assignee_ids": ([], [person])}


def a_rehearsal_stores_nothing(stage):
    def there():
        found = stage.owner.get(
            "/tasks", params={"project_id": stage.project["id"], "include": "total", "limit": 1}
        )
        events = stage.owner.get(
            "/events", params={"organization_id": stage.organization_id, "limit": 1, "sort": "-sequence"}
        )
        return found.json()["total"], events.json()["items"][0]["sequence"]

    task = stage.task()
    before = there()
    body = {"project_id": stage.project["id"], "title": "Rehearsed", "status": "todo"}
    answer = stage.owner.post("/tasks", body, params={"validate_only": "true"})
    assert (answer.status_code, answer.json()["title"]) == (200, "Rehearsed")
    tried = stage.owner.patch(f"/tasks/{task['id']}", {"title": "Tried"}, params={"validate_only": "true"})
    assert (tried.status_code, tried.json()["title"]) == (200, "Tried")
    assert stage.owner.get(f"/tasks/{task['id']}").json() == task
    refused_one = stage.owner.patch(
        f"/tasks/{task['id']}", {"starts_on": "2026-05-02", "due_on": "2026-05-01"}
    )
    assert refused(refused_one) == (422, "dates_reversed")
    assert there() == before


def a_key_makes_a_write_happen_once(stage):
    key = {"Idempotency-Key": factories.key() + stage.task()["id"]}
    body = {"project_id": stage.project["id"], "title": "Once", "status": "todo"}
    first, again = (stage.owner.post("/tasks", body, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code, again.content) == (201, 201, first.content)
    assert ("idempotency-replayed" in first.headers, again.headers.get("idempotency-replayed")) == (
        False,
        "true",
    )
    other = stage.owner.post("/tasks", {**body, "title": "Twice"}, headers=key)
    assert refused(other) == (422, "idempotency_key_reused")
    somebody_else = stage.member.post("/tasks", body, headers=key)
    assert somebody_else.status_code == 201 and somebody_else.json()["id"] != first.json()["id"]


def a_stale_write_is_refused(stage):
    path = f"/tasks/{stage.task()['id']}"
    seen = {"If-Match": stage.owner.get(path).headers["etag"]}
    assert stage.owner.patch(path, {"title": "First"}, headers=seen).status_code == 200
    weak = {"If-Match": f"W/{stage.owner.get(path).headers['etag']}"}
    assert refused(stage.owner.patch(path, {"title": "Weak"}, headers=weak)) == (412, "stale_etag")
    for late in (
        stage.member.patch(path, {"title": "Late"}, headers=seen),
        stage.owner.delete(path, headers=seen),
    ):
        assert refused(late) == (412, "stale_etag")
        assert (late.json()["changed_fields"], late.json()["current_etag"]) == (
            ["title"],
            late.headers["etag"],
        )
    assert stage.owner.get(path).json()["title"] == "First"


def what_one_has_is_not_written_over(stage):
    task = stage.task()
    path = f"/tasks/{task['id']}"
    for sent in ("*", stage.owner.get(path).headers["etag"]):
        answer = stage.owner.patch(path, {"title": "Mine"}, headers={"If-None-Match": sent})
        assert refused(answer) == (412, "etag_matched")
    assert stage.owner.get(path).json() == task
    body = {"project_id": task["project_id"], "title": "Another", "status": "todo"}
    answer = stage.owner.post("/tasks", body, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["current_etag"]) == (412, None)


def a_patch_changes_what_it_names(stage):
    full = {"description": "Kept", "priority": "high", "starts_on": "2026-05-01", "due_on": "2026-05-31"}
    title = " ".join(["Long"] * 30)
    task = stage.task(title=title, assignee_ids=[stage.people["member"].id], **full)
    assert task["title"] == title
    path = f"/tasks/{task['id']}"
    unchanged = task.keys() - {"title", "version", "updated_at"}
    changed = stage.owner.patch(path, {"title": "New"}).json()
    assert (changed["title"], {name: changed[name] for name in unchanged}) == (
        "New",
        {name: task[name] for name in unchanged},
    )
    cleared = stage.owner.patch(path, {"description": None, "due_on": None}).json()
    assert (cleared["description"], cleared["due_on"], cleared["starts_on"]) == (None, None, "2026-05-01")
    assert stage.owner.get(path).json() == cleared


def a_body_can_be_left_out(stage):
    path = f"/tasks/{stage.task()['id']}"
    answer = stage.owner.patch(path, {"title": "Quiet"}, headers={"Prefer": "return=minimal"})
    assert (answer.status_code, answer.content, answer.headers["preference-applied"]) == (
        204,
        b"",
        "return=minimal",
    )
    assert stage.owner.get(path).json()["title"] == "Quiet"


def a_task_is_finished_once(stage):
    path = f"/tasks/{stage.task()['id']}/completion"
    done = stage.owner.put(path).json()
    assert done["status"] == "done" and done["completed_at"]
    assert refused(stage.owner.put(path)) == (409, "task_already_done")
    assert stage.owner.delete(path).json()["completed_at"] is None
    assert refused(stage.owner.delete(path)) == (409, "task_not_done")


def an_archived_project_is_closed(stage):
    project = factories.project(stage.owner, stage.organization_id)
    task = factories.task(stage.owner, project["id"])
    stage.owner.patch(f"/projects/{project['id']}", {"status": "archived"})
    body = {"project_id": project["id"], "title": "T", "status": "todo"}
    for answer in (
        stage.owner.post("/tasks", body),
        stage.owner.patch(f"/tasks/{task['id']}", {"title": "T"}),
    ):
        assert refused(answer) == (409, "project_archived")


def tasks_are_numbered_without_gaps(stage):
    keys = [stage.task()["key"] for _ in range(3)]
    prefix, numbers = keys[0].partition("-")[0], [int(key.partition("-")[2]) for key in keys]
    assert prefix == stage.project["key"] and numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
