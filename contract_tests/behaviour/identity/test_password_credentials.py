"""Passwords: what somebody may still hold of an account ends when its password is reset, and on request when it is changed."""

import pytest

from contract_tests.support import factories, sign_ins
from contract_tests.support.clients import refused
from contract_tests.support.provider import Person
from contract_tests.support.visitor import App, Visitor
from models.base.database import database

NEW = "Quite-another-word-1"


@pytest.fixture
def victim(anonymous, founder):
    """Somebody with an API key, an app that may act while they are away, and nobody else's identity linked yet."""
    client = factories.newcomer(anonymous)
    client.key = factories.api_key(client, "account:read", "organizations:read")
    client.app = App(founder, founder.organization_id)
    client.tokens = client.app.tokens(
        Visitor(str(anonymous.http.base_url), anonymous.contract, client.person)
    )
    return client


def reset(anonymous, mailbox, person):
    anonymous.post("/password-resets", {"email": person.email})
    body = {"token": mailbox.to(person.email, "reset_password").token, "new_password": NEW}
    assert anonymous.put("/password-resets/completion", json=body).status_code == 204


def change(client, **more):
    body = {"current_password": factories.PASSWORD, "new_password": NEW, **more}
    assert client.put("/users/me/password", json=body).status_code == 204


def test_a_reset_revokes_every_api_key_and_the_mail_says_so(anonymous, mailbox, victim):
    second = factories.api_key(victim, "tasks:read")
    assert victim.key.get("/users/me").status_code == 200
    reset(anonymous, mailbox, victim.person)
    for key in (victim.key, second):
        assert refused(key.get("/organizations")) == (401, "unauthenticated")
    letter = mailbox.to(victim.person.email, "password_changed")
    assert "API keys revoked: 2." in letter.text and "API keys revoked: 2." in letter.html
    sql = "select count(*) from security_entries where user_id = %s and kind = 'api_key.revoked'"
    with database.connection_context():
        assert database.rows(sql, (victim.person.id,)) == [(2,)]


def test_a_reset_ends_what_apps_were_given(anonymous, mailbox, victim):
    reset(anonymous, mailbox, victim.person)
    assert victim.app.refresh(victim.tokens["refresh_token"]).status_code == 400


def test_a_reset_unlinks_the_identity_of_who_knew_the_password(anonymous, mailbox, victim, provider):
    thief = Person(sign_ins.address("thief"))
    body = sign_ins.begin(anonymous, provider).body(thief, password=factories.PASSWORD)
    assert victim.post("/identities", body).status_code == 201
    reset(anonymous, mailbox, victim.person)
    again = sign_ins.sign_in(anonymous, provider, thief)
    assert again.json().get("user_id") != victim.person.id
    assert "unlinked: 1" in mailbox.to(victim.person.email, "password_changed").text


def test_a_change_leaves_keys_and_apps_unless_their_end_is_asked_for(anonymous, mailbox, victim):
    change(victim)
    assert victim.key.get("/users/me").status_code == 200
    assert victim.app.refresh(victim.tokens["refresh_token"]).status_code == 200
    assert "API keys revoked: none." in mailbox.to(victim.person.email, "password_changed").text


def test_a_change_revokes_keys_where_that_is_asked_for(anonymous, mailbox, victim):
    change(victim, revoke_api_keys=True)
    assert refused(victim.key.get("/users/me")) == (401, "unauthenticated")
    assert victim.app.refresh(victim.tokens["refresh_token"]).status_code == 200
    assert "API keys revoked: 1." in mailbox.to(victim.person.email, "password_changed").text


def test_a_change_ends_the_refresh_tokens_of_apps_where_that_is_asked_for(victim, mailbox):
    change(victim, revoke_app_access=True)
    assert victim.app.refresh(victim.tokens["refresh_token"]).status_code == 400
    assert victim.key.get("/users/me").status_code == 200
    assert "Access of apps: revoked." in mailbox.to(victim.person.email, "password_changed").text


def test_while_a_second_factor_is_on_a_password_is_changed_with_a_code(secured):
    body = {"current_password": factories.PASSWORD, "new_password": NEW}
    assert refused(secured.put("/users/me/password", json=body)) == (403, "reauthentication_failed")
    right = {**body, "recovery_code": secured.recovery_codes[0]}
    assert secured.put("/users/me/password", json=right).status_code == 204
