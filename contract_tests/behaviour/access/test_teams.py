"""Teams: how they are formed, changed and dissolved, and by whom."""

import pytest

from contract_tests.support.clients import at_once, refused
from contract_tests.support.company import Company


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


def test_a_team_is_where_its_location_says(company):
    made = company.owner.post(
        f"/organizations/{company.id}/teams", {"name": "Crew", "description": "Who installs."}
    )
    assert made.status_code == 201
    assert company.owner.get(made.headers["Location"]).json() == made.json()
    listed = company.owner.get(f"/organizations/{company.id}/teams").json()["items"]
    assert listed == [made.json()]


def test_the_name_of_a_team_is_its_own_in_any_case(company):
    teams_path = f"/organizations/{company.id}/teams"
    first = company.owner.post(teams_path, {"name": "Crew"}).json()
    assert refused(company.owner.post(teams_path, {"name": "CREW"})) == (409, "team_name_taken")
    second = company.owner.post(teams_path, {"name": "Office"}).json()
    assert refused(company.owner.patch(f"/teams/{second['id']}", {"name": "crew"})) == (
        409,
        "team_name_taken",
    )
    assert company.owner.patch(f"/teams/{first['id']}", {"name": "CREW"}).status_code == 200
    answers = at_once(*[lambda: company.owner.post(teams_path, {"name": "Raced"})] * 5)
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


def test_who_is_no_admin_forms_no_team(company):
    answer = company.worker.post(f"/organizations/{company.id}/teams", {"name": "Ours"})
    assert (answer.status_code, answer.json()["permission"]) == (403, "team.create")


def test_a_maintainer_changes_the_team_but_does_not_dissolve_it(company):
    company.grant("guest")
    team = f"/teams/{company.team()}"
    added = company.owner.post(f"{team}/members", {"user_id": company.worker.person.id, "role": "maintainer"})
    assert company.worker.patch(team, {"description": "Ours"}).status_code == 200
    assert refused(company.worker.delete(team)) == (403, "permission_denied")
    company.owner.patch(added.headers["Location"], {"role": "member"})
    assert refused(company.worker.patch(team, {"description": "Mine"})) == (403, "permission_denied")


def test_dissolving_a_team_tells_of_everything_that_ends(company):
    team = company.team(company.worker.person.id)
    company.grant_team(team, "guest")
    assert company.owner.delete(f"/teams/{team}").status_code == 204
    events = company.owner.everything("/events", organization_id=company.id)
    assert [event["event_type"] for event in events[-3:]] == [
        "grant.revoked",
        "team_member.removed",
        "team.deleted",
    ]
    assert company.owner.get(f"/teams/{team}").status_code == 404
