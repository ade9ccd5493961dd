"""Consents: what people have let apps do, and how they take it back."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import at_once, refused
from contract_tests.support.visitor import App


@pytest.fixture
def person(person_at_a_browser, anonymous):
    """The client of the person at the browser."""
    return factories.client_of(anonymous, person_at_a_browser.person)


def test_what_was_approved_is_a_consent(app, person_at_a_browser, person, owner, organization):
    person_at_a_browser.approve(app, scope="openid tasks:read")
    (consent,) = person.get("/consents").json()["items"]
    assert (consent["app_id"], consent["app_name"]) == (app.id, "Planner")
    assert consent["scopes"] == ["openid", "tasks:read"]
    assert consent["organization_name"] == owner.get(f"/organizations/{organization}").json()["name"]
    assert person.get(f"/consents/{consent['id']}").json() == consent


def test_a_consent_grows_and_is_one(app, person_at_a_browser, person):
    person_at_a_browser.approve(app, scope="account:read")
    person_at_a_browser.approve(app, scope="openid account:read")
    person_at_a_browser.approve(app, scope="account:read")
    (consent,) = person.get("/consents").json()["items"]
    assert (consent["scopes"], consent["version"]) == (["account:read", "openid"], 2)
    events = person.everything("/events", subject_id=consent["id"])
    assert [event["event_type"] for event in events] == ["consent.granted", "consent.extended"]
    assert events[-1]["snapshot"]["consent"] == consent


def test_what_is_taken_back_is_refused_from_then_on(app, person_at_a_browser, person, security_log):
    tokens = app.tokens(person_at_a_browser)
    waiting = person_at_a_browser.approve(app)["code"]
    (consent,) = person.get("/consents").json()["items"]
    assert person.delete(f"/consents/{consent['id']}").status_code == 204
    assert refused(app.acting(tokens["access_token"]).get("/users/me")) == (401, "unauthenticated")
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.exchange(waiting).json()["error"] == "invalid_grant"
    assert app.post("introspect", token=tokens["access_token"]).json() == {"active": False}
    assert person.get("/consents").json()["items"] == []
    assert refused(person.get(f"/consents/{consent['id']}")) == (404, "not_found")
    assert 'name="decision"' in person_at_a_browser.authorize(app).text
    assert security_log(person.person.id)[-1] == ("consent.revoked", "success")


def test_what_is_approved_again_does_not_revive_what_was_taken_back(app, person_at_a_browser, person):
    before = app.tokens(person_at_a_browser)
    (consent,) = person.get("/consents").json()["items"]
    person.delete(f"/consents/{consent['id']}")
    after = app.tokens(person_at_a_browser)
    assert app.acting(before["access_token"]).get("/users/me").status_code == 401
    assert app.refresh(before["refresh_token"]).status_code == 400
    assert app.acting(after["access_token"]).get("/users/me").status_code == 200


def test_a_consent_is_one_persons_and_one_apps(
    app, owner, organization, person_at_a_browser, person, stranger
):
    tokens = app.tokens(person_at_a_browser)
    another = App(owner, organization)
    others = another.tokens(person_at_a_browser)
    mine = {consent["app_id"]: consent["id"] for consent in person.get("/consents").json()["items"]}
    for somebody in (owner, stranger):
        assert refused(somebody.get(f"/consents/{mine[app.id]}")) == (404, "not_found")
        assert refused(somebody.delete(f"/consents/{mine[app.id]}")) == (404, "not_found")
    person.delete(f"/consents/{mine[app.id]}")
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 401
    assert another.acting(others["access_token"]).get("/users/me").status_code == 200


def test_a_consent_changes_its_etag_with_the_name_of_its_app(app, owner, person_at_a_browser, person):
    person_at_a_browser.approve(app)
    consent_path = f"/consents/{person.get('/consents').json()['items'][0]['id']}"
    first = person.get(consent_path)
    condition = {"If-None-Match": first.headers["ETag"]}
    assert person.get(consent_path, headers=condition).status_code == 304
    owner.patch(f"/apps/{app.id}", {"name": "Plans"})
    assert person.get(consent_path, headers=condition).json()["app_name"] == "Plans"
    assert refused(person.delete(consent_path, headers={"If-Match": first.headers["ETag"]})) == (
        412,
        "stale_etag",
    )


def test_no_app_takes_back_or_extends_what_it_was_let_do(app, person_at_a_browser):
    acting = app.acting(app.tokens(person_at_a_browser)["access_token"])
    (consent,) = acting.get("/consents").json()["items"]
    assert acting.delete(f"/consents/{consent['id']}").json()["permission"] == "account:write"


def test_who_approves_twice_at_once_has_one_consent(app, person_at_a_browser, person):
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    answers = at_once(*[lambda: person_at_a_browser.submit(page, decision="approve")] * 4)
    codes = {app.redirect_parameters(answer)["code"] for answer in answers}
    assert len(codes) == 4
    assert len(person.get("/consents").json()["items"]) == 1
