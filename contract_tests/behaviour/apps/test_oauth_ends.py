"""When the tokens of apps end with what they were issued for: passwords, roles, memberships, accounts, secrets."""

import pytest

from contract_tests.behaviour.apps.test_oauth import refused, sql
from contract_tests.behaviour.apps.test_oauth_service import SERVICE
from contract_tests.support import authenticators, factories, login_attempts
from contract_tests.support.visitor import App

NEW = "Quite-another-word-1"


@pytest.fixture
def person(person_at_a_browser, anonymous):
    """The client of the person at the browser."""
    return factories.client_of(anonymous, person_at_a_browser.person)


def is_refused(app, token):
    return app.acting(token).get("/users/me").status_code == 401


def test_a_changed_password_interrupts_apps_that_come_to_new_tokens(app, person_at_a_browser, person):
    before = app.tokens(person_at_a_browser)
    body = {"current_password": factories.PASSWORD, "new_password": NEW}
    assert person.put("/users/me/password", json=body).status_code == 204
    assert is_refused(app, before["access_token"])
    assert app.post("introspect", token=before["access_token"]).json() == {"active": False}
    after = app.refresh(before["refresh_token"]).json()
    assert app.acting(after["access_token"]).get("/users/me").status_code == 200


def test_a_password_that_was_reset_ends_everything_that_apps_were_given(
    app, person_at_a_browser, person, anonymous, security_log
):
    before, waiting = app.tokens(person_at_a_browser), person_at_a_browser.approve(app)["code"]
    token = factories.email_token(person.person, "reset_password")
    body = {"token": token, "new_password": NEW}
    assert anonymous.put("/password-resets/completion", json=body).status_code == 204
    assert is_refused(app, before["access_token"])
    assert refused(app.refresh(before["refresh_token"])) == "invalid_grant"
    assert refused(app.exchange(waiting)) == "invalid_grant"
    assert 'name="password"' in person_at_a_browser.authorize(app).text
    assert security_log(person.person.id).count(("authorization.revoked", "success")) == 2
    # What the person has agreed to stands, until they take it back.
    page = person_at_a_browser.submit(person_at_a_browser.authorize(app), email=person.person.email, password=NEW)  # fmt: skip
    assert "code" in app.redirect_parameters(person_at_a_browser.follow(page))


def test_of_who_is_disabled_apps_get_nothing(app, person_at_a_browser):
    before, waiting = app.tokens(person_at_a_browser), person_at_a_browser.approve(app)["code"]
    sql("update users set disabled_at = now() where id = %s", person_at_a_browser.person.id)
    assert is_refused(app, before["access_token"])
    assert refused(app.refresh(before["refresh_token"])) == "invalid_grant"
    assert refused(app.exchange(waiting)) == "invalid_grant"
    assert app.post("introspect", token=before["access_token"]).json() == {"active": False}


@pytest.mark.parametrize("change", ["another role", "no membership"])
def test_a_role_that_changes_cuts_off_access_tokens_as_those_of_sessions(
    app, owner, organization, person_at_a_browser, change
):
    member = factories.member(owner, organization, person_at_a_browser.person, "member")
    before = app.tokens(person_at_a_browser)
    if change == "another role":
        owner.patch(f"/members/{member['id']}", {"role": "guest"})
    else:
        owner.delete(f"/members/{member['id']}")
    assert is_refused(app, before["access_token"])
    assert app.post("introspect", token=before["access_token"]).json() == {"active": False}
    after = app.refresh(before["refresh_token"]).json()
    assert app.acting(after["access_token"]).get("/users/me").status_code == 200


def test_logging_out_of_the_browser_or_everywhere_leaves_apps_that_may_act_meanwhile(
    app, person_at_a_browser, person
):
    """As RFC 9700 and OpenID Connect have it for ``offline_access``; a consent is taken back by itself."""
    tokens = app.tokens(person_at_a_browser)
    assert person.delete("/sessions").status_code == 204
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 200


def test_an_organization_that_requires_two_factors_lets_its_apps_act_for_themselves(secured):
    organization_id = factories.organization(secured)["id"]
    secured.patch(f"/organizations/{organization_id}", {"requires_two_factor": True})
    app = App(
        secured, organization_id, service_role="guest", recovery_code=secured.recovery_codes[0], **SERVICE
    )
    acting = app.acting(app.post("token", grant_type="client_credentials").json()["access_token"])
    assert [organization["id"] for organization in acting.get("/organizations").json()["items"]] == [
        organization_id
    ]


def test_an_organization_that_requires_two_factors_is_not_there_for_apps_of_who_lacks_it(
    secured, anonymous, person_at_a_browser
):
    organization_id = factories.organization(secured)["id"]
    factories.member(secured, organization_id, person_at_a_browser.person, "member")
    code = secured.recovery_codes[0]
    app = App(secured, organization_id, scopes=["organizations:read"], recovery_code=code)
    acting = app.acting(app.tokens(person_at_a_browser, scope="organizations:read")["access_token"])
    assert len(acting.get("/organizations").json()["items"]) == 1
    secured.patch(f"/organizations/{organization_id}", {"requires_two_factor": True})
    assert acting.get("/organizations").json()["items"] == []
    authenticators.set_up(person_at_a_browser.person.id, is_active=True)
    assert len(acting.get("/organizations").json()["items"]) == 1


def test_who_guesses_secrets_waits_and_others_do_not(app, owner, organization, security_log):
    before = len(security_log(organization))
    for _ in range(5):
        answer = app.client.request("POST", "/oauth/token", data={"grant_type": "x"}, auth=(app.id, "wrong"))
        assert refused(answer, 401) == "invalid_client"
    entries = [*[("app.refused", "failure")] * 5, ("app.locked", "failure")]
    assert security_log(organization)[before:] == entries
    for endpoint in ("token", "introspect", "revoke"):
        assert refused(app.post(endpoint, token="x", grant_type="x"), 401) == "invalid_client"
    assert security_log(organization)[before:] == entries  # what is not looked at is not told either
    another = App(owner, organization)
    assert refused(another.post("token", grant_type="x")) == "unsupported_grant_type"
    login_attempts.later(minutes=2)
    assert refused(app.post("token", grant_type="x")) == "unsupported_grant_type"


def test_a_code_that_another_app_shows_or_without_its_verifier_is_told_to_the_person(
    app, owner, organization, person_at_a_browser, security_log
):
    code = person_at_a_browser.approve(app)["code"]
    person = person_at_a_browser.person.id
    before = len(security_log(person))
    other = App(owner, organization)
    assert refused(other.exchange(code)) == "invalid_grant"
    assert refused(app.exchange(code, code_verifier="a" * 43)) == "invalid_grant"
    assert refused(app.exchange(code, code_verifier=None)) == "invalid_request"
    tokens = app.exchange(code).json()
    assert refused(other.refresh(tokens["refresh_token"])) == "invalid_grant"
    refusals = [("authorization.refused", "failure")]
    assert security_log(person)[before:] == [*refusals * 3, ("authorization.redeemed", "success"), *refusals]


def test_a_consent_tells_when_the_app_acted_last(app, person_at_a_browser, person):
    token = app.tokens(person_at_a_browser)["access_token"]
    (consent,) = person.get("/consents").json()["items"]
    assert consent["last_used_at"] is None
    etag = person.get(f"/consents/{consent['id']}").headers["ETag"]
    app.acting(token).get("/users/me")
    seen = person.get(f"/consents/{consent['id']}", headers={"If-None-Match": etag})
    assert seen.json()["last_used_at"] is not None and seen.json()["version"] == consent["version"]
    app.acting(token).get("/users/me")
    assert person.get("/consents").json()["items"][0] == seen.json()
