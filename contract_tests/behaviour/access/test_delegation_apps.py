"""Delegation by apps: a secret, a scope, or a consent gives no more than its giver has."""

import pytest

from contract_tests.contract.delegation_scene import soon
from contract_tests.support import factories
from contract_tests.support.clients import Client, refused
from contract_tests.support.company import Company
from contract_tests.support.delegating import grant, guest_of
from contract_tests.support.operations import scopes_of_reads
from contract_tests.support.programs import service_account
from contract_tests.support.visitor import App, Visitor

SERVICE = {"grant_types": ["client_credentials"], "redirect_uris": [], "service_role": "admin"}
POWERFUL = ["organizations:read", "organizations:write", "grants:write"]


def admin_app(company, scopes=("tasks:read",)):
    return App(company.owner, company.id, scopes=list(scopes), **SERVICE)


@pytest.fixture
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def guest(company, anonymous):
    return guest_of(company, anonymous)


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
    secrets_path = f"/apps/{app.id}/secrets"
    assert guest.post(secrets_path, {"overlap_seconds": 0}).status_code == 201
    company.grant_team(team, company.role("task.delete")["key"])
    assert refused(guest.post(secrets_path, {"overlap_seconds": 0})) == (409, "permission_beyond_own")


def test_who_may_change_apps_does_not_widen_one_above_them(company, guest):
    app = admin_app(company)
    grant(company, guest, "app.read", "app.update")
    app_path = f"/apps/{app.id}"
    for wider in ({"scopes": ["tasks:read", *POWERFUL]}, {"redirect_uris": ["https://evil.example/"]},
                  {"grant_types": ["client_credentials", "refresh_token"]}):  # fmt: skip
        assert refused(guest.patch(app_path, wider)) == (409, "role_above_own")
    assert guest.patch(app_path, {"status": "disabled", "name": "Renamed"}).status_code == 200
    assert refused(guest.patch(app_path, {"status": "active"})) == (409, "role_above_own")


def test_a_key_registers_no_app_that_does_more_or_lasts_longer(company):
    body = {
        "organization_id": company.id,
        "name": "App",
        "client_type": "confidential",
        "scopes": POWERFUL,
        **SERVICE,
    }
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
    body = {
        "organization_id": company.id,
        "name": "App",
        "client_type": "confidential",
        "scopes": ["tasks:read"],
        **SERVICE,
    }
    for answer in (
        program.post("/apps", body),
        program.post(f"/apps/{app.id}/secrets", {"overlap_seconds": 0}),
        program.patch(f"/apps/{app.id}", {"scopes": ["tasks:write"]}),
    ):
        assert refused(answer) == (403, "permission_denied")


def test_an_app_hands_on_nothing_that_outlasts_its_consent(company, anonymous, contract):
    scopes = ["organizations:write", "grants:write", *scopes_of_reads("guest")]
    app = App(company.owner, company.id, scopes=scopes)
    browser = Visitor(str(anonymous.http.base_url), contract, company.owner.person)
    acting = app.acting(
        app.exchange(browser.approve(app, scope=" ".join(scopes))["code"]).json()["access_token"]
    )
    membership, invitations_path = (
        f"/members/{company.membership}",
        f"/organizations/{company.id}/invitations",
    )
    assert refused(acting.patch(membership, {"role": "guest"})) == (409, "expiry_beyond_own")
    assert refused(acting.post(invitations_path, {"email": "a@example.org", "role": "guest"})) == (
        409,
        "expiry_beyond_own",
    )
    assert refused(acting.patch(membership, {"role": "owner"})) == (403, "session_required")
    granted = acting.post(f"{membership}/grants", {"role": "guest"})
    assert granted.status_code == 201 and granted.json()["expires_at"] is not None


def test_an_app_that_acts_for_itself_invites(company):
    scopes = ["organizations:write", *scopes_of_reads("guest")]
    app = admin_app(company, scopes)
    acting = app.acting(app.post("token", grant_type="client_credentials").json()["access_token"])
    invitations_path = f"/organizations/{company.id}/invitations"
    made = acting.post(invitations_path, {"email": "by.an.app@example.org", "role": "guest"})
    assert made.status_code == 201, made.text
    assert refused(acting.post(invitations_path, {"email": "b@example.org", "role": "admin"})) == (
        409,
        "scope_not_held",
    )
