"""API keys: made and widened from a session only with proof of identity, and told to the person."""

import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import refused

BODY = {"name": "Nightly export", "scopes": ["account:read", "tasks:read"]}


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


def test_a_session_makes_a_key_only_with_the_password(person):
    for proof in ({}, {"password": "Wrong-horse-7"}, {"recovery_code": "abcde-fghij"}):
        answer = person.post("/api-keys", {**BODY, **proof}, proves=False)
        assert refused(answer) == (403, "reauthentication_failed")
    assert person.get("/api-keys").json()["items"] == []
    assert person.post("/api-keys", {**BODY, **factories.PROOF}).status_code == 201


def test_while_a_second_factor_is_on_a_key_is_made_with_a_code(secured):
    assert refused(secured.post("/api-keys", {**BODY, **factories.PROOF})) == (403, "reauthentication_failed")
    code = authenticators.code(secured.secret)
    assert secured.post("/api-keys", {**BODY, "one_time_code": code}).status_code == 201


def test_a_new_key_is_told_by_mail_with_what_it_may_do_and_how_to_revoke_it(person, mailbox):
    made = person.post("/api-keys", {**BODY, **factories.PROOF}).json()
    letter = mailbox.to(person.person.email, "api_key_changed")
    for part in (
        "Nightly export",
        "2 scopes",
        "was created",
        made["api_key"]["prefix"],
        made["api_key"]["id"],
        "127.0.0.1",
    ):
        assert part in letter.text and part in letter.html
    assert made["secret"] not in letter.text


def test_a_key_that_a_key_makes_is_told_too(person, mailbox):
    key = factories.api_key(person, "keys:write", "tasks:read")
    before = len(mailbox.all_to(person.person.email, "api_key_changed"))
    assert key.post("/api-keys", {"name": "Child", "scopes": ["tasks:read"]}).status_code == 201
    letters = mailbox.all_to(person.person.email, "api_key_changed")
    assert (len(letters), letters[0].facts["key"]) == (before + 1, "Child")


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": ["account:read", "tasks:read", "tasks:write"]},
        {"scopes": ["account:write"]},
        {"expires_at": None},
        {"expires_at": "2999-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_session_widens_a_key_only_with_the_password(person, mailbox, body):
    key = factories.api_key(person, "account:read", "tasks:read", expires_at="2998-01-01T00:00:00Z").key
    path = f"/api-keys/{key['id']}"
    assert refused(person.patch(path, body, proves=False)) == (403, "reauthentication_failed")
    assert person.get(path).json()["version"] == 1
    assert person.patch(path, {**body, **factories.PROOF}).status_code == 200
    assert (
        "was given more scopes or a later expiration"
        in mailbox.to(person.person.email, "api_key_changed").text
    )


def test_a_key_is_renamed_and_narrowed_without_proof(person):
    path = f"/api-keys/{factories.api_key(person, 'account:read', 'tasks:read').key['id']}"
    for body in ({"name": "Renamed"}, {"scopes": ["tasks:read"]}, {"expires_at": "2999-01-01T00:00:00Z"}):
        assert person.patch(path, body, proves=False).status_code == 200


def test_a_session_gets_a_new_secret_only_with_the_password(person, mailbox):
    path = f"/api-keys/{factories.api_key(person, 'account:read').key['id']}/rotations"
    assert refused(person.post(path, {}, proves=False)) == (403, "reauthentication_failed")
    assert person.post(path, factories.PROOF).status_code == 201
    assert "was given a new secret" in mailbox.to(person.person.email, "api_key_changed").text


def test_guesses_at_the_password_are_counted_wherever_proof_is_asked_for(person, anonymous):
    for _ in range(5):
        wrong = {**BODY, "password": "Wrong-horse-7"}
        assert refused(person.post("/api-keys", wrong)) == (403, "reauthentication_failed")
    assert refused(person.post("/api-keys", {**BODY, **factories.PROOF})) == (403, "reauthentication_failed")
