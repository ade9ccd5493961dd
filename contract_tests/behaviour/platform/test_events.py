"""Events: everything that happened, in order, without gaps, with what it changed and who did it."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once


def test_events_are_numbered_from_one_without_gaps(founder):
    for _ in range(5):
        factories.task(founder, founder.project["id"])
    assert [event["sequence"] for event in founder.events(limit=3)] == list(range(1, 9))


def test_numbers_have_no_gap_when_many_write_at_the_same_moment(founder):
    project = founder.project["id"]
    bad = {
        "project_id": project,
        "title": "T",
        "status": "todo",
        "starts_on": "2026-02-02",
        "due_on": "2026-01-01",
    }
    at_once(
        *[lambda: factories.task(founder, project)] * 8,
        *[lambda: founder.post("/tasks", bad)] * 4,
        *[
            lambda: founder.post(
                "/tasks?validate_only=true", {"project_id": project, "title": "T", "status": "todo"}
            )
        ]
        * 4,
    )
    assert [event["sequence"] for event in founder.events()] == list(range(1, 12))


def test_each_organization_has_its_own_numbers(founder):
    second = factories.organization(founder)["id"]
    page = founder.get("/events", params={"organization_id": second}).json()
    assert [event["sequence"] for event in page["items"]] == [1, 2]


def test_the_story_of_a_task_is_told_in_order(founder):
    task = factories.task(founder, founder.project["id"], title="Story")
    path = f"/tasks/{task['id']}"
    founder.patch(path, {"title": "A story", "priority": "high"})
    founder.put(f"{path}/completion")
    founder.delete(f"{path}/completion")
    founder.delete(path)
    events = founder.events(subject_id=task["id"])
    kinds = ["created", "updated", "completed", "reopened", "deleted"]
    assert [event["event_type"] for event in events] == [f"task.{kind}" for kind in kinds]
    assert [event["subject_version"] for event in events] == [1, 2, 3, 4, 5]
    assert {event["subject_type"] for event in events} == {"task"}
    assert events[0]["snapshot"]["task"] == task
    assert [event["snapshot"]["task"]["title"] for event in events] == ["Story"] + ["A story"] * 4


def test_an_event_tells_what_was_before_and_after(founder):
    task = factories.task(founder, founder.project["id"], description="Old", due_on="2026-01-01")
    change = {"description": None, "due_on": "2026-01-02", "assignee_ids": [founder.person.id]}
    founder.patch(f"/tasks/{task['id']}", change)
    (event,) = founder.events(event_type="task.updated")
    assert sorted(event["changes"], key=lambda change: change["field"]) == [
        {"field": "assignee_ids", "before": [], "after": [founder.person.id]},
        {"field": "description", "before": "Old", "after": None},
        {"field": "due_on", "before": "2026-01-01", "after": "2026-01-02"},
    ]


def test_a_creation_tells_every_property_that_has_a_value(founder):
    task = factories.task(founder, founder.project["id"])
    (event,) = founder.events(event_type="task.created")
    values = {change["field"]: change["after"] for change in event["changes"]}
    assert {change["before"] for change in event["changes"]} == {None}
    for name in task.keys() - {"version", "updated_at"}:
        assert values.get(name) == task[name]


@pytest.mark.parametrize(
    "change", [{"title": "A task"}, {"status": "todo", "priority": "none"}, {"due_on": None}]
)
def test_an_update_that_changes_nothing_leaves_no_event(founder, change):
    task = factories.task(founder, founder.project["id"])
    before = len(founder.events())
    again = founder.patch(f"/tasks/{task['id']}", change)
    assert (again.json(), again.headers["ETag"]) == (task, '"1"')
    assert len(founder.events()) == before


def test_refused_writes_and_dry_runs_leave_no_event(founder, task):
    before = founder.events()
    body = {"organization_id": founder.organization_id, "key": founder.project["key"], "name": "Again"}
    assert founder.post("/projects", body).status_code == 409
    assert (
        founder.patch(f"/projects/{founder.project['id']}?validate_only=true", {"name": "Dry"}).status_code
        == 200
    )
    assert founder.patch(f"/tasks/{task['id']}", {"title": "Foreign"}).status_code == 404
    assert founder.events() == before


def test_an_event_says_who_did_it_and_in_which_request(founder, anonymous):
    helper = factories.newcomer(anonymous)
    factories.member(founder, founder.organization_id, helper.person, "member")
    made = helper.post(
        "/tasks",
        {"project_id": founder.project["id"], "title": "T", "status": "todo"},
        headers={"Request-Id": "seen.in-logs_1"},
    )
    (event,) = founder.events(actor_id=helper.person.id)
    assert (event["event_type"], event["request_id"]) == ("task.created", "seen.in-logs_1")
    assert event["occurred_at"] == made.json()["created_at"]


def test_what_a_key_does_its_owner_did(founder):
    program = factories.api_key(founder, "tasks:write")
    task = factories.task(program, founder.project["id"])
    (event,) = founder.events(subject_id=task["id"])
    assert event["actor_id"] == founder.person.id


def test_F9_every_write_leaves_the_events_that_the_contract_names(anonymous, founder):
    """Through the API every kind of change is told, deletions and role changes included."""
    person = factories.register(anonymous)
    member = factories.member(founder, founder.organization_id, person, "guest")
    founder.patch(f"/organizations/{founder.organization_id}", {"name": "Renamed"})
    founder.patch(f"/members/{member['id']}", {"role": "member"})
    founder.delete(f"/members/{member['id']}")
    founder.patch(f"/projects/{founder.project['id']}", {"status": "archived"})
    founder.delete(f"/projects/{founder.project['id']}")
    kinds = [event["event_type"] for event in founder.events(after=3)]
    assert kinds == [
        "member.added",
        "organization.updated",
        "member.updated",
        "member.removed",
        "project.updated",
        "project.deleted",
    ]
