"""Roles of an organization's own making: what they are made of, and whom a change reaches."""

import pytest

from contract_tests.support.clients import at_once, refused
from contract_tests.support.company import Company, on


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


def test_a_custom_role_gives_its_permissions_and_those_it_includes(company):
    role = company.role("task.delete", includes="guest")
    company.grant(role["key"], **on("project", company.projects[0]))
    assert company.worker.get(f"/tasks/{company.tasks[0]}").status_code == 200
    assert refused(company.worker.patch(f"/tasks/{company.tasks[0]}", {"title": "Mine"})) == (
        403,
        "permission_denied",
    )
    assert company.worker.delete(f"/tasks/{company.tasks[0]}").status_code == 204


def test_a_change_of_a_role_holds_from_the_next_request_on(company):
    role = company.role("task.read")
    company.grant_team(
        company.team(company.worker.person.id), role["key"], **on("project", company.projects[0])
    )
    task = f"/tasks/{company.tasks[0]}"
    assert company.worker.patch(task, {"title": "Mine"}).status_code == 403
    company.owner.patch(f"/roles/{role['id']}", {"permissions": ["task.read", "task.update"]})
    assert company.worker.patch(task, {"title": "Mine"}).status_code == 200
    company.owner.patch(f"/roles/{role['id']}", {"permissions": []})
    assert company.worker.get(task).status_code == 404


def test_nobody_defines_a_role_with_what_they_lack(company):
    company.grant(company.role("role.create", "role.read", includes="guest")["key"])
    roles_path = f"/organizations/{company.id}/roles"
    body = {"key": "more", "name": "More", "permissions": ["task.delete"]}
    assert refused(company.worker.post(roles_path, body)) == (409, "permission_beyond_own")
    assert company.worker.post(roles_path, {**body, "permissions": ["task.read"]}).status_code == 201


def test_a_role_that_is_granted_cannot_be_deleted(company):
    role = company.role("task.read")
    grant = company.grant(role["key"])
    assert refused(company.owner.delete(f"/roles/{role['id']}")) == (409, "role_in_use")
    company.owner.delete(grant)
    assert company.owner.delete(f"/roles/{role['id']}").status_code == 204


def test_a_key_names_one_role_of_an_organization(company):
    roles_path = f"/organizations/{company.id}/roles"
    key = company.role("task.read")["key"]
    body = {"key": key, "name": "Again", "permissions": []}
    assert refused(company.owner.post(roles_path, body)) == (409, "role_key_taken")
    assert refused(company.owner.post(roles_path, {**body, "key": "admin"})) == (409, "role_key_taken")
    answers = at_once(*[lambda: company.owner.post(roles_path, {**body, "key": "raced"})] * 5)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


def test_a_role_is_made_of_permissions_that_there_are(company):
    body = {
        "key": "wrong",
        "name": "Wrong",
        "permissions": ["task.read", "task.paint", "permission_check.read"],
    }
    answer = company.owner.post(f"/organizations/{company.id}/roles", body)
    assert refused(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/permissions/1", "/permissions/2"]


def test_F1_an_update_of_one_field_of_a_role_leaves_the_others_alone(company):
    role = company.role("task.read", "task.update", includes="guest", description="As it is")
    changed = company.owner.patch(f"/roles/{role['id']}", {"name": "Another"}).json()
    same = ("key", "description", "includes", "permissions")
    assert {name: changed[name] for name in same} == {name: role[name] for name in same}
