"""Who leaves an organization is taken off its tasks, with an event for each."""

import threading

import psycopg2
import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from contract_tests.support.queue_tasks import perform
from models.base.database import database
from models.work.assignments import ASSIGN, MEMBERS

COPIES = """
with copied as (
    insert into tasks (id, version, created_at, updated_at, organization_id, project_id, number, key, title, status, priority,
        created_by_id)
    select gen_random_uuid(), 1, created_at, updated_at, organization_id, project_id, number + n,
        split_part(key, '-', 1) || '-' || number + n,
        title,
        status, priority, created_by_id
    from tasks, generate_series(1, %s) n where id = %s returning id, organization_id
)
insert into assignments (task_id, user_id, organization_id) select id, %s, organization_id from copied
"""
TASKS_OF_LEAVER = 750


@pytest.fixture
def leaver(anonymous, owner, organization):
    """A member of the organization, whose membership is ``membership``."""
    client = factories.newcomer(anonymous, name="Leaver")
    client.membership = factories.member(owner, organization, client.person, "member")
    client.membership_path = f"/members/{client.membership['id']}"
    return client


def test_who_leaves_is_taken_off_the_tasks(owner, member, leaver, project, organization):
    both = factories.task(owner, project["id"], assignee_ids=[leaver.person.id, member.person.id])
    alone = factories.task(owner, project["id"], assignee_ids=[leaver.person.id])
    other = factories.task(owner, project["id"], assignee_ids=[member.person.id])
    assert owner.delete(leaver.membership_path).status_code == 204
    assert owner.get(f"/tasks/{both['id']}").json()["assignee_ids"] == [member.person.id]
    assert owner.get(f"/tasks/{alone['id']}").json()["assignee_ids"] == []
    assert owner.get(f"/tasks/{other['id']}").json() == other


def test_F9_a_removal_leaves_an_event_for_the_member_and_for_each_task(owner, leaver, project, organization):
    tasks = [factories.task(owner, project["id"], assignee_ids=[leaver.person.id]) for _ in range(3)]
    owner.delete(leaver.membership_path, headers={"Request-Id": "a-removal"})
    answer = owner.get("/events", params={"organization_id": organization, "sort": "-sequence", "limit": 4})
    events = answer.json()["items"]
    assert {event["request_id"] for event in events} == {"a-removal"}
    assert [event["event_type"] for event in events] == ["member.removed"] + ["task.updated"] * 3
    assert {event["subject_id"] for event in events[1:]} == {task["id"] for task in tasks}
    for event in events[1:]:
        assert event["changes"] == [{"field": "assignee_ids", "before": [leaver.person.id], "after": []}]
    assert events[0]["snapshot"]["member"]["name"] == "Leaver"


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
    task = factories.task(leaver, factories.project(leaver, elsewhere)["id"], assignee_ids=[leaver.person.id])
    factories.task(owner, project["id"], assignee_ids=[leaver.person.id])
    owner.delete(leaver.membership_path)
    factories.log_in_again(leaver)
    assert leaver.get(f"/tasks/{task['id']}").json() == task


def test_who_left_stays_the_creator_but_may_no_more_delete(owner, leaver, project):
    task = factories.task(leaver, project["id"])
    leaver.delete(leaver.membership_path)
    factories.log_in_again(leaver)
    assert owner.get(f"/tasks/{task['id']}").json()["created_by_id"] == leaver.person.id
    assert refused(leaver.delete(f"/tasks/{task['id']}")) == (404, "not_found")


def test_an_assignment_that_is_being_made_is_taken_back_too(owner, leaver, task, database_url):
    """Somebody else assigns the leaver in a transaction that ends while the removal waits for it."""
    assigning = psycopg2.connect(database_url)
    try:
        with assigning.cursor() as cursor:
            cursor.execute(MEMBERS, (task["organization_id"], [leaver.person.id]))
            cursor.execute(ASSIGN, (task["id"], task["organization_id"], [leaver.person.id]))
        threading.Timer(0.3, assigning.commit).start()
        assert owner.delete(leaver.membership_path).status_code == 204
    finally:
        assigning.close()
    assert owner.get(f"/tasks/{task['id']}").json()["assignee_ids"] == []


def test_a_person_who_leaves_while_being_assigned_ends_off_every_task(owner, leaver, project):
    """Whichever comes first: the assignment is refused, or it is taken back."""
    tasks = [factories.task(owner, project["id"]) for _ in range(8)]

    def assign(task):
        return owner.patch(f"/tasks/{task['id']}", {"assignee_ids": [leaver.person.id]})

    removed, *assigned = at_once(
        lambda: owner.delete(leaver.membership_path), *[lambda task=task: assign(task) for task in tasks]
    )
    assert removed.status_code == 204
    assert {answer.status_code for answer in assigned} <= {200, 404}
    assert all(owner.get(f"/tasks/{task['id']}").json()["assignee_ids"] == [] for task in tasks)


@pytest.fixture
def busy(leaver, task):
    """The leaver, with so many tasks that a removal does not release all of them at once."""
    with database.connection_context():
        database.run(COPIES, (TASKS_OF_LEAVER, task["id"], leaver.person.id))
    return leaver


def left_to(person):
    with database.connection_context():
        return database.rows("select count(*) from assignments where user_id = %s", (person.person.id,))[0][0]


def release_of(person):
    """The arguments of the job that releases the person's tasks."""
    sql = "select args from procrastinate_jobs where task_name = 'tasks.release' and args ->> 'user_id' = %s"
    with database.connection_context():
        ((arguments,),) = database.rows(sql, (person.person.id,))
    return arguments


def test_many_tasks_are_released_by_a_job_whose_progress_is_told(owner, busy, organization):
    assert owner.delete(busy.membership_path, headers={"Request-Id": "a-large-removal"}).status_code == 204
    assert 0 < left_to(busy) < TASKS_OF_LEAVER
    job = next(job for job in owner.get("/jobs").json()["items"] if job["kind"] == "task_release")
    assert (job["status"], job["progress"]) == ("waiting", 0)
    perform("tasks.release", **release_of(busy))
    assert left_to(busy) == 0
    finished = owner.get(f"/jobs/{job['id']}").json()
    assert (finished["status"], finished["progress"]) == ("succeeded", 100)
    sql = """select count(*), count(distinct subject_id), bool_and(actor_id = %s) from events
        where organization_id = %s and request_id = 'a-large-removal' and event_type = 'task.updated'"""
    with database.connection_context():
        ((events, subjects, is_by_owner),) = database.rows(sql, (owner.person.id, organization))
    assert (events, subjects, is_by_owner) == (TASKS_OF_LEAVER, TASKS_OF_LEAVER, True)


def test_a_release_that_is_done_twice_is_done_once(owner, busy, organization):
    owner.delete(busy.membership_path)
    for _ in range(2):
        perform("tasks.release", **release_of(busy))
    sql = "select count(*) from events where organization_id = %s and event_type = 'task.updated' and changes::text like %s"
    with database.connection_context():
        ((events,),) = database.rows(sql, (organization, f"%{busy.person.id}%"))
    assert events == TASKS_OF_LEAVER


def test_who_has_left_sees_none_of_the_tasks_that_are_still_to_be_released(owner, busy):
    with database.connection_context():
        sql = "select task_id::text from assignments where user_id = %s order by task_id desc limit 1"
        ((last,),) = database.rows(sql, (busy.person.id,))
    owner.delete(busy.membership_path)
    factories.log_in_again(busy)
    assert owner.get(f"/tasks/{last}").json()["assignee_ids"] == [busy.person.id]
    assert refused(busy.get(f"/tasks/{last}")) == (404, "not_found")
    assert refused(busy.put(f"/tasks/{last}/completion")) == (404, "not_found")
    assert busy.get("/tasks").json()["items"] == []


def test_nobody_is_assigned_who_has_left(owner, leaver, task):
    owner.delete(leaver.membership_path)
    answer = owner.patch(f"/tasks/{task['id']}", {"assignee_ids": [leaver.person.id]})
    assert refused(answer) == (404, "not_found")
    assert answer.json()["errors"][0]["pointer"] == "/assignee_ids/0"


def test_who_comes_back_keeps_what_was_not_released_yet(owner, busy, organization):
    owner.delete(busy.membership_path)
    left = left_to(busy)
    factories.member(owner, organization, busy.person, "member")
    perform("tasks.release", **release_of(busy))
    assert left_to(busy) == left > 0
