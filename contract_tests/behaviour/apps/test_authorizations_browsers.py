"""The pages and who uses a browser: its cookie, its forms, which nobody else can make, and how it is left."""

import re

import pytest

from contract_tests.support import factories
from contract_tests.support.visitor import Form, Visitor
from models.base.database import database
from models.base.settings import settings
from security import browsers

COOKIE = re.compile(r"remit=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax")
STOLEN = "a" * 43


@pytest.fixture
def another(anonymous, contract):
    """Somebody else, at a browser of their own."""
    return Visitor(str(anonymous.http.base_url), contract, factories.register(anonymous))


def cookie(visitor):
    return visitor.http.cookies["remit"]


def refused(answer):
    assert answer.status_code == 403, answer.text
    assert "location" not in answer.headers and "set-cookie" not in answer.headers
    return True


def test_the_cookie_is_out_of_reach(app, person_at_a_browser):
    page = person_at_a_browser.authorize(app)
    assert COOKIE.fullmatch(page.headers["set-cookie"])
    logged_in = person_at_a_browser.submit(
        page, email=person_at_a_browser.person.email, password=factories.PASSWORD
    )
    assert COOKIE.fullmatch(logged_in.headers["set-cookie"])


def test_over_https_no_other_host_sets_the_cookie(monkeypatch):
    secure = settings().model_copy(update={"public_url": "https://remit.example"})
    monkeypatch.setattr(browsers, "settings", lambda: secure)
    cookie = browsers.Browser({}).cookie
    assert cookie.startswith("__Host-remit=") and cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")
    assert "Domain" not in cookie
    with database.connection_context():
        assert browsers.Browser({"remit": STOLEN}).is_new
        assert not browsers.Browser({"__Host-remit": STOLEN}).is_new


def test_logging_in_takes_a_new_cookie(app, person_at_a_browser, anonymous, contract):
    """Who has made somebody use a cookie that they know is not logged in with them."""
    page = person_at_a_browser.authorize(app)
    before = cookie(person_at_a_browser)
    person_at_a_browser.log_in(page)
    assert cookie(person_at_a_browser) != before
    thief = Visitor(str(anonymous.http.base_url), contract)
    thief.http.cookies["remit"] = before
    assert 'name="password"' in thief.authorize(app).text


def test_the_cookie_is_not_stored_and_opens_nothing_but_pages(app, person_at_a_browser, anonymous):
    person_at_a_browser.approve(app)
    secret = cookie(person_at_a_browser)
    with database.connection_context():
        stored = database.rows("select s::text from sessions s union all select e::text from events e")
    assert not [row for (row,) in stored if secret in row]
    for headers in ({"Cookie": f"remit={secret}"}, {"Authorization": f"Bearer {secret}"}):
        assert anonymous.get("/users/me", headers=headers).status_code == 401
    refresh = anonymous.post("/sessions/refresh", {"refresh_token": secret})
    assert refresh.status_code == 401


def test_a_refresh_token_is_no_cookie(app, anonymous, contract):
    session = factories.log_in(anonymous, factories.register(anonymous))
    visitor = Visitor(str(anonymous.http.base_url), contract)
    visitor.http.cookies["remit"] = session["refresh_token"]
    assert 'name="password"' in visitor.authorize(app).text


@pytest.mark.parametrize("sent", ["", "x", "a" * 42, "a" * 44, "ä" * 20, '"' + "a" * 43 + '"', "a;b", "%00"])
def test_a_cookie_of_others_making_is_none(app, anonymous, sent):
    answer = anonymous.get(app.address(), headers={"Cookie": f"remit={sent}".encode("latin-1")})
    assert answer.status_code == 200 and sent not in (answer.headers["set-cookie"],)
    assert COOKIE.fullmatch(answer.headers["set-cookie"])


def test_a_session_that_ended_elsewhere_is_over_in_the_browser(app, person_at_a_browser):
    person_at_a_browser.approve(app)
    with database.connection_context():
        database.run(
            "update sessions set ended_at = now() where user_id = %s", (person_at_a_browser.person.id,)
        )
    assert 'name="password"' in person_at_a_browser.authorize(app).text


def test_a_browser_stays_logged_in_for_half_a_day(app, person_at_a_browser):
    person_at_a_browser.approve(app)
    old = "update sessions set created_at = created_at - interval '12 hours' where user_id = %s"
    with database.connection_context():
        database.run(old, (person_at_a_browser.person.id,))
    assert 'name="password"' in person_at_a_browser.authorize(app).text


def test_a_wrong_password_is_told_as_an_unknown_address_is(app, person_at_a_browser):
    page = person_at_a_browser.authorize(app)
    wrong = person_at_a_browser.submit(page, email=person_at_a_browser.person.email, password="Wrong-horse-7")
    unknown = person_at_a_browser.submit(page, email="nobody@example.org", password="Wrong-horse-7")
    assert refused(wrong) and refused(unknown)
    assert (
        'role="alert"' in wrong.text
        and "Wrong email address or password." in wrong.text
        and "Wrong-horse" not in wrong.text
    )
    assert wrong.text.replace(person_at_a_browser.person.email, "nobody@example.org") == unknown.text
    assert 'name="decision"' in person_at_a_browser.log_in(wrong).text  # the page can be tried again


@pytest.mark.parametrize("token", ["", "x", "a" * 22, None])
@pytest.mark.parametrize("form", ["login", "consent"])
def test_a_form_without_the_token_of_its_page_is_refused(app, person_at_a_browser, form, token):
    page = person_at_a_browser.authorize(app)
    fields = {"email": person_at_a_browser.person.email, "password": factories.PASSWORD}
    if form == "consent":
        page, fields = person_at_a_browser.log_in(page), {"decision": "approve"}
    sent = {**Form(page.text).values, **fields, "csrf_token": token}
    sent = {name: value for name, value in sent.items() if value is not None}
    answer = person_at_a_browser.request("POST", f"/oauth/{form}", data=sent)
    assert answer.status_code == 422 if not token else refused(answer)


def test_a_form_of_another_browser_is_refused(app, person_at_a_browser, another):
    """A page of an attacker's own, which the browser of somebody else is made to send."""
    mine, theirs = person_at_a_browser.authorize(app), another.authorize(app)
    credentials = {"email": another.person.email, "password": factories.PASSWORD}
    assert refused(person_at_a_browser.submit(theirs, **credentials))
    mine, theirs = person_at_a_browser.log_in(mine), another.log_in(theirs)
    assert refused(person_at_a_browser.submit(theirs, decision="approve"))
    assert person_at_a_browser.submit(mine, decision="approve").status_code == 303


def test_a_form_without_the_cookie_is_refused(app, person_at_a_browser, anonymous, contract):
    """As browsers send it from another site: ``SameSite=Lax``."""
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    elsewhere = Visitor(str(anonymous.http.base_url), contract)
    assert refused(elsewhere.submit(page, decision="approve"))


def test_the_token_of_a_page_is_for_that_page_and_that_request_alone(app, person_at_a_browser):
    login = person_at_a_browser.authorize(app)
    page = person_at_a_browser.log_in(login)
    form = Form(page.text).values
    more = form["authorization_request"].replace("account%3Aread", "account%3Aread+tasks%3Aread")
    assert more != form["authorization_request"]
    assert refused(person_at_a_browser.submit(page, decision="approve", authorization_request=more))
    again = {"email": person_at_a_browser.person.email, "password": factories.PASSWORD}
    assert refused(person_at_a_browser.request("POST", "/oauth/login", data={**form, **again}))
    assert refused(
        person_at_a_browser.submit(page, decision="approve", csrf_token=Form(login.text).values["csrf_token"])
    )


def test_the_page_of_who_was_logged_in_before_is_refused(app, person_at_a_browser, another):
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    person_at_a_browser.log_in(person_at_a_browser.authorize(app, prompt="select_account"), another.person)
    assert refused(person_at_a_browser.submit(page, decision="approve"))


def test_somebody_else_at_the_same_browser_decides_for_themselves(app, person_at_a_browser, another):
    person_at_a_browser.approve(app)
    page = person_at_a_browser.log_in(
        person_at_a_browser.authorize(app, prompt="select_account"), another.person
    )
    assert another.person.email in page.text
    code = app.redirect_parameters(person_at_a_browser.submit(page, decision="approve"))["code"]
    acting = app.acting(app.exchange(code).json()["access_token"])
    assert acting.get("/users/me").json()["id"] == another.person.id


def test_logging_in_and_leaving_somebody_else_leave_events(app, person_at_a_browser, another, anonymous):
    person_at_a_browser.approve(app)
    person_at_a_browser.log_in(person_at_a_browser.authorize(app, prompt="login"), another.person)
    reader = factories.client_of(anonymous, person_at_a_browser.person)
    kinds = [event["event_type"] for event in reader.everything("/events")]
    assert kinds[-4:] == ["session.started", "consent.granted", "authorization.granted", "session.ended"]


def test_forms_have_no_field_that_is_not_known(app, person_at_a_browser):
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    answer = person_at_a_browser.submit(page, decision="approve", scope="tasks:write")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/scope"]
    assert person_at_a_browser.submit(page, decision="both").status_code == 422
