"""Grants: what a role in a part of an organization lets people and teams do, and until when."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from contract_tests.support.company import Company, on


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


def test_a_collaborator_sees_the_organization_and_nothing_of_its_work(company):
    assert company.worker.get(f"/organizations/{company.id}").status_code == 200
    assert company.worker.get("/projects").json()["items"] == []
    assert company.seen() == set()
    assert refused(company.worker.get(f"/organizations/{company.id}/members")) == (403, "permission_denied")


def test_what_is_assigned_to_a_collaborator_is_seen_and_can_be_finished(company):
    task = company.tasks[0]
    company.owner.patch(f"/tasks/{task}", {"assignee_ids": [company.worker.person.id]})
    assert company.seen() == {task}
    assert company.worker.put(f"/tasks/{task}/completion").status_code == 200
    assert refused(company.worker.patch(f"/tasks/{task}", {"title": "Mine"})) == (403, "permission_denied")


def test_a_grant_on_a_project_reaches_the_project_and_its_tasks(company):
    grant = company.grant("member", **on("project", company.projects[0]))
    assert company.seen() == {company.tasks[0]}
    assert [project["id"] for project in company.worker.get("/projects").json()["items"]] == [
        company.projects[0]
    ]
    assert company.worker.patch(f"/tasks/{company.tasks[0]}", {"title": "Ours"}).status_code == 200
    assert factories.task(company.worker, company.projects[0])["title"] == "A task"
    denied = company.worker.delete(f"/tasks/{company.tasks[0]}")
    assert (denied.status_code, denied.json()["permission"]) == (403, "task.delete")
    assert company.worker.get(f"/tasks/{company.tasks[1]}").status_code == 404
    assert company.owner.delete(grant).status_code == 204
    assert company.seen() == set()


def test_a_grant_on_a_task_reaches_that_task_alone(company):
    company.grant("admin", **on("task", company.tasks[1]))
    assert company.seen() == {company.tasks[1]}
    listed = company.worker.get("/tasks", params={"include": "projects"}).json()
    assert listed["included"]["projects"] == []  # the project itself was not granted
    assert company.worker.delete(f"/tasks/{company.tasks[1]}").status_code == 204


def test_a_grant_in_the_organization_is_as_the_role(company):
    company.grant("guest")
    assert company.seen() == set(company.tasks)
    assert refused(company.worker.patch(f"/tasks/{company.tasks[0]}", {"title": "Mine"})) == (
        403,
        "permission_denied",
    )


def test_a_team_is_granted_what_its_people_then_may(company):
    team = company.team(company.worker.person.id)
    company.grant_team(team, "member", **on("project", company.projects[1]))
    assert company.seen() == {company.tasks[1]}
    (member,) = company.owner.get(f"/teams/{team}/members").json()["items"]
    assert company.owner.delete(f"/team-members/{member['id']}").status_code == 204
    assert company.seen() == set()


def test_nobody_grants_what_they_lack(company, anonymous):
    granter = company.role("grant.create", "member.read", "team.read", includes="guest")
    company.grant(granter["key"])
    other = factories.newcomer(anonymous)
    membership = factories.member(company.owner, company.id, other.person, "collaborator")["id"]
    beyond = company.worker.post(f"/members/{membership}/grants", {"role": "member"})
    assert refused(beyond) == (409, "permission_beyond_own")
    assert company.worker.post(f"/members/{membership}/grants", {"role": "guest"}).status_code == 201


def test_who_may_grant_on_a_project_grants_there_alone(company, anonymous):
    company.grant("guest")
    role = company.role("grant.create", "task.update", includes="member")
    company.grant(role["key"], **on("project", company.projects[0]))
    other = factories.newcomer(anonymous)
    membership = factories.member(company.owner, company.id, other.person, "collaborator")["id"]
    # To grant is of the organization: a grant on a project does not give it.
    answer = company.worker.post(
        f"/members/{membership}/grants", {"role": "guest", **on("project", company.projects[0])}
    )
    assert (answer.status_code, answer.json()["permission"]) == (403, "grant.create")


def test_a_role_is_granted_once_to_somebody_in_one_place(company):
    company.grant("guest", **on("project", company.projects[0]))
    again = company.owner.post(
        f"/members/{company.membership}/grants", {"role": "guest", **on("project", company.projects[0])}
    )
    assert refused(again) == (409, "grant_exists")
    company.grant("guest", **on("project", company.projects[1]))
    grants_path = f"/members/{company.membership}/grants"
    answers = at_once(*[lambda: company.owner.post(grants_path, {"role": "member"})] * 5)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize("role", ["owner", "no_such_role"])
def test_only_a_role_that_can_be_granted_is(company, role):
    answer = company.owner.post(f"/members/{company.membership}/grants", {"role": role})
    assert refused(answer) == (422, "role_unknown")


@pytest.mark.parametrize("noun", ["organization", "project", "task"])
def test_what_is_of_another_organization_is_not_found(company, noun):
    """Also where the one who grants may know of it."""
    elsewhere = factories.organization(company.owner)["id"]
    project = factories.project(company.owner, elsewhere)["id"]
    ids = {"organization": elsewhere, "project": project}
    ids["task"] = factories.task(company.owner, project)["id"]
    body = {"role": "guest", **on(noun, ids[noun])}
    assert refused(company.owner.post(f"/members/{company.membership}/grants", body)) == (404, "not_found")


@pytest.mark.parametrize("noun", ["team", "user", "no_such_noun", "table"])
def test_what_cannot_be_granted_is_refused_by_its_name(company, noun):
    body = {"role": "guest", **on(noun, company.id)}
    answer = company.owner.post(f"/members/{company.membership}/grants", body)
    assert refused(answer) == (422, "resource_type_unknown")
    assert answer.json()["errors"][0]["pointer"] == "/resource_type"


def test_a_type_needs_an_id(company):
    body = {"role": "guest", "resource_type": "project"}
    answer = company.owner.post(f"/members/{company.membership}/grants", body)
    assert (refused(answer), answer.json()["errors"][0]["pointer"]) == (
        (422, "resource_id_missing"),
        "/resource_id",
    )


def test_without_a_resource_it_is_the_whole_organization(company):
    for fields in (
        {},
        {"resource_type": "organization"},
        on("organization", company.id),
        {"resource_id": company.id},
    ):
        grant = company.grant("guest", **fields)
        assert on("organization", company.id).items() <= company.owner.get(grant).json().items()
        company.owner.delete(grant)


def test_who_leaves_loses_what_was_granted_and_the_teams(company):
    team = company.team(company.worker.person.id)
    company.grant("guest")
    assert company.owner.delete(f"/members/{company.membership}").status_code == 204
    assert company.owner.get(f"/organizations/{company.id}/grants").json()["items"] == []
    assert company.owner.get(f"/teams/{team}/members").json()["items"] == []
    types = [event["event_type"] for event in company.owner.everything("/events", organization_id=company.id)]
    assert {"team_member.removed", "grant.revoked", "member.removed"} <= set(types[-3:])


def test_what_goes_away_takes_its_grants_with_it(company):
    team = company.team(company.worker.person.id)
    company.grant_team(team, "guest", **on("task", company.tasks[0]))
    company.grant_team(team, "guest", **on("project", company.projects[0]))
    company.grant_team(team, "guest")
    assert company.owner.delete(f"/tasks/{company.tasks[0]}").status_code == 204
    assert company.owner.delete(f"/projects/{company.projects[0]}").status_code == 204
    assert company.owner.delete(f"/teams/{team}").status_code == 204
    assert company.owner.get(f"/organizations/{company.id}/grants").json()["items"] == []


def test_grants_are_listed_by_what_they_are_about(company):
    team = company.team()
    company.grant("guest", **on("project", company.projects[0]))
    company.grant_team(team, "member", **on("task", company.tasks[0]))
    grants_path = f"/organizations/{company.id}/grants"
    for asked in ({"user_id": company.worker.person.id}, {"team_id": team}, {"resource_type": "project"},
                  {"resource_id": company.tasks[0]}, {"role": "member"}):  # fmt: skip
        (grant,) = company.owner.get(grants_path, params=asked).json()["items"]
        assert asked.items() <= grant.items()
