"""The page of approved apps: who is logged in with the browser sees their own, and revokes what they no longer want."""

import pytest

from contract_tests.support import authenticators, browser, factories
from contract_tests.support.clients import refused
from contract_tests.support.visitor import App, Form, Visitor

PAGE = "/account/apps"


@pytest.fixture
def person(person_at_a_browser, anonymous):
    """The client of the person at the browser."""
    return factories.client_of(anonymous, person_at_a_browser.person)


@pytest.fixture
def another(anonymous, contract):
    """Somebody else, at a browser of their own."""
    return Visitor(str(anonymous.http.base_url), contract, factories.register(anonymous))


def forbidden(answer):
    assert answer.status_code == 403, answer.text
    assert "Nothing was changed." in answer.text and "location" not in answer.headers
    return True


def test_who_is_not_logged_in_logs_in_and_is_sent_back(app, person_at_a_browser):
    page = person_at_a_browser.get(PAGE)
    assert "Log in to see your approved apps" in page.text
    page = person_at_a_browser.log_in(page)
    assert page.url.path == PAGE and "You have not approved any app." in page.text
    assert person_at_a_browser.person.email in page.text


def test_a_wrong_password_is_refused_with_the_same_page(person_at_a_browser):
    page = person_at_a_browser.get(PAGE)
    answer = person_at_a_browser.submit(
        page, email=person_at_a_browser.person.email, password="Wrong-horse-7"
    )
    assert answer.status_code == 403 and "Wrong email address or password." in answer.text
    assert "You have not approved any app." in person_at_a_browser.log_in(answer).text


def test_the_second_factor_is_asked_for_here_too(secured, anonymous, contract):
    visitor = Visitor(str(anonymous.http.base_url), contract, secured.person)
    page = visitor.submit(visitor.get(PAGE), email=secured.person.email, password=secured.person.password)
    assert page.status_code == 403 and "Enter your code" in page.text
    wrong = visitor.submit(page, code="000000")
    assert wrong.status_code == 403 and "Invalid verification code." in wrong.text
    answer = visitor.submit(page, code=authenticators.code(secured.secret))
    assert "Approved apps" in visitor.follow(answer).text


def test_what_is_revoked_is_refused_from_then_on(app, person_at_a_browser, person, security_log):
    tokens = app.tokens(person_at_a_browser)
    page = person_at_a_browser.get(PAGE)
    assert "Planner" in page.text and "Confirm your identity." in page.text
    answer = person_at_a_browser.submit(page)
    assert answer.headers["Location"] == PAGE
    assert "Planner" not in person_at_a_browser.follow(answer).text
    assert refused(app.acting(tokens["access_token"]).get("/users/me")) == (401, "unauthenticated")
    assert person.get("/consents").json()["items"] == []
    assert security_log(person.person.id)[-1] == ("consent.revoked", "success")
    events = person.everything("/events", event_type="consent.revoked")
    assert len(events) == 1
    assert person_at_a_browser.submit(page).status_code == 303  # again: it stays as it is
    assert len(person.everything("/events", event_type="consent.revoked")) == 1


def test_only_the_page_of_this_browser_revokes(app, person_at_a_browser, person, another):
    person_at_a_browser.approve(app)
    another.log_in(another.get(PAGE))
    page = person_at_a_browser.get(PAGE)
    assert forbidden(another.submit(page))
    assert forbidden(person_at_a_browser.submit(page, csrf_token="x" * 43))
    assert forbidden(Visitor(str(person.http.base_url), person.contract).submit(page))
    login = Form(Visitor(str(person.http.base_url), person.contract).get(PAGE).text)
    assert forbidden(person_at_a_browser.submit(page, csrf_token=login.values["csrf_token"]))
    assert len(person.get("/consents").json()["items"]) == 1


def test_the_form_of_one_app_does_not_revoke_another(app, owner, organization, person_at_a_browser, person):
    for client in (app, App(owner, organization, name="Second")):
        person_at_a_browser.approve(client)
    first, second = person.get("/consents").json()["items"]
    page = person_at_a_browser.get(PAGE).text
    form = Form(page.partition("</form>")[0])
    other = next(consent["id"] for consent in (first, second) if consent["id"] != form.values["consent_id"])
    answer = person_at_a_browser.request("POST", form.action, data={**form.values, "consent_id": other})
    assert forbidden(answer)
    assert len(person.get("/consents").json()["items"]) == 2


def test_nobody_else_sees_or_keeps_the_page(app, person_at_a_browser, another):
    person_at_a_browser.approve(app)
    page = person_at_a_browser.get(PAGE)
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self';" in policy and "script-src" not in policy and "unsafe" not in policy
    assert "Planner" not in another.log_in(another.get(PAGE)).text


def test_names_of_apps_are_no_markup(owner, organization, person_at_a_browser):
    name = '<script>alert(1)</script>"><b>'
    person_at_a_browser.approve(App(owner, organization, name=name))
    page = person_at_a_browser.get(PAGE).text
    assert "<script" not in page and "<b>" not in page and "&lt;script&gt;" in page


def test_the_consent_page_leads_to_the_page_that_revokes(live, app, person_at_a_browser, person):
    person_at_a_browser.approve(app)
    with browser.page() as page:
        page.goto(live.base_url + app.address(prompt="consent"))
        page.get_by_label("Email address").fill(person.person.email)
        page.get_by_label("Password").fill(person.person.password)
        page.get_by_role("button", name="Log in").click()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Approved apps").click()
        apps = opened.value
        apps.get_by_role("button", name="Revoke access of Planner").click()
        apps.get_by_text("You have not approved any app.").wait_for()
    assert person.get("/consents").json()["items"] == []
