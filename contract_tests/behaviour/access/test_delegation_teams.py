"""Delegation by teams and invitations: who joins gets no more than who lets them join has, then and later."""

import pytest

from contract_tests.contract.delegation_scene import soon
from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.company import Company
from contract_tests.support.delegating import grant, guest_of
from contract_tests.support.inviting import accept, newest_token


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def person(anonymous):
    """Somebody who belongs to nothing."""
    return factories.newcomer(anonymous)


@pytest.fixture
def guest(company, anonymous):
    return guest_of(company, anonymous)


@pytest.mark.parametrize("role", ["member", "maintainer"])
def test_nobody_joins_a_team_that_may_more_than_they(role, company, guest):
    grant(company, guest, "team_member.add", "team.read", "team_member.read")
    empty, team = company.team(), company.team()
    company.grant_team(team, company.role("organization.update")["key"])
    body = {"user_id": guest.person.id, "role": role}
    assert refused(guest.post(f"/teams/{team}/members", body)) == (409, "permission_beyond_own")
    assert guest.patch(f"/organizations/{company.id}", {"name": "Mine"}).status_code == 403
    # To maintain a team is a power, too.
    status = 201 if role == "member" else 409
    assert guest.post(f"/teams/{empty}/members", body).status_code == status


def test_nobody_invites_into_a_team_that_may_more_than_they(company, guest, anonymous):
    grant(company, guest, "invitation.create", "team_member.add")
    team = company.team()
    company.grant_team(team, company.role("organization.update")["key"])
    email = factories.newcomer(anonymous).person.email
    body = {"email": email, "role": "guest", "team_ids": [team]}
    answer = guest.post(f"/organizations/{company.id}/invitations", body)
    assert refused(answer) == (409, "permission_beyond_own")


def test_who_sends_an_invitation_again_could_have_made_it(company, guest, anonymous):
    """Who does it vouches for the teams from then on."""
    grant(company, guest, "invitation.read", "invitation.deliver")
    team, email = company.team(), factories.newcomer(anonymous).person.email
    made = company.owner.post(
        f"/organizations/{company.id}/invitations", {"email": email, "role": "guest", "team_ids": [team]}
    )
    answer = guest.post(f"/invitations/{made.json()['id']}/deliveries")
    assert refused(answer) == (409, "permission_beyond_own")


def test_a_maintainer_hands_on_what_the_team_has(company, guest, anonymous):
    team = company.team()
    company.grant_team(team, "admin", address_ranges=["192.0.2.0/24"], while_active=True)
    company.owner.post(f"/teams/{team}/members", {"user_id": guest.person.id, "role": "maintainer"})
    other = factories.newcomer(anonymous)
    factories.member(company.owner, company.id, other.person, "guest")
    for role in ("member", "maintainer"):
        added = guest.post(f"/teams/{team}/members", {"user_id": other.person.id, "role": role})
        assert added.status_code == 201, added.text
        assert guest.delete(f"/team-members/{added.json()['id']}").status_code == 204


def test_a_key_of_a_maintainer_hands_on_no_more_than_its_scopes_and_lifetime(company, guest, anonymous):
    team = company.team()
    body = {"user_id": guest.person.id, "role": "maintainer"}
    assert company.owner.post(f"/teams/{team}/members", body).status_code == 201
    other = factories.newcomer(anonymous)
    factories.member(company.owner, company.id, other.person, "guest")
    short = factories.api_key(guest, "teams:write", "tasks:write", expires_at=soon())
    narrow, wide = (
        factories.api_key(guest, "teams:write"),
        factories.api_key(guest, "teams:write", "tasks:write"),
    )
    members_path, body = f"/teams/{team}/members", {"user_id": other.person.id, "role": "member"}
    assert refused(short.post(members_path, body)) == (409, "expiry_beyond_own")
    company.grant_team(team, company.role("task.delete")["key"])
    assert refused(narrow.post(members_path, body)) == (409, "scope_not_held")
    assert wide.post(members_path, body).status_code == 201


def test_who_may_add_people_for_an_hour_adds_none_to_a_team_of_theirs(company, guest):
    """The membership would stay."""
    team = company.team(guest.person.id)
    grant(company, guest, "team_member.add", expires_at=soon())
    body = {"user_id": company.worker.person.id, "role": "member"}
    assert refused(guest.post(f"/teams/{team}/members", body)) == (409, "conditions_beyond_own")


def test_a_maintainer_is_made_a_member_by_who_has_less_than_the_team(company, guest):
    team = company.team()
    company.grant_team(team, "admin")
    grant(company, guest, "team_member.read", "team_member.update")
    body = {"user_id": company.worker.person.id, "role": "maintainer"}
    made = company.owner.post(f"/teams/{team}/members", body).json()
    assert guest.patch(f"/team-members/{made['id']}", {"role": "member"}).status_code == 200
    again = guest.patch(f"/team-members/{made['id']}", {"role": "maintainer"})
    assert refused(again) == (409, "permission_beyond_own")


@pytest.mark.parametrize(
    "loss", ["of the grant to invite", "of what the team gives", "of the team", "a richer team"]
)
def test_an_invitation_dies_with_what_its_inviter_loses(loss, company, guest, anonymous, mailbox):
    invites = grant(company, guest, "invitation.create", "team_member.add", "team_member.read", "team.read")
    held = grant(company, guest, "task.delete")
    team = company.team()
    company.grant_team(team, company.role("task.delete")["key"])
    person = factories.newcomer(anonymous)
    body = {"email": person.person.email, "role": "guest", "team_ids": [team]}
    made = guest.post(f"/organizations/{company.id}/invitations", body)
    assert made.status_code == 201, made.text
    token = newest_token(mailbox, person)
    if loss == "of the grant to invite":
        company.owner.delete(invites)
    elif loss == "of what the team gives":
        company.owner.delete(held)
    elif loss == "of the team":
        company.owner.delete(invites)
        grant(company, guest, "invitation.create")
    else:
        company.grant_team(team, "admin")
    assert refused(accept(person, token)) == (409, "invitation_not_open")
    assert company.owner.get(made.headers["Location"]).json()["status"] == "withdrawn"
    assert company.owner.get(f"/teams/{team}/members").json()["items"] == []


def test_an_invitation_into_an_organization_that_requires_two_factor_holds(secured, person, mailbox):
    organization_id = factories.organization(secured)["id"]
    assert (
        secured.patch(f"/organizations/{organization_id}", {"requires_two_factor": True}).status_code == 200
    )
    body = {"email": person.person.email, "role": "guest"}
    assert secured.post(f"/organizations/{organization_id}/invitations", body).status_code == 201
    assert accept(person, newest_token(mailbox, person)).status_code == 200


def test_an_invitation_of_who_keeps_everything_holds(company, guest, anonymous, mailbox):
    grant(company, guest, "invitation.create", "team_member.add", "task.delete")
    team = company.team()
    company.grant_team(team, company.role("task.delete")["key"], own_only=True)
    person = factories.newcomer(anonymous)
    body = {"email": person.person.email, "role": "guest", "team_ids": [team]}
    guest.post(f"/organizations/{company.id}/invitations", body)
    assert accept(person, newest_token(mailbox, person)).status_code == 200
