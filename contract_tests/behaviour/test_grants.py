"""Grants: what a role in a part of an organization lets people and teams do, under which conditions, and until when."""

import itertools

import pytest

from contract_tests import factories
from contract_tests.clients import at_once, refused
from models.base.database import database


class Company:
    """An organization with two projects and a task in each; ``worker`` is a collaborator, in no team at first."""

    def __init__(self, anonymous):
        self.owner = factories.newcomer(anonymous)
        self.id = factories.organization(self.owner, "A company")["id"]
        self.worker = factories.newcomer(anonymous)
        self.membership = factories.member(self.owner, self.id, self.worker.person, "collaborator")["id"]
        self.projects = [factories.project(self.owner, self.id)["id"] for _ in range(2)]
        self.tasks = [factories.task(self.owner, project)["id"] for project in self.projects]

    def grant(self, role, **fields):
        """Grant the worker something; the grant's address."""
        made = self.owner.post(f"/members/{self.membership}/grants", {"role": role, **fields})
        assert made.status_code == 201, made.text
        return f"/grants/{made.json()['id']}"

    def team(self, *user_ids):
        team = self.owner.post(f"/organizations/{self.id}/teams", {"name": f"Team {next(_numbers)}"}).json()[
            "id"
        ]
        for user_id in user_ids:
            added = self.owner.post(f"/teams/{team}/members", {"user_id": user_id, "role": "member"})
            assert added.status_code == 201, added.text
        return team

    def grant_team(self, team, role, **fields):
        made = self.owner.post(f"/teams/{team}/grants", {"role": role, **fields})
        assert made.status_code == 201, made.text
        return f"/grants/{made.json()['id']}"

    def role(self, *permissions, **fields):
        body = {"key": f"r{next(_numbers)}", "name": "A role", "permissions": list(permissions), **fields}
        made = self.owner.post(f"/organizations/{self.id}/roles", body)
        assert made.status_code == 201, made.text
        return made.json()

    def seen(self):
        """The tasks that the worker finds in lists, and by their ids: the same."""
        listed = {task["id"] for task in self.worker.everything("/tasks", limit=1)}
        counted = self.worker.get("/tasks", params={"include": "total"}).json()["total"]
        found = {task for task in self.all_tasks() if self.worker.get(f"/tasks/{task}").status_code == 200}
        assert listed == found and counted == len(found)
        return found

    def all_tasks(self):
        return [task["id"] for task in self.owner.everything("/tasks", organization_id=self.id)]


_numbers = itertools.count(1)


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
    grant = company.grant("member", project_id=company.projects[0])
    assert company.seen() == {company.tasks[0]}
    assert [one["id"] for one in company.worker.get("/projects").json()["items"]] == [company.projects[0]]
    assert company.worker.patch(f"/tasks/{company.tasks[0]}", {"title": "Ours"}).status_code == 200
    assert factories.task(company.worker, company.projects[0])["title"] == "A task"
    denied = company.worker.delete(f"/tasks/{company.tasks[0]}")
    assert (denied.status_code, denied.json()["permission"]) == (403, "task.delete")
    assert company.worker.get(f"/tasks/{company.tasks[1]}").status_code == 404
    assert company.owner.delete(grant).status_code == 204
    assert company.seen() == set()


def test_a_grant_on_a_task_reaches_that_task_alone(company):
    company.grant("admin", task_id=company.tasks[1])
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
    company.grant_team(team, "member", project_id=company.projects[1])
    assert company.seen() == {company.tasks[1]}
    (member,) = company.owner.get(f"/teams/{team}/members").json()["items"]
    assert company.owner.delete(f"/team-members/{member['id']}").status_code == 204
    assert company.seen() == set()


def test_several_grants_that_overlap_show_each_task_once(company):
    team = company.team(company.worker.person.id)
    company.grant("guest", project_id=company.projects[0])
    company.grant("member", task_id=company.tasks[0])
    company.grant_team(team, "guest", project_id=company.projects[0])
    company.grant_team(team, "member", own_only=True)
    company.owner.patch(f"/tasks/{company.tasks[0]}", {"assignee_ids": [company.worker.person.id]})
    made = [factories.task(company.owner, company.projects[0])["id"] for _ in range(3)]
    assert company.seen() == {company.tasks[0], *made}


def test_a_custom_role_gives_its_permissions_and_those_it_includes(company):
    role = company.role("task.delete", includes="guest")
    company.grant(role["key"], project_id=company.projects[0])
    assert company.worker.get(f"/tasks/{company.tasks[0]}").status_code == 200
    assert refused(company.worker.patch(f"/tasks/{company.tasks[0]}", {"title": "Mine"})) == (
        403,
        "permission_denied",
    )
    assert company.worker.delete(f"/tasks/{company.tasks[0]}").status_code == 204


def test_a_change_of_a_role_holds_from_the_next_request_on(company):
    role = company.role("task.read")
    company.grant_team(company.team(company.worker.person.id), role["key"], project_id=company.projects[0])
    task = f"/tasks/{company.tasks[0]}"
    assert company.worker.patch(task, {"title": "Mine"}).status_code == 403
    company.owner.patch(f"/roles/{role['id']}", {"permissions": ["task.read", "task.update"]})
    assert company.worker.patch(task, {"title": "Mine"}).status_code == 200
    company.owner.patch(f"/roles/{role['id']}", {"permissions": []})
    assert company.worker.get(task).status_code == 404


def test_a_grant_for_ones_own_reaches_what_one_made_or_is_to_do(company):
    company.grant("member", project_id=company.projects[0])
    own = factories.task(company.worker, company.projects[0])["id"]
    (first,) = company.owner.get(f"/organizations/{company.id}/grants").json()["items"]
    company.owner.delete(f"/grants/{first['id']}")
    assert company.seen() == set()
    grant = company.grant("member", own_only=True)
    assert company.seen() == {own}
    assert company.worker.patch(f"/tasks/{own}", {"title": "Mine"}).status_code == 200
    company.owner.patch(grant, {"own_only": False})
    assert company.seen() == {own, *company.tasks}


@pytest.mark.parametrize("where", ["project", "organization"])
def test_a_grant_while_active_ends_with_the_project(company, where):
    place = {"project_id": company.projects[0]} if where == "project" else {}
    company.grant("member", while_active=True, **place)
    seen = {company.tasks[0]} if place else set(company.tasks)
    assert company.seen() == seen
    company.owner.patch(f"/projects/{company.projects[0]}", {"status": "archived"})
    assert company.seen() == seen - {company.tasks[0]}
    company.owner.patch(f"/projects/{company.projects[0]}", {"status": "active"})
    assert company.seen() == seen


@pytest.mark.parametrize(("ranges", "holds"), [(["127.0.0.0/8"], True), (["192.0.2.0/24", "2001:db8::/32"], False),
                                               (["192.0.2.0/24", "127.0.0.1/32"], True)])  # fmt: skip
def test_a_grant_holds_from_its_network_addresses(company, ranges, holds):
    company.grant("guest", address_ranges=ranges)
    assert company.seen() == (set(company.tasks) if holds else set())


@pytest.mark.parametrize(
    "wrong", ["300.0.2.0/24", "192.0.2.0", "192.0.2.0/33", "2001:db8::/129", "example.org/8"]
)
def test_a_range_that_is_none_is_refused_with_its_place(company, wrong):
    answer = company.owner.post(
        f"/members/{company.membership}/grants", {"role": "guest", "address_ranges": ["192.0.2.0/24", wrong]}
    )
    assert refused(answer) == (422, "invalid_request")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/address_ranges/1"]


def test_a_range_is_stored_as_its_network(company):
    grant = company.grant("guest", address_ranges=["127.0.0.9/8", "127.3.0.0/8", "2001:db8:0::/32"])
    assert company.owner.get(grant).json()["address_ranges"] == ["127.0.0.0/8", "2001:db8::/32"]


def test_a_grant_ends_when_it_says(company):
    grant = company.grant("guest", expires_at="2099-01-01T00:00:00Z")
    assert company.seen() == set(company.tasks)
    past = company.owner.patch(grant, {"expires_at": "2020-01-01T00:00:00Z"})
    assert refused(past) == (409, "grant_ends_in_the_past")
    with database.connection_context():
        database.run("update grants set expires_at = now() - interval '1 second' where id = %s", (grant[8:],))
    assert company.seen() == set()


def test_nobody_grants_what_they_lack(company, anonymous):
    granter = company.role("grant.create", "member.read", "team.read", includes="guest")
    company.grant(granter["key"])
    other = factories.newcomer(anonymous)
    membership = factories.member(company.owner, company.id, other.person, "collaborator")["id"]
    beyond = company.worker.post(f"/members/{membership}/grants", {"role": "member"})
    assert refused(beyond) == (409, "permission_beyond_own")
    assert company.worker.post(f"/members/{membership}/grants", {"role": "guest"}).status_code == 201


def test_nobody_defines_a_role_with_what_they_lack(company):
    company.grant(company.role("role.create", "role.read", includes="guest")["key"])
    place = f"/organizations/{company.id}/roles"
    body = {"key": "more", "name": "More", "permissions": ["task.delete"]}
    assert refused(company.worker.post(place, body)) == (409, "permission_beyond_own")
    assert company.worker.post(place, {**body, "permissions": ["task.read"]}).status_code == 201


def test_who_may_grant_on_a_project_grants_there_alone(company, anonymous):
    company.grant("guest")
    role = company.role("grant.create", "task.update", includes="member")
    company.grant(role["key"], project_id=company.projects[0])
    other = factories.newcomer(anonymous)
    membership = factories.member(company.owner, company.id, other.person, "collaborator")["id"]
    # To grant is of the organization: a grant on a project does not give it.
    answer = company.worker.post(
        f"/members/{membership}/grants", {"role": "guest", "project_id": company.projects[0]}
    )
    assert (answer.status_code, answer.json()["permission"]) == (403, "grant.create")


def test_a_role_is_granted_once_to_somebody_in_one_place(company):
    company.grant("guest", project_id=company.projects[0])
    again = company.owner.post(
        f"/members/{company.membership}/grants", {"role": "guest", "project_id": company.projects[0]}
    )
    assert refused(again) == (409, "grant_exists")
    company.grant("guest", project_id=company.projects[1])
    place = f"/members/{company.membership}/grants"
    answers = at_once(*[lambda: company.owner.post(place, {"role": "member"})] * 5)
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize("role", ["owner", "no_such_role"])
def test_only_a_role_that_can_be_granted_is(company, role):
    answer = company.owner.post(f"/members/{company.membership}/grants", {"role": role})
    assert refused(answer) == (409, "role_unknown")


def test_a_task_of_another_project_than_was_sent_is_not_found(company):
    body = {"role": "guest", "project_id": company.projects[0], "task_id": company.tasks[1]}
    assert refused(company.owner.post(f"/members/{company.membership}/grants", body)) == (404, "not_found")


def test_who_leaves_loses_what_was_granted_and_the_teams(company):
    team = company.team(company.worker.person.id)
    company.grant("guest")
    assert company.owner.delete(f"/members/{company.membership}").status_code == 204
    assert company.owner.get(f"/organizations/{company.id}/grants").json()["items"] == []
    assert company.owner.get(f"/teams/{team}/members").json()["items"] == []
    types = [one["event_type"] for one in company.owner.everything("/events", organization_id=company.id)]
    assert {"team_member.removed", "grant.revoked", "member.removed"} <= set(types[-3:])


def test_what_goes_away_takes_its_grants_with_it(company):
    team = company.team(company.worker.person.id)
    company.grant_team(team, "guest", task_id=company.tasks[0])
    company.grant_team(team, "guest", project_id=company.projects[0])
    company.grant_team(team, "guest")
    assert company.owner.delete(f"/tasks/{company.tasks[0]}").status_code == 204
    assert company.owner.delete(f"/projects/{company.projects[0]}").status_code == 204
    assert company.owner.delete(f"/teams/{team}").status_code == 204
    assert company.owner.get(f"/organizations/{company.id}/grants").json()["items"] == []


def test_a_role_that_is_granted_cannot_be_deleted(company):
    role = company.role("task.read")
    grant = company.grant(role["key"])
    assert refused(company.owner.delete(f"/roles/{role['id']}")) == (409, "role_in_use")
    company.owner.delete(grant)
    assert company.owner.delete(f"/roles/{role['id']}").status_code == 204


def test_grants_are_listed_by_what_they_are_about(company):
    team = company.team()
    company.grant("guest", project_id=company.projects[0])
    company.grant_team(team, "member", task_id=company.tasks[0])
    place = f"/organizations/{company.id}/grants"
    for asked in ({"user_id": company.worker.person.id}, {"team_id": team}, {"project_id": company.projects[0]},
                  {"task_id": company.tasks[0]}, {"role": "member"}):  # fmt: skip
        (found,) = company.owner.get(place, params=asked).json()["items"]
        assert asked.items() <= found.items()


def test_a_cursor_leads_on_when_rows_are_seen_for_several_reasons(company):
    company.grant("guest", project_id=company.projects[0])
    company.grant("guest", project_id=company.projects[1])
    for place in range(6):
        made = factories.task(company.owner, company.projects[place % 2], title=f"Task {place}")
        if place % 3 == 0:
            company.owner.patch(f"/tasks/{made['id']}", {"assignee_ids": [company.worker.person.id]})
    for sort in ("created_at", "-created_at", "priority", "-due_on", "-updated_at"):
        mine = [one["id"] for one in company.worker.everything("/tasks", limit=3, sort=sort)]
        assert mine == [
            one["id"] for one in company.owner.everything("/tasks", organization_id=company.id, sort=sort)
        ]
