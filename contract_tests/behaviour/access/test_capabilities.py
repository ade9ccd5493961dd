"""Capabilities: what the caller may do, and why."""

from contract_tests.support import factories
from contract_tests.support.clients import refused
from security.policy import OF_TASKS


def told(client, **asked):
    answer = client.get("/capabilities", params=asked)
    assert answer.status_code == 200, answer.text
    return {one["permission"]: (one["is_allowed"], one["reason"]) for one in answer.json()["items"]}


def test_it_is_said_what_a_role_may_on_a_task(member, task):
    found = told(member, task_id=task["id"])
    assert found.keys() == set(OF_TASKS)
    assert found["task.update"] == (True, "role:member")
    assert found["task.delete"] == (False, None)


def test_it_is_said_what_a_relation_gives(member, guest, project):
    made = factories.task(member, project["id"], assignee_ids=[guest.person.id])
    assert told(member, task_id=made["id"])["task.delete"] == (True, "the_creator")
    assert told(guest, task_id=made["id"])["task.complete"] == (True, "an_assignee")


def test_it_is_said_which_grant_gives_it(owner, guest, organization, project):
    (membership,) = owner.get(
        f"/organizations/{organization}/members", params={"user_id": guest.person.id}
    ).json()["items"]
    grant = owner.post(
        f"/members/{membership['id']}/grants", {"role": "admin", "project_id": project["id"]}
    ).json()
    found = told(guest, project_id=project["id"])
    assert found["project.delete"] == (True, f"grant:{grant['id']}")
    assert told(guest, organization_id=organization)["project.delete"] == (False, None)


def test_what_is_said_is_what_happens(owner, admin, member, guest, organization):
    """For each role: an operation on a project succeeds if and only if its permission was said to be had."""
    for client in (owner, admin, member, guest):
        project = factories.project(owner, organization)
        found = told(client, project_id=project["id"])
        changed = client.patch(f"/projects/{project['id']}", {"name": "Changed"})
        assert (changed.status_code == 200) == found["project.update"][0]
        gone = client.delete(f"/projects/{project['id']}")
        assert (gone.status_code == 204) == found["project.delete"][0]


def test_of_ones_own_account_it_is_said_without_naming_anything(guest):
    found = told(guest)
    assert found["organization.create"] == (True, "anybody")
    assert found["user.update"] == (True, "oneself")


def test_of_several_the_answer_is_about_the_smallest_which_must_be_in_the_others(owner, organization, task):
    inside = {
        "organization_id": organization,
        "project_id": task["project_id"],
        "task_id": task["id"],
    }
    for names in (["organization_id", "task_id"], ["task_id", "project_id"], inside):
        answer = owner.get("/capabilities", params={name: inside[name] for name in names}).json()
        assert (answer["subject_type"], answer["subject_id"]) == ("task", task["id"])
    elsewhere = factories.organization(owner)["id"]
    for name, other in (
        ("organization_id", elsewhere),
        ("project_id", factories.project(owner, elsewhere)["id"]),
    ):
        answer = owner.get("/capabilities", params={**inside, name: other})
        assert refused(answer) == (404, "not_found")


def test_of_what_is_hidden_nothing_is_said(stranger, task):
    assert refused(stranger.get("/capabilities", params={"task_id": task["id"]})) == (404, "not_found")
