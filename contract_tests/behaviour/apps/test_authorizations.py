"""The authorization endpoint: what an app may ask for, what it is told, what leads nowhere (RFC 6749, 7636, 9207, 9700)."""

from urllib.parse import urlencode

import pytest

from contract_tests.support.visitor import App, Form
from models.base.database import database

UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"


def errors(app, answer):
    """What the app is told, and whether it is told whose answer it is."""
    parameters = app.redirect_parameters(answer)
    return (
        parameters["error"],
        parameters.get("state"),
        parameters["iss"] == f"http://{answer.url.netloc.decode()}",
    )


def leads_nowhere(answer):
    assert answer.status_code == 403, answer.text
    assert "location" not in answer.headers and "set-cookie" not in answer.headers
    assert "form-action 'none'" in answer.headers["content-security-policy"]
    return Form(answer.text).action is None


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback/",
        "https://app.example/callback?a=b",
        "https://app.example/callback#",
        "https://app.example/Callback",
        "https://app.example:443/callback",
        "http://app.example/callback",
        "https://APP.example/callback",
        "https://app.example/callback/../evil",
        "https://app.example//callback",
        "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback",
        "https://evil.example/https://app.example/callback",
        "//app.example/callback",
        "/callback",
        "javascript:alert(1)",
        "https://app.example/callback%0d%0aX:1",
        "http://127.0.0.1/callback",
    ],
)
def test_people_are_sent_only_where_the_app_has_registered_letter_by_letter(app, person_at_a_browser, uri):
    assert leads_nowhere(person_at_a_browser.authorize(app, redirect_uri=uri))
    # Not even with an error that is told to apps, nor when somebody is logged in.
    assert leads_nowhere(person_at_a_browser.authorize(app, redirect_uri=uri, response_type="token"))
    person_at_a_browser.approve(app)
    assert leads_nowhere(person_at_a_browser.authorize(app, redirect_uri=uri))


@pytest.mark.parametrize("client_id", [UNKNOWN_ID, "app", "' or 1=1 --", "x" * 101, "%00"])
def test_an_unknown_app_leads_nowhere(app, person_at_a_browser, client_id):
    assert leads_nowhere(person_at_a_browser.authorize(app, client_id=client_id))


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_without_them_nobody_is_sent_anywhere(app, person_at_a_browser, name):
    assert leads_nowhere(person_at_a_browser.authorize(app, **{name: None}))


@pytest.mark.parametrize(
    "registered, asked, may",
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152/callback", True),
        ("http://127.0.0.1:1/callback", "http://127.0.0.1:65535/callback", True),
        ("http://[::1]/callback?a=b", "http://[::1]:49152/callback?a=b", True),
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152/another", False),
        ("http://127.0.0.1/callback", "http://[::1]:49152/callback", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152@evil.example/callback", False),
        ("http://127.0.0.1/callback", "http://127.0.0.1:49152.evil.example/callback", False),
        ("http://127.0.0.1/callback", "http://localhost:49152/callback", False),
        ("http://127.0.0.1/callback", "https://127.0.0.1:49152/callback", False),
    ],
)
def test_an_app_on_a_device_listens_on_any_port(
    owner, organization, person_at_a_browser, registered, asked, may
):
    app = App(owner, organization, client_type="public", redirect_uris=[registered])
    if may:
        answer = person_at_a_browser.log_in(person_at_a_browser.authorize(app, redirect_uri=asked))
        sent_on = person_at_a_browser.submit(answer, decision="approve")
        assert sent_on.headers["location"].startswith(f"{asked}{'&' if '?' in asked else '?'}code=")
    else:
        assert leads_nowhere(person_at_a_browser.authorize(app, redirect_uri=asked))


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": "tasks:write"}, "invalid_scope"),
        ({"scope": "openid account:read keys:read"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
    ],
)
def test_an_app_is_told_what_is_wrong_with_its_request(app, person_at_a_browser, changes, error):
    assert errors(app, person_at_a_browser.authorize(app, **changes)) == (error, "some state", True)
    without_state = person_at_a_browser.authorize(app, **{**changes, "state": None})
    assert errors(app, without_state) == (error, None, True)


def test_an_app_without_the_grant_cannot_ask_people(owner, organization, person_at_a_browser):
    app = App(
        owner, organization, grant_types=["client_credentials"], redirect_uris=["https://app.example/cb"]
    )
    assert errors(app, person_at_a_browser.authorize(app))[0] == "unauthorized_client"


def test_what_is_not_known_is_ignored_and_what_is_empty_is_not_there(app, person_at_a_browser):
    assert person_at_a_browser.authorize(app, colour="red", claims="{}", state="").status_code == 200
    parameters = person_at_a_browser.approve(app, colour="red", state="")
    assert parameters.keys() == {"code", "iss"}


@pytest.mark.parametrize(
    "state", ["a b&c=d#e?f/g+h", "%0d%0aSet-Cookie:x", "<script>", '"quoted"', "~" * 2000]
)
def test_the_state_is_handed_back_as_it_is(app, person_at_a_browser, state):
    assert errors(app, person_at_a_browser.authorize(app, state=state, prompt="none"))[1] == state
    assert person_at_a_browser.approve(app, state=state)["state"] == state


@pytest.mark.parametrize(
    "state", ["a\r\nSet-Cookie: remit=stolen", "a\nb", "a\r\n\r\n<script>alert(1)</script>", "\0", "é"]
)
def test_no_state_becomes_a_header_of_its_own(app, person_at_a_browser, state):
    for answer in (
        person_at_a_browser.authorize(app, state=state, prompt="none"),
        person_at_a_browser.request("POST", "/oauth/authorize", data=app.asked(state=state)),
    ):
        assert errors(app, answer) == ("invalid_request", state, True)
        assert "set-cookie" not in answer.headers


def test_the_answer_names_its_issuer(app, person_at_a_browser, live):
    assert person_at_a_browser.approve(app)["iss"] == live.host_url


def test_a_request_in_a_form_is_sent_on_as_it_is(app, person_at_a_browser):
    """OpenID Connect has it; the cookie is sent with what follows, and not with a form of another site."""
    asked = app.asked(colour="red")
    answer = person_at_a_browser.request("POST", "/oauth/authorize", data=asked)
    del asked["colour"]
    path, _, query = answer.headers["Location"].partition("?")
    assert (path, query) == ("/api/v1/oauth/authorize", urlencode(asked))
    assert 'name="password"' in person_at_a_browser.follow(answer).text


def test_a_page_is_shown_in_no_frame_and_kept_by_nobody(app, person_at_a_browser):
    login = person_at_a_browser.authorize(app)
    pages = [
        login,
        person_at_a_browser.log_in(login),
        person_at_a_browser.authorize(app, client_id=UNKNOWN_ID),
    ]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
        assert "script-src" not in policy and "unsafe-inline" not in policy
        assert (page.headers["x-frame-options"], page.headers["cache-control"]) == ("DENY", "no-store")
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in page.text
    for page in pages[:2]:
        assert "form-action 'self' https://app.example" in page.headers["content-security-policy"]


def test_names_are_shown_as_they_are(owner, organization, person_at_a_browser):
    name = "<b onmouseover=alert(1)>\"Planner\"</b> {{ 7 * 7 }} 'x'"
    app = App(owner, organization, name=name, homepage='https://app.example/?a=b&c="d"'.replace('"', ""))
    login = person_at_a_browser.authorize(app, login_hint='"><script>alert(1)</script>')
    for page in (login, person_at_a_browser.log_in(login, email=person_at_a_browser.person.email)):
        assert "<b " not in page.text and "<script" not in page.text and "{{ 7 * 7 }}" in page.text
    assert Form(login.text).values["email"] == '"><script>alert(1)</script>'


def test_the_page_says_who_asks_for_what_in_words(app, person_at_a_browser, owner, organization):
    login = person_at_a_browser.authorize(app, login_hint="ada@example.org")
    assert Form(login.text).values["email"] == "ada@example.org"
    page = person_at_a_browser.log_in(login)
    for name in ("Planner", owner.get(f"/organizations/{organization}").json()["name"]):
        assert name in page.text
    for words in ("Confirm your identity.", "Read your account.", "Keep access while you are offline"):
        assert words in page.text
    assert "app.example" in page.text and person_at_a_browser.person.email in page.text


def test_who_denies_is_sent_back_without_a_code(app, person_at_a_browser, security_log):
    page = person_at_a_browser.log_in(person_at_a_browser.authorize(app))
    parameters = app.redirect_parameters(person_at_a_browser.submit(page, decision="deny"))
    assert (parameters["error"], parameters["state"], "code" in parameters) == (
        "access_denied",
        "some state",
        False,
    )
    assert ("consent.denied", "failure") in security_log(person_at_a_browser.person.id)
    with database.connection_context():
        assert database.rows("select 1 from consents where app_id = %s", (app.id,)) == []
