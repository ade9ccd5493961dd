"""``id_token_hint``: the app says whom it asks for, and nobody else is answered for (OpenID Connect Core §3.1.2.1)."""

import base64
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from contract_tests.support import factories
from contract_tests.support.visitor import Visitor
from models.base.database import database
from security import signing_keys
from security.signing_keys import RS256


def error(app, answer):
    return app.redirect_parameters(answer).get("error")


@pytest.fixture
def another(anonymous, contract):
    """Somebody else, at a browser of their own."""
    return Visitor(str(anonymous.http.base_url), contract, factories.register(anonymous))


def forged(hint, key=None, head=None, **claims):
    """An ID token with other claims, signed by the server's own key or by another."""
    parts = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in hint.split(".")[:2]]
    key = key or signing_keys.active(RS256)
    return jwt.encode({**parts[0], **(head or {})}, {**parts[1], **claims}, key, [RS256])


def test_nobody_is_answered_for_but_whom_the_app_asks_for(app, person_at_a_browser, another):
    hint = app.tokens(another)["id_token"]
    person_at_a_browser.approve(app)
    assert error(app, person_at_a_browser.authorize(app, prompt="none", id_token_hint=hint)) == (
        "login_required"
    )
    page = person_at_a_browser.authorize(app, id_token_hint=hint)
    assert 'name="password"' in page.text and "another account" in page.text
    # Whoever logs in again as somebody else comes no further.
    again = person_at_a_browser.log_in(page)
    assert 'name="password"' in again.text
    parameters = app.redirect_parameters(person_at_a_browser.log_in(again, another.person))
    acting = app.acting(app.exchange(parameters["code"]).json()["access_token"])
    assert acting.get("/users/me").json()["id"] == another.person.id


def test_the_person_that_the_app_asks_for_is_not_asked_again(app, person_at_a_browser):
    hint = app.tokens(person_at_a_browser)["id_token"]
    assert "code" in app.redirect_parameters(
        person_at_a_browser.authorize(app, prompt="none", id_token_hint=hint)
    )
    assert "code" in app.redirect_parameters(person_at_a_browser.authorize(app, id_token_hint=hint))


def test_an_expired_id_token_is_a_hint(app, person_at_a_browser, live):
    hint = app.tokens(person_at_a_browser)["id_token"]
    old = forged(hint, iat=int(time.time()) - 90_000, exp=int(time.time()) - 86_400)
    assert "code" in app.redirect_parameters(
        person_at_a_browser.authorize(app, prompt="none", id_token_hint=old)
    )


def test_what_is_no_id_token_of_this_server_is_an_invalid_request(app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    hint = tokens["id_token"]
    head, body, signature = hint.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    stranger = RSAKey.generate_key(2048)
    deep = base64.urlsafe_b64encode(b"[" * 2_900).decode()
    hints = [
        f"{deep}.{body}.{signature}", f"{head}.{deep}.{signature}", f"{none}.a.b.c.d", f"{head}.a.b.c.d",
        "garbage", "a.b.c", "..", hint[:-8], f"{head}.{body}.", f"{none}.{body}.", f"{head}.e30.{signature}",
        tokens["access_token"], person_at_a_browser.person.token, forged(hint, key=stranger),
        forged(hint, key=stranger, head={"kid": "x"}), forged(hint, key=stranger, head={"kid": ""}),
        forged(hint, iss="https://evil.example"), forged(hint, sub=7), forged(hint, sub=None), "x" * 4001,
    ]  # fmt: skip
    for hint in hints:
        for prompt in ("none", None):
            answer = person_at_a_browser.authorize(app, prompt=prompt, id_token_hint=hint)
            assert error(app, answer) == "invalid_request", hint


def test_a_hint_outlives_the_rotation_of_keys_as_far_as_its_key_is_known(app, person_at_a_browser):
    hint = app.tokens(person_at_a_browser)["id_token"]
    age = "update signing_keys set signs_at = signs_at - interval '%s days' where algorithm = 'RS256'"
    with database.connection_context():
        database.run(age % 100)
        signing_keys.read_again()  # makes the next key
        database.run("update signing_keys set signs_at = now() - interval '1 hour' where number = "
                     "(select max(number) from signing_keys where algorithm = 'RS256') and algorithm = 'RS256'")  # fmt: skip
        signing_keys.read_again()
    assert "code" in app.redirect_parameters(
        person_at_a_browser.authorize(app, prompt="none", id_token_hint=hint)
    )
    with database.connection_context():
        database.run(age % 2)
        signing_keys.read_again()  # deletes the former key
    answer = person_at_a_browser.authorize(app, prompt="none", id_token_hint=hint)
    assert error(app, answer) == "login_required"
