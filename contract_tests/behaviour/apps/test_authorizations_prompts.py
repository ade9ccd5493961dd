"""Who is asked again, and who need not be: ``prompt``, ``max_age``, and apps that run on a device (OpenID Connect, RFC 8252)."""

import pytest

from contract_tests.support.visitor import App


def error(app, answer):
    parameters = app.redirect_parameters(answer)
    assert parameters["iss"] and parameters["state"] == "some state"
    return parameters["error"]


@pytest.mark.parametrize(
    "asked, field",
    [
        ({}, None),
        ({"scope": "account:read"}, None),
        ({"prompt": "none"}, None),
        ({"max_age": 3600}, None),
        ({"prompt": "consent"}, "decision"),
        ({"scope": "openid account:read tasks:read"}, "decision"),
        ({"prompt": "login"}, "password"),
        ({"prompt": "login consent"}, "password"),
        ({"prompt": "select_account"}, "password"),
        ({"max_age": 0}, "password"),
    ],
)
def test_what_was_approved_is_asked_again_only_when_the_app_or_its_scopes_say_so(
    app, person_at_a_browser, asked, field
):
    person_at_a_browser.approve(app)
    answer = person_at_a_browser.authorize(app, **asked)
    if field is None:
        assert app.exchange(app.redirect_parameters(answer)["code"]).status_code == 200
    else:
        assert answer.status_code == 200 and f'name="{field}"' in answer.text


@pytest.mark.parametrize("asked, missing", [
    ({"scope": "openid account:read tasks:read"}, "consent_required"), ({"max_age": 0}, "login_required"),
])  # fmt: skip
def test_without_a_page_the_app_is_told_what_is_missing(app, person_at_a_browser, asked, missing):
    person_at_a_browser.approve(app)
    answer = person_at_a_browser.authorize(app, prompt="none", **asked)
    assert error(app, answer) == missing


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": 0}, {"prompt": "select_account"}])
def test_who_was_asked_to_log_in_again_is_asked_once(app, person_at_a_browser, asked):
    person_at_a_browser.approve(app)
    again = person_at_a_browser.log_in(person_at_a_browser.authorize(app, **asked))
    assert "code" in app.redirect_parameters(again)


def test_an_address_that_an_app_registers_later_gets_no_code_without_a_decision(
    owner, app, person_at_a_browser
):
    person_at_a_browser.approve(app)
    former, later = app.redirect_uris[0], "https://elsewhere.example/callback"
    app.redirect_uris = [former, later]
    assert owner.patch(f"/apps/{app.id}", {"redirect_uris": app.redirect_uris}).status_code == 200
    assert 'name="decision"' in person_at_a_browser.authorize(app, redirect_uri=later).text
    answer = person_at_a_browser.authorize(app, redirect_uri=later, prompt="none")
    assert error(app, answer) == "consent_required"
    person_at_a_browser.approve(app, redirect_uri=later)
    for address in (former, later):
        assert "code" in app.redirect_parameters(person_at_a_browser.authorize(app, redirect_uri=address))


def test_an_app_on_a_device_is_always_asked_about(owner, organization, person_at_a_browser):
    """Any program may listen there: a consent does not say which one it is (RFC 8252 §8.6)."""
    app = App(owner, organization, client_type="public", redirect_uris=["http://127.0.0.1/callback"])
    person_at_a_browser.approve(app)
    assert 'name="decision"' in person_at_a_browser.authorize(app).text
    answer = person_at_a_browser.authorize(app, prompt="none")
    assert error(app, answer) == "consent_required"
