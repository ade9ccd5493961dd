"""Races: many who want the same at the same moment, and what holds whoever is first."""

from collections import Counter
from functools import partial
from uuid import uuid4

import pytest

from contract_tests.faults.crowd import request, rush
from contract_tests.support import accounts, factories
from contract_tests.support.clients import at_once
from contract_tests.support.mailbox import Mailbox

pytestmark = pytest.mark.slow


def statuses(answers):
    return Counter(answer.status for answer in answers)


def test_of_a_thousand_updates_with_one_etag_one_wins(live, owner, task):
    patches = [
        request(
            live.base_url,
            "PATCH",
            f"/tasks/{task['id']}",
            owner.token,
            {"title": f"Number {n}"},
            If_Match='"1"',
        )
        for n in range(1000)
    ]
    answers = rush(live.base_url, patches)
    assert statuses(answers) == {200: 1, 412: 999}
    (won,) = (answer.json() for answer in answers if answer.status == 200)
    stored = owner.get(f"/tasks/{task['id']}").json()
    assert stored == won
    assert stored["version"] == 2
    assert all(answer.json()["current_etag"] == '"2"' for answer in answers if answer.status == 412)


def test_a_thousand_requests_with_one_key_have_one_effect(live, owner, project):
    body = {"project_id": project["id"], "title": "Once", "status": "todo"}
    once = request(live.base_url, "POST", "/tasks", owner.token, body, Idempotency_Key=str(uuid4()))
    answers = rush(live.base_url, [once] * 1000)
    assert statuses(answers).keys() <= {201, 409}
    made = [answer for answer in answers if answer.status == 201]
    assert len({answer.body for answer in made}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made) == 1
    assert {answer.json()["code"] for answer in answers if answer.status == 409} <= {"request_in_progress"}
    stored = owner.everything("/tasks", project_id=project["id"])
    assert [task["id"] for task in stored] == [made[0].json()["id"]]
    assert (
        len(
            owner.everything(
                "/events", organization_id=project["organization_id"], subject_id=stored[0]["id"]
            )
        )
        == 1
    )


@pytest.mark.alone
def test_F11_of_500_registrations_of_one_address_one_account_is_made(live, anonymous, mailbox):
    addresses = ["Rushed@Example.org", "rushed@example.org", "RUSHED@EXAMPLE.ORG"]
    bodies = [
        {"email": addresses[n % 3], "password": factories.PASSWORD, "name": f"Twin {n}"} for n in range(500)
    ]
    answers = rush(live.base_url, [request(live.base_url, "POST", "/users", body=body) for body in bodies])
    assert statuses(answers) == {202: 500}
    letters = mailbox.all_to(addresses[0])
    assert len(letters) == 5
    opened = [accounts.verify(anonymous, letter.token) for letter in letters]
    assert sorted(answer.status_code for answer in opened) == [204] + [409] * 4
    logged_in = anonymous.post("/sessions", {"email": addresses[0], "password": factories.PASSWORD})
    assert logged_in.status_code == 201


def test_F11_of_500_projects_with_one_key_one_wins(live, owner, organization):
    key = factories.key()
    bodies = [{"organization_id": organization, "key": key, "name": f"Project {n}"} for n in range(500)]
    answers = rush(
        live.base_url, [request(live.base_url, "POST", "/projects", owner.token, body) for body in bodies]
    )
    assert statuses(answers) == {201: 1, 409: 499}
    assert {answer.json()["code"] for answer in answers if answer.status == 409} == {"project_key_taken"}
    assert [project["key"] for project in owner.everything("/projects", organization_id=organization)].count(
        key
    ) == 1


def test_F11_of_500_invitations_of_one_person_one_wins(live, owner, organization, anonymous):
    person = factories.register(anonymous)
    add = request(
        live.base_url, "POST", f"/organizations/{organization}/invitations", owner.token,
        {"email": person.email, "role": "guest"},
    )  # fmt: skip
    answers = rush(live.base_url, [add] * 500)
    assert statuses(answers) == {201: 1, 409: 499}
    assert {answer.json()["code"] for answer in answers if answer.status == 409} == {"already_invited"}


def test_F11_of_50_acceptances_of_one_invitation_one_wins(live, owner, organization, anonymous):
    person = factories.register(anonymous)
    factories.invitation(owner, organization, person.email)
    token = Mailbox().to(person.email, "invitation").token
    accept = request(live.base_url, "PUT", "/invitations/acceptance", person.token, {"token": token})
    answers = rush(live.base_url, [accept] * 50)
    assert statuses(answers) == {200: 1, 409: 49}
    assert {answer.json()["code"] for answer in answers if answer.status == 409} == {"invitation_not_open"}
    assert len(owner.everything(f"/organizations/{organization}/members", user_id=person.id)) == 1


@pytest.fixture(scope="module")
def two(anonymous):
    """Two people who found organizations together."""
    return factories.newcomer(anonymous), factories.newcomer(anonymous)


def founded_by(first, second):
    """A new organization that both own, and their memberships."""
    organization = factories.organization(first)["id"]
    theirs = factories.member(first, organization, second.person, "owner")
    (mine,) = first.everything(f"/organizations/{organization}/members", user_id=first.person.id)
    return organization, f"/members/{mine['id']}", f"/members/{theirs['id']}"


def test_of_two_last_owners_who_step_down_at_the_same_moment_one_stays(two):
    body = {"role": "guest", **factories.PROOF}
    for _ in range(20):
        organization, *memberships = founded_by(*two)
        answers = at_once(
            *(partial(client.patch, path, body) for client, path in zip(two, memberships, strict=True))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        for client in two:
            factories.log_in_again(client)
        roles = [member["role"] for member in two[0].everything(f"/organizations/{organization}/members")]
        assert sorted(roles) == ["guest", "owner"]


def test_two_owners_who_demote_each_other_leave_one(two):
    for _ in range(20):
        organization, mine, theirs = founded_by(*two)
        body = {"role": "guest", **factories.PROOF}
        answers = at_once(partial(two[0].patch, theirs, body), partial(two[1].patch, mine, body))
        # Who is later is no owner any more, was the last one, or has a token that does not hold any more.
        assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 403], [200, 409])
        for client in two:
            factories.log_in_again(client)
        roles = [member["role"] for member in two[0].everything(f"/organizations/{organization}/members")]
        assert sorted(roles) == ["guest", "owner"]


def test_edits_of_different_fields_both_hold(owner, task):
    for number in range(25):
        fields = (
            {"title": f"Title {number}"},
            {"priority": ("high", "low")[number % 2]},
            {"status": ("done", "todo")[number % 2]},
        )
        answers = at_once(*(partial(owner.patch, f"/tasks/{task['id']}", body) for body in fields))
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        stored = owner.get(f"/tasks/{task['id']}").json()
        assert {**stored, **fields[0], **fields[1], **fields[2]} == stored
        assert stored["version"] == 1 + 3 * (number + 1)


def test_of_many_who_complete_a_task_one_does(live, owner, task):
    put = request(live.base_url, "PUT", f"/tasks/{task['id']}/completion", owner.token)
    answers = rush(live.base_url, [put] * 100)
    assert statuses(answers) == {200: 1, 409: 99}
    assert owner.get(f"/tasks/{task['id']}").json()["version"] == 2


def test_events_of_sixteen_writers_have_no_gap_and_tasks_no_number_twice(live, owner, stranger, anonymous):
    client = factories.newcomer(anonymous)
    organization = factories.organization(client)["id"]
    projects = [factories.project(client, organization)["id"] for _ in range(4)]

    def body(number):
        """Every tenth is refused after it took a number, which must not be missing later."""
        strangers = [stranger.person.id] if number % 10 == 0 else []
        return {
            "project_id": projects[number % 4], "title": "A task", "status": "todo", "assignee_ids": strangers
        }  # fmt: skip

    posts = [request(live.base_url, "POST", "/tasks", client.token, body(number)) for number in range(400)]
    answers = rush(live.base_url, posts, connections=16)
    assert statuses(answers) == {201: 360, 404: 40}
    events = client.everything("/events", organization_id=organization, limit=100)
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert len(events) == 2 + 4 + 360
    tasks = [answer.json() for answer in answers if answer.status == 201]
    for project in projects:
        numbers = sorted(
            int(task["key"].rpartition("-")[2]) for task in tasks if task["project_id"] == project
        )
        assert numbers == list(range(1, len(numbers) + 1))


def test_of_a_grant_and_the_deletion_of_what_it_is_on_nothing_is_left(
    owner, organization, project, anonymous
):
    """Each grant that was made is revoked, with an event, whichever of the two was first."""
    membership = factories.member(owner, organization, factories.register(anonymous), "collaborator")["id"]
    made = []
    for _ in range(20):
        task = factories.task(owner, project["id"])["id"]
        body = {"role": "guest", "resource_type": "task", "resource_id": task}
        granted, deleted = at_once(
            partial(owner.post, f"/members/{membership}/grants", body),
            partial(owner.delete, f"/tasks/{task}"),
        )
        assert (granted.status_code in (201, 404), deleted.status_code) == (True, 204)
        if granted.status_code == 201:
            made.append(granted.json()["id"])
    for grant in made:
        events = owner.everything("/events", organization_id=organization, subject_id=grant)
        assert [event["event_type"] for event in events] == ["grant.created", "grant.revoked"]
        assert owner.get(f"/grants/{grant}").status_code == 404
