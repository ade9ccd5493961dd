"""Delegation: what somebody hands on to others is no more than they have, and ends when theirs ends."""

import pytest

from contract_tests import factories
from contract_tests.behaviour.inviting import accept, newest_token
from contract_tests.clients import Client, refused
from contract_tests.company import Company
from contract_tests.contract.delegation_ways import soon
from contract_tests.programs import service_account
from contract_tests.visitor import App, Visitor

SERVICE = {"grant_types": ["client_credentials"], "redirect_uris": [], "service_role": "admin"}
POWERFUL = ["organizations:read", "organizations:write", "grants:write"]


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def guest(company, anonymous):
    """A guest, who is granted nothing."""
    client = factories.newcomer(anonymous)
    client.membership = factories.member(company.owner, company.id, client.person, "guest")["id"]
    return client


def grant(company, client, *permissions, **fields):
    """Grant a role of these permissions to a client; the address of the grant."""
    body = {"role": company.role(*permissions)["key"], **fields}
    made = company.owner.post(f"/members/{client.membership}/grants", body)
    assert made.status_code == 201, made.text
    return f"/grants/{made.json()['id']}"


def admin_app(company, scopes=("tasks:read",)):
    return App(company.owner, company.id, scopes=list(scopes), **SERVICE)


def test_who_may_rotate_secrets_does_not_get_that_of_an_app_above_them(company, guest):
    app = admin_app(company, POWERFUL)
    grant(company, guest, "app.read", "app.rotate_secret")
    answer = guest.post(f"/apps/{app.id}/secrets", {"overlap_seconds": 0})
    assert refused(answer) == (409, "role_above_own")
    assert app.post("token", grant_type="client_credentials").status_code == 200  # with the secret of before


def test_the_secret_of_an_app_gives_what_the_app_is_granted_too(company, guest):
    app = App(company.owner, company.id, scopes=["tasks:read"], **SERVICE | {"service_role": "guest"})
    team = company.team(app.registered["service_user_id"])
    grant(company, guest, "app.read", "app.rotate_secret")
    place = f"/apps/{app.id}/secrets"
    assert guest.post(place, {"overlap_seconds": 0}).status_code == 201
    company.grant_team(team, company.role("task.delete")["key"])
    assert refused(guest.post(place, {"overlap_seconds": 0})) == (409, "permission_beyond_own")


def test_who_may_change_apps_does_not_widen_one_above_them(company, guest):
    app = admin_app(company)
    grant(company, guest, "app.read", "app.update")
    place = f"/apps/{app.id}"
    for wider in ({"scopes": ["tasks:read", *POWERFUL]}, {"redirect_uris": ["https://evil.example/"]},
                  {"grant_types": ["client_credentials", "refresh_token"]}):  # fmt: skip
        assert refused(guest.patch(place, wider)) == (409, "role_above_own")
    assert guest.patch(place, {"status": "disabled", "name": "Renamed"}).status_code == 200
    assert refused(guest.patch(place, {"status": "active"})) == (409, "role_above_own")


def test_a_key_registers_no_app_that_does_more_or_lasts_longer(company):
    body = {"organization_id": company.id, "name": "App", "client_type": "confidential", "scopes": POWERFUL, **SERVICE}
    short = factories.api_key(company.owner, "apps:write", *POWERFUL, expires_at=soon())
    narrow = factories.api_key(company.owner, "apps:write", "tasks:read")
    assert refused(narrow.post("/apps", body)) == (409, "scope_not_held")
    assert refused(short.post("/apps", body)) == (409, "expiry_beyond_own")
    made = narrow.post("/apps", body | {"scopes": ["tasks:read"]})
    assert made.status_code == 201
    assert company.owner.patch(f"/apps/{made.json()['app']['id']}", {"scopes": POWERFUL}).status_code == 200
    rotated = narrow.post(f"/apps/{made.json()['app']['id']}/secrets", {"overlap_seconds": 0})
    assert refused(rotated) == (409, "scope_not_held")


def test_programs_make_no_credentials_of_apps(company):
    app = admin_app(company)
    account = service_account(company.owner, company.id, role="admin")["id"]
    key = {"name": "K", "scopes": ["apps:read", "apps:write", "tasks:read"]}
    secret = company.owner.post(f"/service-accounts/{account}/api-keys", key).json()["secret"]
    program = Client(str(company.owner.http.base_url), company.owner.contract, secret)
    body = {"organization_id": company.id, "name": "App", "client_type": "confidential", "scopes": ["tasks:read"], **SERVICE}
    for answer in (
        program.post("/apps", body),
        program.post(f"/apps/{app.id}/secrets", {"overlap_seconds": 0}),
        program.patch(f"/apps/{app.id}", {"scopes": ["tasks:write"]}),
    ):
        assert refused(answer) == (403, "permission_denied")


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


def test_who_holds_a_grant_under_conditions_does_not_loosen_them(company, guest):
    held = ("grant.read", "grant.update", "task.update")
    place = grant(company, guest, *held, expires_at=soon(), address_ranges=["127.0.0.0/8"])
    before = company.owner.get(place).json()
    for looser in ({"expires_at": None}, {"expires_at": "2999-01-01T00:00:00Z"}, {"address_ranges": []},
                   {"address_ranges": ["0.0.0.0/0"]}, {"expires_at": None, "address_ranges": ["127.0.0.0/16"]},
                   {"address_ranges": ["127.0.0.0/8", "::/0"]}):  # fmt: skip
        code = "expiry_beyond_own" if "expires_at" in looser else "conditions_beyond_own"
        assert refused(guest.patch(place, looser)) == (409, code)
    assert company.owner.get(place).json() == before
    stricter = guest.patch(place, {"address_ranges": ["127.0.0.0/16"], "own_only": False, "while_active": False})
    assert stricter.json()["address_ranges"] == ["127.0.0.0/16"]


def test_what_is_granted_by_a_grant_has_its_conditions(company, guest, anonymous):
    ends = soon()
    grant(company, guest, "grant.create", "member.read", address_ranges=["127.0.0.0/8", "192.0.2.0/24"])
    grant(company, guest, "task.update", expires_at=ends, address_ranges=["127.0.0.0/16", "198.51.100.0/24"])
    place = f"/members/{guest.membership}/grants"
    role = company.role("task.update")["key"]
    made = guest.post(place, {"role": role, "address_ranges": []}).json()
    assert (made["expires_at"], made["address_ranges"]) == (ends, ["127.0.0.0/16"])
    other = factories.newcomer(anonymous)
    place = f"/members/{factories.member(company.owner, company.id, other.person, 'guest')['id']}/grants"
    later = guest.post(place, {"role": role, "expires_at": "2999-01-01T00:00:00Z"})
    assert refused(later) == (409, "expiry_beyond_own")
    elsewhere = guest.post(place, {"role": role, "address_ranges": ["203.0.113.0/24"]})
    assert refused(elsewhere) == (409, "conditions_beyond_own")
    body = {"role": role, "expires_at": ends, "address_ranges": ["127.0.1.0/24"], "own_only": True}
    stricter = guest.post(place, body)
    assert body.items() <= stricter.json().items()


def test_a_role_that_is_held_under_conditions_gives_no_other_role(company, guest):
    held = ("role.read", "role.create", "role.update", "grant.create", "member.read", "organization.update")
    grant(company, guest, *held, expires_at=soon())
    body = {"key": "mine", "name": "Mine", "permissions": ["organization.update"]}
    created = guest.post(f"/organizations/{company.id}/roles", body)
    assert refused(created) == (409, "conditions_beyond_own")
    existing = company.role("task.read")
    changed = guest.patch(f"/roles/{existing['id']}", {"permissions": ["organization.update"]})
    assert refused(changed) == (409, "conditions_beyond_own")


def test_what_holds_for_ones_own_alone_is_granted_to_nobody(company, guest):
    grant(company, guest, "grant.create", "member.read")
    grant(company, guest, "task.delete", own_only=True)
    role = company.role("task.delete")["key"]
    for conditions in ({}, {"own_only": True}):
        body = {"role": role, "project_id": company.projects[0], **conditions}
        answer = guest.post(f"/members/{company.membership}/grants", body)
        assert refused(answer) == (409, "permission_beyond_own")
    company.owner.patch(f"/tasks/{company.tasks[0]}", {"assignee_ids": [guest.person.id]})
    body = {"role": role, "task_id": company.tasks[0]}
    made = guest.post(f"/members/{company.membership}/grants", body)
    assert (made.status_code, made.json()["own_only"]) == (201, True)


def test_what_holds_while_a_project_is_active_is_granted_with_that(company, guest):
    grant(company, guest, "grant.create", "member.read")
    grant(company, guest, "task.update", while_active=True)
    place, role = f"/members/{company.membership}/grants", company.role("task.update")["key"]
    assert refused(guest.post(place, {"role": role})) == (409, "permission_beyond_own")
    made = guest.post(place, {"role": role, "project_id": company.projects[0], "while_active": False})
    assert (made.status_code, made.json()["while_active"]) == (201, True)


def test_a_key_grants_what_its_scopes_use_until_it_ends(company):
    place, ends = f"/members/{company.membership}/grants", soon()
    narrow = factories.api_key(company.owner, "grants:write")
    assert refused(narrow.post(place, {"role": "guest"})) == (409, "scope_not_held")
    reads = ("organizations:read", "teams:read", "roles:read", "grants:read", "projects:read", "tasks:read")
    short = factories.api_key(company.owner, "grants:write", *reads, expires_at=ends)
    made = short.post(place, {"role": "guest"})
    assert (made.status_code, made.json()["expires_at"]) == (201, ends)
    widened = short.patch(f"/grants/{made.json()['id']}", {"expires_at": None})
    assert refused(widened) == (409, "expiry_beyond_own")


@pytest.mark.parametrize("loss", ["of the grant to invite", "of what the team gives", "of the team", "a richer team"])
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


def test_an_invitation_of_who_keeps_everything_holds(company, guest, anonymous, mailbox):
    grant(company, guest, "invitation.create", "team_member.add", "task.delete")
    team = company.team()
    company.grant_team(team, company.role("task.delete")["key"], own_only=True)
    person = factories.newcomer(anonymous)
    body = {"email": person.person.email, "role": "guest", "team_ids": [team]}
    guest.post(f"/organizations/{company.id}/invitations", body)
    assert accept(person, newest_token(mailbox, person)).status_code == 200


def test_an_app_hands_on_nothing_that_outlasts_its_consent(company, anonymous, contract):
    scopes = ["organizations:read", "organizations:write", "teams:read", "roles:read", "grants:read", "grants:write",
              "projects:read", "tasks:read"]  # fmt: skip
    app = App(company.owner, company.id, scopes=scopes)
    browser = Visitor(str(anonymous.http.base_url), contract, company.owner.person)
    acting = app.acting(app.exchange(browser.approve(app, scope=" ".join(scopes))["code"]).json()["access_token"])
    membership, place = f"/members/{company.membership}", f"/organizations/{company.id}/invitations"
    assert refused(acting.patch(membership, {"role": "guest"})) == (409, "expiry_beyond_own")
    assert refused(acting.post(place, {"email": "a@example.org", "role": "guest"})) == (409, "expiry_beyond_own")
    assert refused(acting.patch(membership, {"role": "owner"})) == (409, "scope_not_held")
    granted = acting.post(f"{membership}/grants", {"role": "guest"})
    assert granted.status_code == 201 and granted.json()["expires_at"] is not None


def test_an_app_that_acts_for_itself_invites(company):
    scopes = ["organizations:read", "organizations:write", "teams:read", "roles:read", "grants:read", "projects:read",
              "tasks:read"]  # fmt: skip
    app = admin_app(company, scopes)
    acting = app.acting(app.post("token", grant_type="client_credentials").json()["access_token"])
    place = f"/organizations/{company.id}/invitations"
    made = acting.post(place, {"email": "by.an.app@example.org", "role": "guest"})
    assert made.status_code == 201, made.text
    assert refused(acting.post(place, {"email": "b@example.org", "role": "admin"})) == (409, "scope_not_held")
