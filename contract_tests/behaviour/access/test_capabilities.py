"""Capabilities: what the caller may do, and why."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import on

OF_TASKS = {"task.read", "task.update", "task.complete", "task.delete"}
OF_PROJECTS = {"project.read", "project.update", "project.delete", "task.create"} | OF_TASKS


def capabilities(client, **asked):
    answer = client.get("/capabilities", params=asked)
    assert answer.status_code == 200, answer.text
    return {
        capability["permission"]: (capability["is_allowed"], capability["reason"])
        for capability in answer.json()["items"]
    }


def test_it_is_said_what_a_role_may_on_a_task(member, task):
    permissions = capabilities(member, **on("task", task["id"]))
    assert permissions.keys() == OF_TASKS
    assert permissions["task.update"] == (True, "role:member")
    assert permissions["task.delete"] == (False, None)


def test_it_is_said_what_a_relation_gives(member, guest, project):
    made = factories.task(member, project["id"], assignee_ids=[guest.person.id])
    assert capabilities(member, **on("task", made["id"]))["task.delete"] == (True, "the_creator")
    assert capabilities(guest, **on("task", made["id"]))["task.complete"] == (True, "an_assignee")


def test_it_is_said_which_grant_gives_it(owner, guest, organization, project):
    (membership,) = owner.get(
        f"/organizations/{organization}/members", params={"user_id": guest.person.id}
    ).json()["items"]
    grant = owner.post(
        f"/members/{membership['id']}/grants", {"role": "admin", **on("project", project["id"])}
    ).json()
    permissions = capabilities(guest, **on("project", project["id"]))
    assert permissions["project.delete"] == (True, f"grant:{grant['id']}")
    assert capabilities(guest, **on("organization", organization))["project.delete"] == (False, None)


def test_what_is_said_is_what_happens(owner, admin, member, guest, organization):
    """For each role: an operation on a project succeeds if and only if its permission was said to be had."""
    for client in (owner, admin, member, guest):
        project = factories.project(owner, organization)
        permissions = capabilities(client, **on("project", project["id"]))
        changed = client.patch(f"/projects/{project['id']}", {"name": "Changed"})
        assert (changed.status_code == 200) == permissions["project.update"][0]
        gone = client.delete(f"/projects/{project['id']}")
        assert (gone.status_code == 204) == permissions["project.delete"][0]


def test_of_ones_own_account_it_is_said_without_naming_anything(guest):
    permissions = capabilities(guest)
    assert permissions["organization.create"] == (True, "anybody")
    assert permissions["user.update"] == (True, "oneself")


def test_the_answer_names_what_it_is_about(owner, organization, task):
    of_all = owner.get("/capabilities", params={"resource_id": organization}).json()
    assert of_all == owner.get("/capabilities", params=on("organization", organization)).json()
    assert on("organization", organization).items() <= of_all.items()
    of_a_project = owner.get("/capabilities", params=on("project", task["project_id"])).json()
    assert on("project", task["project_id"]).items() <= of_a_project.items()
    assert {capability["permission"] for capability in of_a_project["items"]} == OF_PROJECTS


def test_what_has_no_capabilities_is_refused_by_its_name(owner, organization):
    for asked, name, code in (
        (on("team", organization), "resource_type", "resource_type_unknown"),
        ({"resource_type": "task"}, "resource_id", "resource_id_missing"),
        ({"resource_type": "organization"}, "resource_id", "resource_id_missing"),
    ):
        answer = owner.get("/capabilities", params=asked)
        assert refused(answer) == (422, code)
        assert answer.json()["errors"][0]["parameter"] == name


@pytest.mark.parametrize("noun", ["organization", "project", "task"])
def test_of_what_is_hidden_nothing_is_said(stranger, organization, task, noun):
    ids = {"organization": organization, "project": task["project_id"], "task": task["id"]}
    assert refused(stranger.get("/capabilities", params=on(noun, ids[noun]))) == (404, "not_found")
