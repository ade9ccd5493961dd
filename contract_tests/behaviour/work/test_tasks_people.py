"""Who may do what with tasks, and who is assigned to them."""

from itertools import pairwise

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from models.base.ids import new_id


def test_guests_read_tasks_and_make_none(guest, task):
    assert guest.get(f"/tasks/{task['id']}").json() == task
    answer = guest.post("/tasks", {"project_id": task["project_id"], "title": "T", "status": "todo"})
    assert (refused(answer), answer.json()["permission"]) == ((403, "permission_denied"), "task.create")


def test_guests_change_no_task_even_when_they_are_assigned(owner, guest, project):
    task = factories.task(owner, project["id"], assignee_ids=[guest.person.id])
    answer = guest.patch(f"/tasks/{task['id']}", {"status": "done"})
    assert answer.json()["permission"] == "task.update"
    assert guest.delete(f"/tasks/{task['id']}").json()["permission"] == "task.delete"


def test_guests_finish_and_reopen_what_they_are_assigned_to(owner, guest, project):
    mine = factories.task(owner, project["id"], assignee_ids=[guest.person.id])
    other = factories.task(owner, project["id"])
    assert guest.put(f"/tasks/{mine['id']}/completion").json()["status"] == "done"
    assert guest.delete(f"/tasks/{mine['id']}/completion").json()["status"] == "todo"
    assert guest.put(f"/tasks/{other['id']}/completion").json()["permission"] == "task.complete"


def test_members_delete_their_own_tasks_and_admins_any(owner, admin, member, project):
    mine, theirs = factories.task(member, project["id"]), factories.task(owner, project["id"])
    assert member.delete(f"/tasks/{theirs['id']}").json()["permission"] == "task.delete"
    assert member.delete(f"/tasks/{mine['id']}").status_code == 204
    assert admin.delete(f"/tasks/{theirs['id']}").status_code == 204
    assert refused(owner.get(f"/tasks/{mine['id']}")) == (404, "not_found")
    assert refused(owner.delete(f"/tasks/{mine['id']}")) == (404, "not_found")


def test_a_creator_who_became_a_guest_deletes_no_more(anonymous, owner, organization, project):
    person = factories.newcomer(anonymous)
    membership = factories.member(owner, organization, person.person, "member")
    task = factories.task(person, project["id"])
    owner.patch(f"/members/{membership['id']}", {"role": "guest"})
    factories.log_in_again(person)
    assert person.delete(f"/tasks/{task['id']}").json()["permission"] == "task.delete"


def test_members_are_assigned_in_any_order_and_written_in_one(owner, member, guest, project):
    people = [owner.person.id, member.person.id, guest.person.id]
    task = factories.task(owner, project["id"], assignee_ids=people[::-1])
    assert task["assignee_ids"] == sorted(people)
    path = f"/tasks/{task['id']}"
    assert owner.patch(path, {"assignee_ids": people}).json() == task
    assert owner.patch(path, {"assignee_ids": people[:1]}).json()["assignee_ids"] == people[:1]
    assert owner.patch(path, {"assignee_ids": []}).json()["assignee_ids"] == []
    assert owner.get(path).json()["assignee_ids"] == []


def test_only_members_are_assigned(owner, member, stranger, project, task):
    people = [member.person.id, stranger.person.id, new_id()]
    answers = (
        owner.post(
            "/tasks", {"project_id": project["id"], "title": "T", "status": "todo", "assignee_ids": people}
        ),
        owner.patch(f"/tasks/{task['id']}", {"assignee_ids": people}),
    )
    for answer in answers:
        assert refused(answer) == (404, "not_found")
        assert [error["pointer"] for error in answer.json()["errors"]] == [
            "/assignee_ids/1",
            "/assignee_ids/2",
        ]
    assert owner.get(f"/tasks/{task['id']}").json() == task


def test_a_person_who_is_named_twice_is_assigned_once(owner, member, project, task):
    person = member.person.id
    twice = owner.patch(f"/tasks/{task['id']}", {"assignee_ids": [person, person]})
    assert refused(twice) == (422, "invalid_request")
    spelled = owner.patch(f"/tasks/{task['id']}", {"assignee_ids": [person, person.upper()]})
    assert spelled.json()["assignee_ids"] == [person]


def test_at_most_twenty_people_are_assigned(owner, task):
    answer = owner.patch(f"/tasks/{task['id']}", {"assignee_ids": [new_id() for _ in range(21)]})
    assert answer.json()["errors"][0]["code"] == "too_many"


def test_a_task_is_made_in_a_project_that_one_may_know_of(stranger, project):
    for project_id in (project["id"], new_id()):
        answer = stranger.post("/tasks", {"project_id": project_id, "title": "T", "status": "todo"})
        assert refused(answer) == (404, "not_found")
        assert answer.json()["detail"] == "No project has this ID."


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "PUT", "REOPEN"])
def test_the_task_of_others_is_like_none_at_all(stranger, owner, task, method):
    """Foreign and missing ids are answered alike, whatever is asked."""
    details = set()
    for id in (task["id"], new_id()):
        path = f"/tasks/{id}"
        answer = {
            "GET": lambda path=path: stranger.get(path),
            "PATCH": lambda path=path: stranger.patch(path, {"title": "Mine"}, headers={"If-Match": '"1"'}),
            "DELETE": lambda path=path: stranger.delete(path),
            "PUT": lambda path=path: stranger.put(f"{path}/completion"),
            "REOPEN": lambda path=path: stranger.delete(f"{path}/completion"),
        }[method]()
        assert refused(answer) == (404, "not_found")
        details.add(answer.json()["detail"])
    assert len(details) == 1
    assert owner.get(f"/tasks/{task['id']}").json() == task


def test_the_tasks_of_others_are_not_in_any_list(stranger, task):
    listed = stranger.everything("/tasks", limit=100)
    assert task["organization_id"] not in {row["organization_id"] for row in listed}
    assert stranger.get("/tasks", params={"text": task["key"]}).json()["items"] == []


def test_included_projects_and_people_are_those_of_the_page(portfolio):
    params = {"organization_id": portfolio.organization_id, "limit": 2, "include": ["projects", "people"]}
    page = portfolio.client.get("/tasks", params=params).json()
    people = {id for task in page["items"] for id in (task["created_by_id"], *task["assignee_ids"])}
    assert {item["id"] for item in page["included"]["projects"]} == {
        task["project_id"] for task in page["items"]
    }
    assert {item["id"] for item in page["included"]["people"]} == people
    assert all(item.keys() == {"id", "name"} for item in page["included"]["people"])


def test_F8_inclusion_changes_no_type_of_what_is_there(portfolio):
    params = {"organization_id": portfolio.organization_id, "limit": 9}
    plain = portfolio.client.get("/tasks", params=params).json()
    full = portfolio.client.get("/tasks", params=params | {"include": ["total", "projects", "people"]}).json()
    assert full["items"] == plain["items"]
    assert plain["included"] == {"projects": [], "people": []}
    assert full["next_cursor"] == plain["next_cursor"]


def test_two_who_assign_at_once_each_see_what_is_stored(owner, admin, member, task):
    """The second waits for the first; what it then says of the task is what is stored."""
    path = f"/tasks/{task['id']}"
    for _ in range(10):
        first, second = at_once(
            lambda: owner.patch(path, {"assignee_ids": [owner.person.id, member.person.id]}),
            lambda: admin.patch(path, {"assignee_ids": [owner.person.id]}),
        )
        stored = owner.get(path).json()
        last = max(first.json(), second.json(), key=lambda body: body["version"])
        assert (last["version"], last["assignee_ids"]) == (stored["version"], stored["assignee_ids"])
        events = owner.everything("/events", organization_id=task["organization_id"], subject_id=task["id"])
        changes = [
            change for event in events for change in event["changes"] if change["field"] == "assignee_ids"
        ]
        assert all(left["after"] == right["before"] for left, right in pairwise(changes))
