"""Invitations into teams, by who is granted to invite, and by who has many organizations."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import Company
from contract_tests.support.inviting import accept, newest_token
from models.base.ids import new_id


@pytest.fixture(scope="module")
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def invitations_path(company):
    return f"/organizations/{company.id}/invitations"


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous, name="Grace")


def test_who_accepts_is_in_the_teams_that_were_named(company, invitations_path, person, mailbox):
    first, second = sorted((company.team(), company.team()))
    body = {"email": person.person.email, "role": "collaborator", "team_ids": [second, first]}
    made = company.owner.post(invitations_path, body)
    assert made.json()["team_ids"] == [first, second]
    assert company.owner.get(made.headers["Location"]).json() == made.json()
    assert accept(person, newest_token(mailbox, person)).json()["role"] == "collaborator"
    for team in (first, second):
        (member,) = company.owner.get(f"/teams/{team}/members").json()["items"]
        assert (member["user_id"], member["role"]) == (person.person.id, "member")


def test_a_team_that_is_gone_meanwhile_keeps_nobody_out(company, invitations_path, person, mailbox):
    gone, there = company.team(), company.team()
    company.owner.post(
        invitations_path, {"email": person.person.email, "role": "guest", "team_ids": [gone, there]}
    )
    assert company.owner.delete(f"/teams/{gone}").status_code == 204
    assert accept(person, newest_token(mailbox, person)).status_code == 200
    assert len(company.owner.get(f"/teams/{there}/members").json()["items"]) == 1


def test_teams_are_of_the_organization(company, invitations_path, person, anonymous, mailbox):
    other = Company(anonymous)
    elsewhere = factories.organization(company.owner)["id"]
    mine_elsewhere = company.owner.post(f"/organizations/{elsewhere}/teams", {"name": "Elsewhere"}).json()[
        "id"
    ]
    for team in (other.team(), mine_elsewhere, new_id()):
        answer = company.owner.post(
            invitations_path, {"email": person.person.email, "role": "guest", "team_ids": [team]}
        )
        assert refused(answer) == (404, "not_found")
    assert mailbox.all_to(person.person.email, "invitation") == []


def test_who_is_granted_to_invite_invites_as_far_as_the_own_role(company, invitations_path, person, mailbox):
    """And into no team, without being granted that too."""
    role = company.role("invitation.create", "team.read", includes="guest")
    grant, team = company.grant(role["key"]), company.team()
    try:
        above = company.worker.post(invitations_path, {"email": person.person.email, "role": "guest"})
        assert refused(above) == (409, "role_above_own")
        into = {"email": person.person.email, "role": "collaborator", "team_ids": [team]}
        answer = company.worker.post(invitations_path, into)
        assert (refused(answer), answer.json()["permission"]) == (
            (403, "permission_denied"),
            "team_member.add",
        )
        made = company.worker.post(invitations_path, {"email": person.person.email, "role": "collaborator"})
        assert made.status_code == 201
        assert accept(person, newest_token(mailbox, person)).json()["role"] == "collaborator"
    finally:
        company.owner.delete(grant)


def test_nobody_is_granted_to_make_credentials_of_programs(company):
    """Who makes a credential can do what the program may, whatever that has been granted."""
    for permission in (
        "service_api_key.create",
        "service_api_key.rotate",
        "service_key.create",
        "service_certificate.create",
    ):
        body = {"key": "maker", "name": "Maker", "permissions": [permission]}
        assert refused(company.owner.post(f"/organizations/{company.id}/roles", body)) == (
            422,
            "invalid_request",
        )
    grant = company.grant("admin")
    account = company.owner.post(
        f"/organizations/{company.id}/service-accounts", {"name": "P", "role": "member"}
    )
    try:
        account_path = f"/service-accounts/{account.json()['id']}"
        assert company.worker.get(account_path).status_code == 200
        answer = company.worker.post(f"{account_path}/api-keys", {"name": "K", "scopes": ["tasks:read"]})
        assert refused(answer) == (403, "permission_denied")
    finally:
        company.owner.delete(grant)


def test_nobody_floods_an_address_from_many_organizations(founder, person, mailbox):
    organization_ids = [factories.organization(founder)["id"] for _ in range(6)]
    answers = [
        founder.post(
            f"/organizations/{organization_id}/invitations", {"email": person.person.email, "role": "guest"}
        )
        for organization_id in organization_ids
    ]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert refused(answers[-1]) == (429, "delivered_too_often")
    assert len(mailbox.all_to(person.person.email, "invitation")) == 5
