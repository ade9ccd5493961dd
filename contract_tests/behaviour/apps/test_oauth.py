"""The token endpoint: codes once, apps that prove to be themselves, scopes that only narrow (RFC 6749, 7636, 9700)."""

import base64

import pytest

from contract_tests.support.clients import at_once
from contract_tests.support.visitor import App
from models.base.database import database


def refused(answer, status=400):
    """The error of an answer that is one of RFC 6749 §5.2."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json().keys() == {"error", "error_description"}
    return answer.json()["error"]


def sql(text, *values):
    with database.connection_context():
        return database.run(text, values)


def test_tokens_come_as_the_rfc_says(app, person_at_a_browser):
    answer = app.exchange(person_at_a_browser.approve(app)["code"])
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    tokens = answer.json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "openid account:read offline_access")
    assert 3590 <= tokens["expires_in"] <= 3600


def test_what_was_not_asked_for_is_absent_and_not_null(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser, scope="account:read")
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}


def test_no_code_and_no_token_is_stored(app, person_at_a_browser):
    code = person_at_a_browser.approve(app)["code"]
    tokens = app.exchange(code).json()
    with database.connection_context():
        stored = database.rows(
            "select a::text from authorizations a union all select t::text from oauth_tokens t"
            " union all select e::text from events e union all select s::text from security_entries s"
        )
    for secret in (code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"]):
        assert not [row for (row,) in stored if secret in row]


def test_a_code_is_good_once_and_a_second_use_ends_what_came_of_it(app, person_at_a_browser, security_log):
    code = person_at_a_browser.approve(app)["code"]
    tokens = app.exchange(code).json()
    acting = app.acting(tokens["access_token"])
    assert acting.get("/users/me").status_code == 200
    assert refused(app.exchange(code)) == "invalid_grant"
    assert acting.get("/users/me").status_code == 401
    assert refused(app.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert security_log(person_at_a_browser.person.id)[-1] == ("authorization.code_reused", "failure")


def test_of_many_who_show_a_code_at_once_one_is_answered_and_none_keeps_a_token(app, person_at_a_browser):
    code = person_at_a_browser.approve(app)["code"]
    answers = at_once(*[lambda: App.exchange(app, code)] * 6)
    tokens = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(tokens) == 1 and {refused(answer) for answer in answers if answer.status_code != 200} == {
        "invalid_grant"
    }
    assert app.acting(tokens[0]["access_token"]).get("/users/me").status_code == 401


def test_a_code_is_good_for_a_minute(app, person_at_a_browser):
    code = person_at_a_browser.approve(app)["code"]
    age = "select max(code_expires_at - created_at) from authorizations where app_id = %s"
    with database.connection_context():
        assert database.rows(age, (app.id,))[0][0].total_seconds() == 60
    sql("update authorizations set code_expires_at = now() where app_id = %s", app.id)
    assert refused(app.exchange(code)) == "invalid_grant"


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"code_verifier": "x" * 64}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "https://app.example/another"}, "invalid_grant"),
        ({"redirect_uri": "https://app.example/callback/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
    ],
)
def test_a_code_is_bound_to_its_request(app, person_at_a_browser, changes, error):
    code = person_at_a_browser.approve(app)["code"]
    assert refused(app.exchange(code, **changes)) == error
    assert app.exchange(code).status_code == 200


def test_the_challenge_itself_proves_nothing(app, person_at_a_browser):
    code = person_at_a_browser.approve(app)["code"]
    assert refused(app.exchange(code, code_verifier=app.challenge)) == "invalid_grant"


def test_a_code_is_for_the_app_that_asked_for_it(app, owner, organization, person_at_a_browser):
    """The mix-up of two clients: what was meant for one is shown by another."""
    code = person_at_a_browser.approve(app)["code"]
    for other in (App(owner, organization), App(owner, organization, client_type="public")):
        other.verifier = app.verifier
        assert refused(other.exchange(code)) == "invalid_grant"
    assert app.exchange(code).status_code == 200


def test_a_public_app_says_its_id_and_nothing_else(owner, organization, person_at_a_browser):
    app = App(owner, organization, client_type="public")
    tokens = app.tokens(person_at_a_browser)
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert refused(app.exchange("x", client_secret="guess"), 401) == "invalid_client"


def basic(client_id, secret):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


CREDENTIALS = {
    "by HTTP Basic": lambda app: (basic(app.id, app.secret), {}),
    "in the form": lambda app: ({}, {"client_id": app.id, "client_secret": app.secret}),
    "by HTTP Basic, with its id in the form": lambda app: (
        basic(app.id, app.secret),
        {"client_id": app.id},
    ),
    "by HTTP Basic, in lower case": lambda app: (
        {"Authorization": basic(app.id, app.secret)["Authorization"].replace("Basic", "basic")},
        {},
    ),
}
NO_CREDENTIALS = {
    "nothing": lambda app: ({}, {}),
    "no secret": lambda app: ({}, {"client_id": app.id}),
    "a wrong secret": lambda app: ({}, {"client_id": app.id, "client_secret": f"{app.secret}x"}),
    "a wrong secret by HTTP Basic": lambda app: (basic(app.id, "guess"), {}),
    "an empty secret by HTTP Basic": lambda app: (basic(app.id, ""), {}),
    "no id by HTTP Basic": lambda app: (basic("", app.secret), {}),
    "an unknown id": lambda app: (basic("00000000-0000-0000-0000-000000000000", app.secret), {}),
    "an id that is none": lambda app: (basic("'; drop table apps; --", app.secret), {}),
    "NUL by HTTP Basic": lambda app: (basic(f"{app.id}\0", app.secret), {}),
    "bytes that are not UTF-8": lambda app: ({"Authorization": "Basic /////w=="}, {}),
    "what is not Base64": lambda app: ({"Authorization": "Basic %%%"}, {}),
    "another scheme": lambda app: ({"Authorization": "Digest x"}, {}),
    "a token": lambda app: ({"Authorization": f"Bearer {app.secret}"}, {}),
}


def ask(app, credentials, **fields):
    headers, form = credentials(app)
    data = {"grant_type": "authorization_code", "code": "no-code", **form, **fields}
    return app.client.request("POST", "/oauth/token", data=data, headers=headers)


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_an_app_proves_itself(app, kind):
    assert refused(ask(app, CREDENTIALS[kind])) == "invalid_grant"


@pytest.mark.parametrize("kind", NO_CREDENTIALS)
def test_who_does_not_prove_to_be_an_app_is_told_nothing_else(app, kind):
    answer = ask(app, NO_CREDENTIALS[kind])
    assert refused(answer, 401) == "invalid_client"
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="remit"'
    assert ask(app, NO_CREDENTIALS[kind], grant_type="no_such_grant").json() == answer.json()


def test_an_app_proves_itself_in_one_way_at_a_time(app):
    twice = ask(app, CREDENTIALS["by HTTP Basic"], client_secret=app.secret)
    another = ask(app, CREDENTIALS["by HTTP Basic"], client_id="00000000-0000-0000-0000-000000000000")
    assert [refused(twice), refused(another)] == ["invalid_request"] * 2


def test_who_tries_secrets_is_noted(app, organization, security_log):
    before = len(security_log(organization))
    ask(app, NO_CREDENTIALS["a wrong secret"])
    assert security_log(organization)[before:] == [("app.refused", "failure")]


@pytest.mark.parametrize(
    "grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code", "x"]
)
def test_other_grants_are_not_supported(app, grant):
    assert (
        refused(app.post("token", grant_type=grant, username="a", password="b")) == "unsupported_grant_type"
    )


def test_an_app_comes_to_tokens_only_as_it_was_registered(owner, organization, person_at_a_browser):
    app = App(owner, organization, grant_types=["authorization_code"])
    assert "refresh_token" not in app.tokens(person_at_a_browser)
    assert refused(app.refresh("x")) == "unauthorized_client"
    assert refused(app.post("token", grant_type="client_credentials")) == "unauthorized_client"


def test_what_is_not_known_is_ignored_and_what_is_empty_is_not_there(app, person_at_a_browser):
    code = person_at_a_browser.approve(app)["code"]
    more = {"colour": "red", "user_id": "1", "scope": "", "client_secret": "", "audience": "x"}
    assert app.exchange(code, **more).json()["scope"] == "openid account:read offline_access"


@pytest.mark.parametrize("body", [b"grant_type=a&grant_type=b", b"grant_type=%ff", b"grant_type=%zz"])
def test_a_form_that_reads_two_ways_is_refused(app, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = app.client.request("POST", "/oauth/token", content=body, headers=headers)
    assert refused(answer) == "invalid_request"


def test_a_token_does_no_more_than_its_scopes(app, person_at_a_browser):
    acting = app.acting(app.tokens(person_at_a_browser, scope="account:read")["access_token"])
    assert acting.get("/users/me").json()["id"] == person_at_a_browser.person.id
    assert acting.get("/tasks").json()["permission"] == "tasks:read"
    assert acting.patch("/users/me", {"name": "Other"}).json()["permission"] == "account:write"
    assert acting.get("/oauth/userinfo").json()["permission"] == "openid"


def test_a_token_does_no_more_than_the_person_may(app, owner, organization, task, person_at_a_browser):
    acting = app.acting(app.tokens(person_at_a_browser, scope="tasks:read")["access_token"])
    assert acting.get(f"/tasks/{task['id']}").status_code == 404
    assert acting.get("/tasks").json()["items"] == []
    assert owner.get(f"/tasks/{task['id']}").status_code == 200


def test_an_access_token_ends(app, person_at_a_browser):
    acting = app.acting(app.tokens(person_at_a_browser)["access_token"])
    sql("update oauth_tokens set expires_at = now() where purpose = 'access'")
    assert acting.get("/users/me").status_code == 401


@pytest.mark.parametrize("tail", ["a" * 43, "a" * 42, "a" * 44, "", "é" * 43])
def test_what_is_no_token_lets_nobody_in(anonymous, tail):
    headers = {"Authorization": f"Bearer remit_at_{tail}".encode("latin-1")}
    assert anonymous.get("/users/me", headers=headers).status_code == 401


def test_neither_a_refresh_token_nor_a_secret_nor_an_id_token_opens_the_api(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    for secret in (tokens["refresh_token"], tokens["id_token"], app.secret):
        for headers in ({"Authorization": f"Bearer {secret}"}, {"X-API-Key": secret}):
            assert app.client.get("/users/me", headers=headers).status_code == 401
