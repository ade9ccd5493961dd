"""Service tokens that are not as they must be: nobody signs for a program but the program (RFC 8725)."""

import hashlib
import hmac
import time

import pytest

from contract_tests.support.clients import refused
from contract_tests.support.programs import Program, Signer, ask, encoded, service_account
from models.base.ids import new_id
from security import service_tokens

UNAUTHENTICATED = (401, "unauthenticated")


def now(seconds):
    return int(time.time()) + seconds


WRONG_CLAIMS = {
    "no issuer": lambda: {"iss": None},
    "another issuer": lambda: {"iss": new_id()},
    "no subject": lambda: {"sub": None},
    "another subject": lambda: {"sub": new_id()},
    "a subject that is no text": lambda: {"sub": ["a", "b"]},
    "a subject with NUL": lambda: {"sub": "\0"},
    "a subject that is SQL": lambda: {"sub": "' or 1=1 --"},
    "no audience": lambda: {"aud": None},
    "another audience": lambda: {"aud": "https://elsewhere.example"},
    "the audience of sessions": lambda: {"aud": "remit"},
    "several audiences": lambda: {"aud": ["https://elsewhere.example", "http://127.0.0.1"]},
    "no end": lambda: {"exp": None},
    "an end that is past": lambda: {"iat": now(-100), "exp": now(-40)},
    "an end that is no number": lambda: {"exp": "tomorrow"},
    "an end that is a truth": lambda: {"exp": True},
    "an end that is a fraction": lambda: {"exp": time.time() + 60.5},
    "an end beyond all time": lambda: {"exp": 10**30},
    "a life of an hour": lambda: {"exp": now(3600)},
    "a life of five minutes and a second": lambda: {"iat": now(0), "exp": now(301)},
    "an end before its beginning": lambda: {"iat": now(20), "exp": now(10)},
    "no beginning": lambda: {"iat": None},
    "a beginning in the future": lambda: {"iat": now(120), "exp": now(180)},
    "a beginning that is no number": lambda: {"iat": "now"},
    "not before in the future": lambda: {"nbf": now(120)},
    "no id": lambda: {"jti": None},
    "an empty id": lambda: {"jti": ""},
    "an id that is no text": lambda: {"jti": 7},
    "an id that is too long": lambda: {"jti": "a" * 201},
}


@pytest.mark.parametrize("kind", WRONG_CLAIMS)
def test_a_token_with_a_wrong_claim_is_refused(kind, program):
    assert refused(ask(program, program.token(claims=WRONG_CLAIMS[kind]()))) == UNAUTHENTICATED


WRONG_HEADERS = {
    "no kind": {"typ": None},
    "another kind": {"typ": "JWT"},
    "the kind of sessions": {"typ": "at+jwt"},
    "no key": {"kid": None},
    "an unknown key": {"kid": "A" * 43},
    "a key that is a path": {"kid": "../../etc/passwd"},
    "a key that is SQL": {"kid": "' or 1=1 --"},
    "a key that is no text": {"kid": 7},
    "a key of its own": {"jwk": Signer().jwk},
    "a key from elsewhere": {"jku": "http://127.0.0.1/keys"},
    "a certificate of its own": {"x5c": ["AAAA"]},
    "what must be understood": {"crit": ["exp"], "exp": 1},
    "a body that is not encoded": {"b64": False, "crit": ["b64"]},
    "the algorithm of another key": {"alg": "ES256"},
    "an algorithm of secrets": {"alg": "HS256"},
    "no algorithm": {"alg": None},
    "an algorithm that is no text": {"alg": ["Ed25519"]},
}


@pytest.mark.parametrize("kind", WRONG_HEADERS)
def test_a_token_with_a_wrong_header_is_refused(kind, program):
    assert refused(ask(program, program.token(WRONG_HEADERS[kind]))) == UNAUTHENTICATED


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_that_nobody_signed_is_refused(alg, program):
    assert refused(ask(program, program.token({"alg": alg}, sign=lambda _: b""))) == UNAUTHENTICATED
    assert refused(ask(program, program.token({"alg": alg}))) == UNAUTHENTICATED


def test_the_public_key_is_no_secret_for_hmac(program):
    raw = program.signer.private.public_key().public_bytes_raw()
    for secret in (raw, encoded(raw).encode(), program.key["kid"].encode()):
        token = program.token(
            {"alg": "HS256"}, sign=lambda data, s=secret: hmac.digest(s, data, hashlib.sha256)
        )
        assert refused(ask(program, token)) == UNAUTHENTICATED


def test_nobody_signs_for_another_program(program, founded):
    """Neither with a key of the same organization, nor under its name."""
    other = Program(founded, service_account(founded, founded.organization_id))
    theirs = {"iss": program.account["id"], "sub": program.account["id"]}
    for header in ({}, {"kid": program.key["kid"]}):
        assert refused(ask(other, other.token(header, theirs))) == UNAUTHENTICATED
    half = {"sub": program.account["id"]}
    assert refused(ask(other, other.token(claims=half))) == UNAUTHENTICATED


def test_a_token_that_was_tampered_with_is_refused(program):
    head, body, signature = program.token().split(".")
    other = encoded(program.claims(jti="another"))
    for changed in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}..{signature}",
        f"{head}.{body}.{signature}.{signature}",
    ):
        assert refused(ask(program, changed)) == UNAUTHENTICATED
    assert ask(program, f"{head}.{body}.{signature}").status_code == 200


def test_the_token_of_a_session_is_none_of_a_program(program, founded):
    _, body, signature = founded.token.split(".")
    renamed = encoded({"alg": "Ed25519", "typ": "remit-service+jwt", "kid": program.key["kid"]})
    assert refused(ask(program, f"{renamed}.{body}.{signature}")) == UNAUTHENTICATED


@pytest.mark.parametrize(
    "header", ["[]", "null", '"typ"', "7", '{"typ": null}', '{"typ": ["remit-service+jwt"]}']
)
def test_a_header_that_is_not_what_it_should_be_is_no_token(header):
    assert service_tokens.parse(f"{encoded(header.encode())}.e30.c2ln") is None


def test_what_is_longer_than_any_token_is_not_read(program):
    assert service_tokens.parse(program.token(claims={"more": "a" * 3000})) is None
