"""Signing keys: published before they sign and until the last token has ended, and made anew by themselves."""

import base64
import json

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from contract_tests.support import factories
from contract_tests.support.clients import at_once
from contract_tests.support.forged_tokens import encoded
from models.base import secret
from models.base.database import database
from models.platform.signing_keys import SigningKey
from security import signing_keys, tokens
from security.signing_keys import ED25519, RS256

ROTATED = "select kid from signing_keys where algorithm = %s order by number"


def by_sql(sql, *parameters):
    with database.connection_context():
        cursor = database.execute_sql(sql, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def read_again():
    with database.connection_context():
        signing_keys.read_again()


def published(anonymous):
    return {key["kid"]: key for key in anonymous.get("/.well-known/jwks.json").json()["keys"]}


def kids(algorithm):
    """The ids of the keys that are stored, the first first."""
    return [kid for (kid,) in by_sql(ROTATED, algorithm)]


def head_of(token):
    part = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def age(algorithm, days):
    """Let the newest key of an algorithm become older."""
    sql = "update signing_keys set signs_at = signs_at - %s * interval '1 day' where kid = %s"
    assert by_sql(sql, days, kids(algorithm)[-1]) == 1
    read_again()


@pytest.fixture
def new_key(database_url):
    """The id of the only key of ID tokens, just made."""
    by_sql("delete from signing_keys where algorithm = %s", RS256)
    read_again()
    (kid,) = kids(RS256)
    return kid


def test_the_keys_are_public(anonymous, live):
    answer = anonymous.get("/.well-known/jwks.json")
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    plain = anonymous.get("/.well-known/jwks.json", headers={"Accept": "application/json"})
    assert (plain.headers["Content-Type"], plain.content) == ("application/json", answer.content)
    beside = httpx.get(f"{live.host_url}/.well-known/jwks.json")
    assert beside.content == answer.content
    again = anonymous.get("/.well-known/jwks.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_nothing_private_is_published(anonymous):
    for key in published(anonymous).values():
        assert key["use"] == "sig"
        members = {"OKP": {"crv", "x"}, "RSA": {"n", "e"}}[key["kty"]]
        assert key.keys() == {"kty", "use", "alg", "kid", *members}
    assert {key["alg"] for key in published(anonymous).values()} == {ED25519, RS256}


def test_anybody_can_verify_an_access_token_by_what_is_published(anonymous, owner):
    keys = KeySet.import_key_set(anonymous.get("/.well-known/jwks.json").json())
    assert jwt.decode(owner.token, keys, algorithms=[ED25519]).claims["sub"] == owner.person.id
    assert head_of(owner.token)["kid"] in published(anonymous)


def test_private_parts_are_stored_encrypted():
    for algorithm in (ED25519, RS256):
        signer = signing_keys.active(algorithm)
        ((stored,),) = by_sql("select private_part from signing_keys where kid = %s", signer.kid)
        der = signer.as_der(private=True)
        assert der not in bytes(stored) and der[-32:] not in bytes(stored)
        assert signing_keys._decrypted(signer.kid + "x", algorithm, bytes(stored)) is None  # of another row


def test_a_new_key_is_published_before_it_signs_and_the_old_one_afterwards(anonymous, owner):
    old = kids(ED25519)[-1]
    age(ED25519, 31)
    assert kids(ED25519)[-2] == old
    new = kids(ED25519)[-1]
    person = factories.register(anonymous)
    assert head_of(person.token)["kid"] == old
    assert {old, new} <= published(anonymous).keys()
    by_sql("update signing_keys set signs_at = now() where kid = %s", new)
    read_again()
    assert head_of(factories.log_in(anonymous, person)["access_token"])["kid"] == new
    assert {old, new} <= published(anonymous).keys()
    tokens._verified.cache_clear()
    assert owner.get("/users/me").status_code == 200  # with a token by the old key, or one before it


def test_a_key_of_which_no_token_is_left_is_deleted(anonymous, new_key):
    age(RS256, 31)
    by_sql("update signing_keys set signs_at = now() - interval '23 hours' where kid = %s", kids(RS256)[-1])
    read_again()
    assert new_key in published(anonymous)
    by_sql("update signing_keys set signs_at = now() - interval '25 hours' where kid = %s", kids(RS256)[-1])
    read_again()
    assert new_key not in published(anonymous)
    assert kids(RS256) == [signing_keys.active(RS256).kid]


def test_a_key_is_not_older_than_it_may_be(new_key):
    age(RS256, 29)
    assert kids(RS256) == [new_key]
    age(RS256, 2)
    assert kids(RS256)[:-1] == [new_key]


def test_of_several_processes_that_make_the_next_key_one_does(new_key):
    """Each believes that the newest key is the one that it has read."""
    with database.connection_context():
        seen = signing_keys._stored_keys()

    def issue():
        with database.connection_context():
            signing_keys._issue(RS256, seen)

    at_once(*[issue] * 8)
    assert len(kids(RS256)) == 2


def test_a_token_by_a_key_that_another_process_made_is_accepted(owner, monkeypatch):
    """This process knows no key, as one that has just started; the event loop asks nobody."""
    monkeypatch.setattr(signing_keys, "_ring", signing_keys.Ring(float("-inf"), {}, {}))
    tokens._verified.cache_clear()
    assert tokens.credential(owner.token).unverified == owner.token
    assert owner.get("/users/me").status_code == 200
    assert tokens.credential(owner.token).session_id


def test_a_key_that_is_not_there_is_looked_for_once_in_a_few_seconds(anonymous, monkeypatch):
    asked, in_order = [], SigningKey.in_order
    monkeypatch.setattr(SigningKey, "in_order", lambda: asked.append(1) or in_order())
    head = {"alg": ED25519, "typ": "at+jwt", "kid": signing_keys._new_id()}
    for kid, times in ((head["kid"], 1), ("made up", 0)):
        asked.clear()
        forged = ".".join(encoded(part) for part in (head | {"kid": kid}, {}, {}))
        for _ in range(20):
            answer = anonymous.get("/users/me", headers={"Authorization": f"Bearer {forged}"})
            assert answer.status_code == 401
        assert len(asked) == times


def test_a_key_stays_whatever_becomes_of_the_request_that_needed_it(new_key):
    by_sql("delete from signing_keys where algorithm = %s", RS256)
    with database.connection_context(), database.atomic() as transaction:
        signing_keys.read_again()
        transaction.rollback()
    assert kids(RS256) == [signing_keys.active(RS256).kid]


@pytest.fixture
def another_secret(monkeypatch):
    """The process is given another secret, and has read nothing yet."""
    secret.secret(), secret.key.cache_clear()
    monkeypatch.setattr(secret, "secret", lambda: b"another secret of the server, long enough")
    monkeypatch.setattr(signing_keys, "_ring", signing_keys.Ring(float("-inf"), {}, {}))
    yield
    monkeypatch.undo()
    secret.key.cache_clear()


def test_keys_of_an_earlier_secret_are_passed_over(another_secret):
    """A server whose secret was changed signs with new keys at once."""
    with database.connection_context(), database.atomic() as transaction:
        by_id = {kid for kid, *_ in SigningKey.in_order()}
        assert signing_keys.active(RS256).kid not in by_id
        transaction.rollback()
    by_sql("delete from signing_keys where not kid = any(%s)", list(by_id))
