"""Logging in with the page: as anywhere else, with verified addresses, waits for who guesses, and the second factor."""

import pytest

from contract_tests.support import authenticators, factories, login_attempts
from contract_tests.support.visitor import Form, Visitor
from models.base.database import database
from security import browsers

TOO_LATE = "The page has expired. Log in again."


def sql(text, *values):
    with database.connection_context():
        return database.run(text, values)


@pytest.fixture
def careful(anonymous, contract, secured):
    """Somebody with two-factor authentication on, at a browser."""
    visitor = Visitor(str(anonymous.http.base_url), contract, secured.person)
    visitor.secret, visitor.recovery_codes = secured.secret, secured.recovery_codes
    return visitor


def with_password(visitor, app, password=None, **more):
    """The answer to the form of the page, with address and password; ``asked`` is what the app asks for besides."""
    page = visitor.authorize(app, **more.get("asked", {}))
    return visitor.submit(page, email=visitor.person.email, password=password or visitor.person.password)


def asks_for_a_code(answer):
    assert answer.status_code == 403 and "set-cookie" not in answer.headers, answer.text
    return 'name="code"' in answer.text and 'name="password"' not in answer.text


def is_logged_in(visitor, answer):
    return answer.status_code == 303 and 'name="decision"' in visitor.follow(answer).text


def test_who_has_a_second_factor_is_asked_for_it(app, careful):
    page = with_password(careful, app)
    assert asks_for_a_code(page) and 'role="alert"' not in page.text
    assert careful.person.password not in page.text
    assert 'name="password"' in careful.authorize(app).text  # nobody is logged in yet
    again = careful.submit(page, code=authenticators.wrong(careful.secret))
    assert asks_for_a_code(again) and 'role="alert"' in again.text
    code = authenticators.code(careful.secret)
    assert is_logged_in(careful, careful.submit(again, code=f" {code[:3]} {code[3:]} "))


def test_a_recovery_code_is_as_good_and_good_once(app, careful):
    code = careful.recovery_codes[0]
    assert is_logged_in(careful, careful.submit(with_password(careful, app), code=code.upper()))
    again = with_password(careful, app, asked={"prompt": "login"})
    assert asks_for_a_code(careful.submit(again, code=code))


def test_a_code_is_good_once_here_and_elsewhere(app, careful, anonymous):
    code = authenticators.code(careful.secret)
    assert is_logged_in(careful, careful.submit(with_password(careful, app), code=code))
    assert login_attempts.log_in(anonymous, careful.person, one_time_code=code).status_code == 401


@pytest.mark.parametrize("code", ["", "x", "12345", "１２３４５６", "💥", "' or 1=1 --"])
def test_what_is_no_code_is_asked_for_again(app, careful, code):
    assert asks_for_a_code(careful.submit(with_password(careful, app), code=code))


def test_the_second_factor_without_the_first_is_nothing(
    app, careful, person_at_a_browser, anonymous, contract
):
    page = with_password(careful, app)
    proof, code = Form(page.text).values["proof"], authenticators.code(careful.secret)
    elsewhere = Visitor(str(anonymous.http.base_url), contract, careful.person)
    form = Form(elsewhere.authorize(app).text).values
    form.pop("password")
    seconds = proof.partition(".")[0]
    for forged in (proof, f"{seconds}.{'a' * 43}", f"{int(seconds) + 1}.{proof.partition('.')[2]}"):
        answer = elsewhere.request(
            "POST",
            "/oauth/login",
            data={**form, "email": careful.person.email, "proof": forged, "code": code},
        )
        assert answer.status_code == 403 and TOO_LATE in answer.text
    another = careful.submit(page, code=code, email=person_at_a_browser.person.email)
    assert another.status_code == 403 and TOO_LATE in another.text
    assert is_logged_in(careful, careful.submit(page, code=code))


def test_the_second_factor_follows_the_first_within_minutes(app, careful, monkeypatch):
    page = with_password(careful, app)
    monkeypatch.setattr(browsers, "SECOND_FACTOR_DEADLINE", browsers.timedelta(seconds=-1))
    answer = careful.submit(page, code=authenticators.code(careful.secret))
    assert answer.status_code == 403 and TOO_LATE in answer.text and 'name="password"' in answer.text


def test_a_password_that_was_changed_meanwhile_proves_nothing(app, careful):
    page = with_password(careful, app)
    sql("update users set password_hash = password_hash || ' ' where id = %s", careful.person.id)
    answer = careful.submit(page, code=authenticators.code(careful.secret))
    assert answer.status_code == 403 and TOO_LATE in answer.text


def test_who_guesses_with_the_page_waits_and_the_person_is_told(app, person_at_a_browser, anonymous):
    person = person_at_a_browser.person
    sql("delete from known_places where user_id = %s", person.id)
    for _ in range(4):
        assert with_password(person_at_a_browser, app, password=login_attempts.WRONG).status_code == 403
    login_attempts.guess(anonymous, person, 1)  # elsewhere they count together
    assert with_password(person_at_a_browser, app).status_code == 403
    assert login_attempts.log_in(anonymous, person).status_code == 401
    assert len(login_attempts.report_failures(person)) == 5
    login_attempts.later(minutes=2)
    assert is_logged_in(person_at_a_browser, with_password(person_at_a_browser, app))


def test_who_guesses_codes_waits(app, careful):
    page = with_password(careful, app)
    for _ in range(5):
        page = careful.submit(page, code=authenticators.wrong(careful.secret))
    assert asks_for_a_code(careful.submit(page, code=authenticators.code(careful.secret)))
    login_attempts.later(minutes=2)
    authenticators.forget_last_use(careful.person.id)
    assert is_logged_in(careful, careful.submit(page, code=authenticators.code(careful.secret)))


@pytest.mark.parametrize("change", ["verified_at = null", "disabled_at = now()", "password_hash = null"])
def test_only_verified_accounts_with_a_password_are_let_in(app, person_at_a_browser, change):
    sql(f"update users set {change} where id = %s", person_at_a_browser.person.id)
    answer = with_password(person_at_a_browser, app)
    assert answer.status_code == 403 and "Wrong email address or password." in answer.text


def test_who_is_logged_in_and_then_disabled_is_nobody(app, person_at_a_browser):
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    sql("update users set disabled_at = now() where id = %s", person_at_a_browser.person.id)
    assert person_at_a_browser.submit(page, decision="approve").status_code == 403
    assert 'name="password"' in person_at_a_browser.authorize(app).text


def test_a_form_that_was_made_for_another_request_is_noted(app, person_at_a_browser, security_log):
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    forged = person_at_a_browser.submit(page, decision="approve", csrf_token="a" * 43)
    assert forged.status_code == 403
    assert security_log(person_at_a_browser.person.id)[-1] == ("consent.refused", "failure")


def test_logging_in_with_the_page_is_noted_and_listed(app, person_at_a_browser, anonymous, security_log):
    person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    assert security_log(person_at_a_browser.person.id)[-1] == ("session.started", "success")
    client = factories.client_of(anonymous, person_at_a_browser.person)
    newest = client.get("/sessions").json()["items"][0]
    assert not newest["is_current"]
    client.delete(f"/sessions/{newest['id']}")
    assert 'name="password"' in person_at_a_browser.authorize(app).text
