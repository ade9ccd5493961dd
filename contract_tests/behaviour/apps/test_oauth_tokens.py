"""Tokens afterwards: exchanged once, given back, and asked about (RFC 6749 §6, RFC 7009, RFC 7662, RFC 9700)."""

import pytest

from contract_tests.behaviour.apps.test_oauth import refused, sql
from contract_tests.behaviour.apps.test_oauth_service import SERVICE
from contract_tests.support import factories
from contract_tests.support.clients import at_once
from contract_tests.support.visitor import App
from models.apps.authorizations import Authorization
from models.base.database import database


def test_a_refresh_token_is_exchanged_for_the_one_that_follows(app, person_at_a_browser):
    first = app.tokens(person_at_a_browser)
    answer = app.refresh(first["refresh_token"])
    second = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert second.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert second["scope"] == first["scope"]
    assert (
        len(
            {tokens["access_token"] for tokens in (first, second)}
            | {first["refresh_token"], second["refresh_token"]}
        )
        == 4
    )
    third = app.refresh(second["refresh_token"]).json()
    assert app.acting(third["access_token"]).get("/users/me").status_code == 200


def test_a_refresh_token_that_is_used_twice_ends_everything(app, person_at_a_browser, security_log):
    first = app.tokens(person_at_a_browser)
    second = app.refresh(first["refresh_token"]).json()
    sql("update oauth_tokens set used_at = used_at - interval '11 seconds' where used_at is not null")
    assert refused(app.refresh(first["refresh_token"])) == "invalid_grant"
    for tokens in (first, second):
        assert app.acting(tokens["access_token"]).get("/users/me").status_code == 401
    assert refused(app.refresh(second["refresh_token"])) == "invalid_grant"
    assert ("authorization.refresh_reused", "failure") in security_log(person_at_a_browser.person.id)
    # What the person has approved stays: only what came of it then has ended.
    assert app.acting(app.tokens(person_at_a_browser)["access_token"]).get("/users/me").status_code == 200


def test_an_app_that_refreshes_many_times_at_once_comes_to_one_next_token(app, person_at_a_browser):
    token = app.tokens(person_at_a_browser)["refresh_token"]
    exchanged = [answer.json() for answer in at_once(*[lambda: app.refresh(token)] * 6)]
    assert len({tokens["refresh_token"] for tokens in exchanged}) == 1
    assert len({tokens["access_token"] for tokens in exchanged}) == 6
    for tokens in exchanged:
        assert app.acting(tokens["access_token"]).get("/users/me").status_code == 200
    assert app.refresh(exchanged[0]["refresh_token"]).status_code == 200
    # The next one was used: who shows the former one now has it from somewhere else.
    assert refused(app.refresh(token)) == "invalid_grant"
    assert app.acting(exchanged[0]["access_token"]).get("/users/me").status_code == 401


def test_of_many_who_use_a_refresh_token_of_a_public_app_at_once_one_is_answered_and_everything_ends(
    owner, organization, person_at_a_browser
):
    app = App(owner, organization, client_type="public")
    token = app.tokens(person_at_a_browser)["refresh_token"]
    answers = at_once(*[lambda: app.refresh(token)] * 6)
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {refused(answer) for answer in answers if answer.status_code != 200} == {"invalid_grant"}
    assert app.acting(won[0]["access_token"]).get("/users/me").status_code == 401


def test_a_refresh_token_is_of_one_app(app, owner, organization, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    for other in (App(owner, organization), App(owner, organization, client_type="public")):
        assert refused(other.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    # Nor does another app end anything by showing one that was used.
    assert refused(App(owner, organization).refresh(tokens["refresh_token"])) == "invalid_grant"
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 200


@pytest.mark.parametrize("what", ["access_token", "id_token"])
def test_no_other_token_is_exchanged(app, person_at_a_browser, what):
    assert refused(app.refresh(app.tokens(person_at_a_browser)[what][:200])) == "invalid_grant"


def test_scopes_are_reduced_and_never_grow(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    less = app.refresh(tokens["refresh_token"], scope="openid").json()
    assert less["scope"] == "openid"
    assert app.acting(less["access_token"]).get("/users/me").json()["permission"] == "account:read"
    for scope in ("tasks:read", "openid tasks:read", "account:write", "everything"):
        assert refused(app.refresh(less["refresh_token"], scope=scope)) == "invalid_scope"
    whole = app.refresh(less["refresh_token"]).json()
    assert whole["scope"] == tokens["scope"]  # the token that was reduced was the access token


def test_a_refresh_token_ends(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    ends = """select extract(epoch from t.expires_at - t.created_at)::int
        from oauth_tokens t join authorizations a on a.id = t.authorization_id
        where a.app_id = %s and t.purpose = 'refresh'"""
    with database.connection_context():
        assert database.rows(ends, (app.id,)) == [(30 * 86_400,)]
    sql("update oauth_tokens set expires_at = now() where purpose = 'refresh'")
    assert refused(app.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_all_tokens_end_together_however_often_they_are_exchanged(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    sql("update authorizations set expires_at = now() + interval '5 minutes' where app_id = %s", app.id)
    again = app.refresh(tokens["refresh_token"]).json()
    assert again["expires_in"] <= 300
    sql("update authorizations set expires_at = now() where app_id = %s", app.id)
    assert refused(app.refresh(again["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize("what", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "another"])
def test_a_token_that_is_given_back_ends_what_came_with_it(
    app, person_at_a_browser, what, hint, security_log
):
    tokens = app.tokens(person_at_a_browser)
    answer = app.post("revoke", token=tokens[what], token_type_hint=hint)
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 401
    assert refused(app.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert app.post("revoke", token=tokens[what]).status_code == 200
    assert ("authorization.revoked", "success") in security_log(person_at_a_browser.person.id)


def test_giving_back_what_is_none_of_ones_own_tells_and_ends_nothing(
    app, owner, organization, person_at_a_browser
):
    tokens = app.tokens(person_at_a_browser)
    other = App(owner, organization)
    answers = [
        other.post("revoke", token=token) for token in (tokens["access_token"], tokens["refresh_token"], "x")
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * 3
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_public_app_gives_tokens_back_too(owner, organization, person_at_a_browser):
    app = App(owner, organization, client_type="public")
    tokens = app.tokens(person_at_a_browser)
    assert app.post("revoke", token=tokens["access_token"]).status_code == 200
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 401


@pytest.mark.parametrize("endpoint", ["revoke", "introspect"])
def test_an_app_proves_itself_there_as_well(app, owner, organization, endpoint):
    app.secret = "guess"
    answer = app.post(endpoint, token="x")
    assert refused(answer, 401) == "invalid_client"
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="remit"'


def test_an_app_is_told_what_its_tokens_stand_for(app, person_at_a_browser, live):
    tokens = app.tokens(person_at_a_browser)
    answer = app.post("introspect", token=tokens["access_token"])
    claims = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert claims["exp"] - claims["iat"] == 3600
    del claims["exp"], claims["iat"]
    expected = {
        "active": True,
        "client_id": app.id,
        "sub": person_at_a_browser.person.id,
        "scope": tokens["scope"],
        "token_type": "Bearer",
        "iss": live.host_url,
    }
    assert claims == expected
    refresh = app.post("introspect", token=tokens["refresh_token"]).json()
    assert refresh["active"] and "token_type" not in refresh


def test_of_a_token_that_does_not_hold_nothing_else_is_told(app, owner, organization, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    app.refresh(tokens["refresh_token"])
    other = App(owner, organization)
    silent = {"active": False}
    assert app.post("introspect", token=tokens["refresh_token"]).json() == silent  # it was used
    assert other.post("introspect", token=tokens["access_token"]).json() == silent  # it is another app's
    assert app.post("introspect", token="x").json() == silent
    owner.patch(f"/apps/{app.id}", {"status": "disabled"})
    assert refused(app.post("introspect", token=tokens["access_token"]), 401) == "invalid_client"


def test_a_public_app_is_told_nothing(owner, organization, person_at_a_browser):
    app = App(owner, organization, client_type="public")
    token = app.tokens(person_at_a_browser)["access_token"]
    assert refused(app.post("introspect", token=token), 401) == "invalid_client"


def test_an_app_that_acts_for_itself_gives_its_token_back(owner, organization):
    app = App(owner, organization, service_role="guest", **SERVICE)
    token = app.post("token", grant_type="client_credentials").json()["access_token"]
    assert app.post("introspect", token=token).json()["sub"] == app.registered["service_user_id"]
    assert app.post("revoke", token=token).status_code == 200
    assert app.acting(token).get("/tasks").status_code == 401


def test_what_happens_to_an_authorization_is_told_to_the_person(app, person_at_a_browser, anonymous):
    tokens = app.tokens(person_at_a_browser)
    again = app.refresh(tokens["refresh_token"]).json()
    app.post("revoke", token=again["access_token"])
    events = factories.client_of(anonymous, person_at_a_browser.person).everything("/events")
    those = [event for event in events if event["subject_type"] == "authorization"]
    assert [event["event_type"].partition(".")[2] for event in those] == [
        "granted",
        "redeemed",
        "refreshed",
        "revoked",
    ]
    assert those[0]["snapshot"]["authorization"]["app_id"] == app.id
    assert those[-1]["snapshot"]["authorization"]["revoked_at"] is not None


def test_what_ended_long_ago_is_forgotten(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    count = "select count(*) from oauth_tokens t join authorizations a on a.id = t.authorization_id where a.app_id = %s"
    with database.connection_context():
        Authorization.forget_old()
        assert database.rows(count, (app.id,)) == [(2,)]
        database.run(
            "update authorizations set expires_at = now() - interval '8 days' where app_id = %s", (app.id,)
        )
        Authorization.forget_old()
        assert database.rows(count, (app.id,)) == [(0,)]
    assert refused(app.refresh(tokens["refresh_token"])) == "invalid_grant"
