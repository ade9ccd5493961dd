"""Grants under conditions: for what is one's own, while the project is active, from some addresses, until a moment."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import Company, on
from models.base.database import database


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


def test_several_grants_that_overlap_show_each_task_once(company):
    team = company.team(company.worker.person.id)
    company.grant("guest", **on("project", company.projects[0]))
    company.grant("member", **on("task", company.tasks[0]))
    company.grant_team(team, "guest", **on("project", company.projects[0]))
    company.grant_team(team, "member", own_only=True)
    company.owner.patch(f"/tasks/{company.tasks[0]}", {"assignee_ids": [company.worker.person.id]})
    made = [factories.task(company.owner, company.projects[0])["id"] for _ in range(3)]
    assert company.seen() == {company.tasks[0], *made}


def test_a_grant_for_ones_own_reaches_what_one_made_or_is_to_do(company):
    company.grant("member", **on("project", company.projects[0]))
    own = factories.task(company.worker, company.projects[0])["id"]
    (first,) = company.owner.get(f"/organizations/{company.id}/grants").json()["items"]
    company.owner.delete(f"/grants/{first['id']}")
    assert company.seen() == set()
    grant = company.grant("member", own_only=True)
    assert company.seen() == {own}
    assert company.worker.patch(f"/tasks/{own}", {"title": "Mine"}).status_code == 200
    company.owner.patch(grant, {"own_only": False})
    assert company.seen() == {own, *company.tasks}


@pytest.mark.parametrize("where", ["task", "project", "organization"])
def test_a_grant_while_active_ends_with_the_project(company, where):
    ids = {"task": company.tasks[0], "project": company.projects[0]}
    resource = on(where, ids[where]) if where in ids else {}
    company.grant("member", while_active=True, **resource)
    seen = {company.tasks[0]} if resource else set(company.tasks)
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
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/address_ranges/1"]


def test_a_range_is_stored_as_its_network(company):
    grant = company.grant("guest", address_ranges=["127.0.0.9/8", "127.3.0.0/8", "2001:db8:0::/32"])
    assert company.owner.get(grant).json()["address_ranges"] == ["127.0.0.0/8", "2001:db8::/32"]


def test_a_grant_ends_when_it_says(company):
    grant = company.grant("guest", expires_at="2099-01-01T00:00:00Z")
    assert company.seen() == set(company.tasks)
    past = company.owner.patch(grant, {"expires_at": "2020-01-01T00:00:00Z"})
    assert refused(past) == (422, "grant_ends_in_the_past")
    with database.connection_context():
        database.run("update grants set expires_at = now() - interval '1 second' where id = %s", (grant[8:],))
    assert company.seen() == set()


def test_a_cursor_leads_on_when_rows_are_seen_for_several_reasons(company):
    company.grant("guest", **on("project", company.projects[0]))
    company.grant("guest", **on("project", company.projects[1]))
    for number in range(6):
        made = factories.task(company.owner, company.projects[number % 2], title=f"Task {number}")
        if number % 3 == 0:
            company.owner.patch(f"/tasks/{made['id']}", {"assignee_ids": [company.worker.person.id]})
    for sort in ("created_at", "-created_at", "priority", "-due_on", "-updated_at"):
        mine = [task["id"] for task in company.worker.everything("/tasks", limit=3, sort=sort)]
        assert mine == [
            task["id"] for task in company.owner.everything("/tasks", organization_id=company.id, sort=sort)
        ]
