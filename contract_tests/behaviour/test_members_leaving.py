"""Who leaves an organization is taken off its tasks, with an event for each."""

import threading

import psycopg2
import pytest

from contract_tests import factories
from contract_tests.clients import at_once, refused


@pytest.fixture
def leaver(anonymous, owner, organization):
    """A member of the organization, whose membership is ``membership``."""
    client = factories.newcomer(anonymous, name="Leaver")
    client.membership = factories.member(owner, organization, client.person, "member")
    client.place = f"/members/{client.membership['id']}"
    return client


def test_who_leaves_is_taken_off_the_tasks(owner, member, leaver, project, organization):
    both = factories.task(owner, project["id"], assignee_ids=[leaver.person.id, member.person.id])
    alone = factories.task(owner, project["id"], assignee_ids=[leaver.person.id])
    other = factories.task(owner, project["id"], assignee_ids=[member.person.id])
    assert owner.delete(leaver.place).status_code == 204
    assert owner.get(f"/tasks/{both['id']}").json()["assignee_ids"] == [member.person.id]
    assert owner.get(f"/tasks/{alone['id']}").json()["assignee_ids"] == []
    assert owner.get(f"/tasks/{other['id']}").json() == other


def test_F9_a_removal_leaves_an_event_for_the_member_and_for_each_task(owner, leaver, project, organization):
    tasks = [factories.task(owner, project["id"], assignee_ids=[leaver.person.id]) for _ in range(3)]
    owner.delete(leaver.place, headers={"Request-Id": "a-removal"})
    events = owner.get("/events", params={"organization_id": organization, "sort": "-sequence", "limit": 4})
    found = events.json()["items"]
    assert {event["request_id"] for event in found} == {"a-removal"}
    assert [event["event_type"] for event in found] == ["member.removed"] + ["task.updated"] * 3
    assert {event["subject_id"] for event in found[1:]} == {task["id"] for task in tasks}
    for event in found[1:]:
        assert event["changes"] == [
            {"field": "assignee_ids", "before": f'["{leaver.person.id}"]', "after": "[]"}
        ]
    assert found[0]["snapshot"]["member"]["name"] == "Leaver"


def test_a_refused_removal_changes_no_task(anonymous):
    founder = factories.newcomer(anonymous)
    organization = factories.organization(founder)["id"]
    project = factories.project(founder, organization)
    task = factories.task(founder, project["id"], assignee_ids=[founder.person.id])
    (alone,) = founder.get(f"/organizations/{organization}/members").json()["items"]
    assert refused(founder.delete(f"/members/{alone['id']}")) == (409, "last_owner")
    assert founder.get(f"/tasks/{task['id']}").json() == task


def test_tasks_of_other_organizations_keep_who_leaves(anonymous, owner, leaver, project):
    elsewhere = factories.organization(leaver)["id"]
    kept = factories.task(leaver, factories.project(leaver, elsewhere)["id"], assignee_ids=[leaver.person.id])
    factories.task(owner, project["id"], assignee_ids=[leaver.person.id])
    owner.delete(leaver.place)
    factories.log_in_again(leaver)
    assert leaver.get(f"/tasks/{kept['id']}").json() == kept


def test_who_left_stays_the_creator_but_may_no_more_delete(owner, leaver, project):
    task = factories.task(leaver, project["id"])
    leaver.delete(leaver.place)
    factories.log_in_again(leaver)
    assert owner.get(f"/tasks/{task['id']}").json()["created_by_id"] == leaver.person.id
    assert refused(leaver.delete(f"/tasks/{task['id']}")) == (404, "not_found")


def test_an_assignment_that_is_being_made_is_taken_back_too(owner, leaver, task, database_url):
    """Somebody else assigns the leaver in a transaction that ends while the removal waits for it."""
    sql = "insert into assignments (task_id, user_id, organization_id) values (%s, %s, %s)"
    assigning = psycopg2.connect(database_url)
    try:
        assigning.cursor().execute(sql, (task["id"], leaver.person.id, task["organization_id"]))
        threading.Timer(0.3, assigning.commit).start()
        assert owner.delete(leaver.place).status_code == 204
    finally:
        assigning.close()
    assert owner.get(f"/tasks/{task['id']}").json()["assignee_ids"] == []


def test_a_person_who_leaves_while_being_assigned_ends_off_every_task(owner, leaver, project):
    """Whichever comes first: the assignment is refused, or it is taken back."""
    tasks = [factories.task(owner, project["id"]) for _ in range(8)]

    def assign(task):
        return owner.patch(f"/tasks/{task['id']}", {"assignee_ids": [leaver.person.id]})

    removed, *assigned = at_once(
        lambda: owner.delete(leaver.place), *[lambda task=task: assign(task) for task in tasks]
    )
    assert removed.status_code == 204
    assert {answer.status_code for answer in assigned} <= {200, 404}
    assert all(owner.get(f"/tasks/{task['id']}").json()["assignee_ids"] == [] for task in tasks)
