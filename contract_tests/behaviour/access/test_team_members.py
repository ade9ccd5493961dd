"""Who is in a team: joining, maintaining and leaving."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import Company


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


def test_only_members_of_the_organization_are_put_into_a_team(company, anonymous):
    team = company.team()
    outside = factories.newcomer(anonymous).person.id
    answer = company.owner.post(f"/teams/{team}/members", {"user_id": outside, "role": "member"})
    assert refused(answer) == (404, "not_found")


def test_nobody_is_put_into_a_team_twice(company):
    team = company.team(company.worker.person.id)
    again = company.owner.post(
        f"/teams/{team}/members", {"user_id": company.worker.person.id, "role": "maintainer"}
    )
    assert refused(again) == (409, "already_in_team")


def test_the_people_of_a_team_are_listed_with_their_names_and_by_role(company):
    team = company.team(company.worker.person.id, company.owner.person.id)
    first, second = company.owner.get(f"/teams/{team}/members").json()["items"]
    assert {first["user_id"], second["user_id"]} == {company.worker.person.id, company.owner.person.id}
    names = {member["user_id"]: member["name"] for member in (first, second)}
    assert names[company.owner.person.id] == company.owner.get("/users/me").json()["name"]
    company.owner.patch(f"/team-members/{first['id']}", {"role": "maintainer"})
    maintainers = company.owner.get(f"/teams/{team}/members", params={"role": "maintainer"}).json()["items"]
    assert [maintainer["id"] for maintainer in maintainers] == [first["id"]]


def test_a_maintainer_puts_people_in_and_takes_them_out(company, anonymous):
    company.grant("guest")
    team = company.team()
    company.owner.post(f"/teams/{team}/members", {"user_id": company.worker.person.id, "role": "maintainer"})
    other = factories.newcomer(anonymous)
    factories.member(company.owner, company.id, other.person, "guest")
    added = company.worker.post(f"/teams/{team}/members", {"user_id": other.person.id, "role": "member"})
    assert added.status_code == 201
    assert refused(other.post(f"/teams/{team}/members", {"user_id": company.owner.person.id, "role": "member"})) == (
        403, "permission_denied")  # fmt: skip
    assert company.worker.delete(f"/team-members/{added.json()['id']}").status_code == 204


def test_everybody_may_leave_a_team(company):
    company.grant("guest")
    team = company.team(company.worker.person.id)
    (mine,) = company.worker.get(f"/teams/{team}/members").json()["items"]
    assert company.worker.delete(f"/team-members/{mine['id']}").status_code == 204
