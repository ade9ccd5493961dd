"""Tasks: made, changed, finished and deleted."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused


def test_a_task_is_where_its_location_says(member, project):
    body = {"project_id": project["id"], "title": "Write", "status": "todo"}
    made = member.post("/tasks", body)
    task = made.json()
    assert member.get(made.headers["Location"]).json() == task
    assert member.get(made.headers["Location"]).headers["ETag"] == made.headers["ETag"]
    assert (task["created_by_id"], task["organization_id"]) == (member.person.id, project["organization_id"])
    assert (task["priority"], task["assignee_ids"], task["version"]) == ("none", [], 1)


def test_everything_that_is_sent_is_kept(member, guest, project):
    body = {
        "project_id": project["id"],
        "title": "Everything ✓",
        "description": "Line one\nLine two\t\u2028 ",
        "status": "in_review",
        "priority": "urgent",
        "starts_on": "0001-01-01",
        "due_on": "9999-12-31",
        "assignee_ids": sorted([member.person.id, guest.person.id]),
    }
    made = member.post("/tasks", body).json()
    assert {name: made[name] for name in body} == body


def test_tasks_are_numbered_in_their_project(member, project):
    keys = [factories.task(member, project["id"])["key"] for _ in range(3)]
    assert keys == [f"{project['key']}-{number}" for number in (1, 2, 3)]


def test_numbers_have_no_gap_when_many_are_made_at_the_same_moment(member, project):
    made = at_once(*[lambda: factories.task(member, project["id"])] * 12)
    assert {task["key"] for task in made} == {f"{project['key']}-{number}" for number in range(1, 13)}


def test_a_number_is_not_given_again(member, project):
    first = factories.task(member, project["id"])
    member.delete(f"/tasks/{first['id']}")
    assert factories.task(member, project["id"])["key"].endswith("-2")


def test_a_task_can_be_finished_once(member, task):
    assert member.put(f"/tasks/{task['id']}/completion").json()["status"] == "done"
    assert refused(member.put(f"/tasks/{task['id']}/completion")) == (409, "task_already_done")


def test_of_two_who_finish_a_task_at_the_same_moment_one_succeeds(member, task):
    answers = at_once(*[lambda: member.put(f"/tasks/{task['id']}/completion")] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_a_finished_task_can_be_reopened(member, task):
    path = f"/tasks/{task['id']}/completion"
    assert refused(member.delete(path)) == (409, "task_not_done")
    assert member.put(path).json()["completed_at"]
    reopened = member.delete(path).json()
    assert (reopened["status"], reopened["completed_at"]) == ("todo", None)


@pytest.mark.parametrize("status", ["todo", "in_progress", "in_review", "cancelled"])
def test_setting_the_status_finishes_and_reopens(member, project, status):
    task = factories.task(member, project["id"], status=status)
    path = f"/tasks/{task['id']}"
    assert task["completed_at"] is None
    assert member.patch(path, {"status": "done"}).json()["completed_at"]
    assert member.patch(path, {"status": status}).json()["completed_at"] is None
    events = member.get(
        "/events", params={"organization_id": task["organization_id"], "subject_id": task["id"]}
    )
    kinds = [event["event_type"] for event in events.json()["items"]]
    assert kinds == ["task.created", "task.completed", "task.reopened"]


def test_a_task_may_be_made_done(member, project):
    task = factories.task(member, project["id"], status="done")
    assert task["completed_at"] == task["created_at"]
    assert (
        member.patch(f"/tasks/{task['id']}", {"title": "Renamed"}).json()["completed_at"]
        == task["completed_at"]
    )


def test_F1_an_update_of_one_field_leaves_the_others_alone(member, project):
    task = factories.task(
        member,
        project["id"],
        description="Kept",
        priority="high",
        starts_on="2026-01-01",
        due_on="2026-02-01",
        assignee_ids=[member.person.id],
    )
    path, changes = (
        f"/tasks/{task['id']}",
        {
            "title": "New",
            "description": "New",
            "status": "in_progress",
            "priority": "low",
            "starts_on": "2026-01-02",
            "due_on": "2026-02-02",
            "assignee_ids": [],
        },
    )
    for name, value in changes.items():
        before = task
        task = member.patch(path, {name: value}).json()
        changed = {field for field in task if task[field] != before[field]}
        follows = {"status_category"} if name == "status" else set()
        assert changed == {name, "updated_at", "version"} | follows
        assert task[name] == value


def test_F1_an_empty_update_changes_nothing(member, task):
    answer = member.patch(f"/tasks/{task['id']}", {})
    assert refused(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["code"] == "too_few"
    assert member.get(f"/tasks/{task['id']}").json() == task


@pytest.mark.parametrize("field", ["description", "starts_on", "due_on"])
def test_null_clears_what_can_be_empty(member, project, field):
    task = factories.task(member, project["id"], description="D", starts_on="2026-01-01", due_on="2026-01-02")
    after = member.patch(f"/tasks/{task['id']}", {field: None}).json()
    assert after[field] is None
    assert {name for name in task if task[name] != after[name]} == {field, "updated_at", "version"}


@pytest.mark.parametrize("field", ["title", "status", "priority", "assignee_ids"])
def test_null_is_refused_where_something_must_be(member, task, field):
    answer = member.patch(f"/tasks/{task['id']}", {field: None})
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"
    assert member.get(f"/tasks/{task['id']}").json() == task


@pytest.mark.parametrize(
    "field", ["key", "completed_at", "organization_id", "project_id", "created_by_id", "version"]
)
def test_what_a_task_is_known_by_cannot_be_changed(member, task, field):
    answer = member.patch(f"/tasks/{task['id']}", {field: task[field]})
    assert answer.json()["errors"][0]["code"] == "unknown_property"


def test_a_task_is_not_due_before_it_starts(member, project):
    reversed_dates = {"starts_on": "2026-02-02", "due_on": "2026-02-01"}
    body = {"project_id": project["id"], "title": "T", "status": "todo"}
    assert refused(member.post("/tasks", body | reversed_dates)) == (422, "dates_reversed")
    task = factories.task(member, project["id"], starts_on="2026-02-01", due_on="2026-02-01")
    path = f"/tasks/{task['id']}"
    assert refused(member.patch(path, {"due_on": "2026-01-31"})) == (422, "dates_reversed")
    assert refused(member.patch(path, {"starts_on": "2026-02-02"})) == (422, "dates_reversed")
    assert member.patch(path, {"starts_on": "2026-03-01", "due_on": "2026-03-01"}).status_code == 200
    assert member.patch(path, {"starts_on": None, "due_on": "2020-01-01"}).status_code == 200


def test_a_title_is_not_empty_and_not_endless(member, project):
    body = {"project_id": project["id"], "status": "todo"}
    for title in ("", "  \n", "x" * 201, "a\0b", 7, None):
        assert refused(member.post("/tasks", body | {"title": title})) == (422, "invalid_request")
    assert factories.task(member, project["id"], title="𝒳" * 200)["title"] == "𝒳" * 200
