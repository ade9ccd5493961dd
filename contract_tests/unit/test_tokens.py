"""Access tokens: only what this server signed, for this service, as an access token, and only until it ends (RFC 8725)."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe
from joserfc.jwk import OKPKey

from models.base.secret import key
from security import tokens

USER, SESSION = "0198c0de-7c7e-7f00-8000-000000000001", "0198c0de-7c7e-7f00-8000-000000000002"
HEADER = {"alg": "Ed25519", "typ": "at+jwt"}
OURS = Ed25519PrivateKey.from_private_bytes(key("access tokens"))


def claims(**changes):
    """The claims of a good token, changed; None leaves one out."""
    now = int(time.time())
    found = {
        "iss": "remit",
        "aud": "remit",
        "sub": USER,
        "sid": SESSION,
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def encoded(part):
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(header=HEADER, body=None, sign=OURS.sign):
    """A token made by hand."""
    signed = f"{encoded(header)}.{encoded(claims() if body is None else body)}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def holds(text):
    return tokens.credential(text) is not None


def test_what_is_issued_is_accepted():
    issued, ends = tokens.access_token(USER, SESSION)
    assert tokens.credential(issued) == tokens.Credential(SESSION, None)
    assert 0 < ends - time.time() <= tokens.ACCESS_SECONDS


def test_a_token_made_by_hand_with_our_key_is_accepted():
    """So that the refusals below are for what each of them changes."""
    assert holds(token())


def test_a_token_without_a_signature_is_refused():
    for alg in ("none", "None", "NONE", ""):
        header = {"alg": alg, "typ": "at+jwt"}
        assert not holds(token(header, sign=lambda _: b""))
        assert not holds(token(header))


@pytest.mark.parametrize("encoding", ["raw", "pem", "der", "seed"])
def test_the_public_key_is_no_secret_for_hmac(encoding):
    public = OURS.public_key()
    secret = {
        "raw": public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "der": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "seed": key("access tokens"),
    }[encoding]
    header = {"alg": "HS256", "typ": "at+jwt"}
    assert not holds(token(header, sign=lambda text: hmac.digest(secret, text, hashlib.sha256)))


def test_the_key_of_somebody_else_is_refused():
    other = Ed25519PrivateKey.generate()
    assert not holds(token(sign=other.sign))
    raw = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    told = {"kty": "OKP", "crv": "Ed25519", "x": encoded(raw)}
    assert not holds(token({**HEADER, "jwk": told}, sign=other.sign))
    assert not holds(token({**HEADER, "jku": "http://127.0.0.1/keys"}, sign=other.sign))


@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "PS256", "EdDSA ", "ed25519"])
def test_another_algorithm_is_refused(alg):
    assert not holds(token({"alg": alg, "typ": "at+jwt"}))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "refresh", "id+jwt", "AT+JWT2", ["at+jwt"]])
def test_a_token_that_is_not_an_access_token_is_refused(typ):
    header = {"alg": "Ed25519"} if typ is None else {"alg": "Ed25519", "typ": typ}
    assert not holds(token(header))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other"]},
        {"sub": None},
        {"sid": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 0},
        {"exp": int(time.time()) - 1},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(change):
    assert not holds(token(body=claims(**change)))


def test_a_token_ends_although_it_was_accepted_before():
    end = int(time.time()) + 2
    ending = token(body=claims(exp=end))
    assert holds(ending)
    while time.time() <= end:
        time.sleep(0.05)
    assert not holds(ending)


def test_a_token_that_was_tampered_with_is_refused():
    issued, _ = tokens.access_token(USER, SESSION)
    head, body, signature = issued.split(".")
    other = encoded({**json.loads(base64.urlsafe_b64decode(body + "==")), "sid": USER})
    raw = base64.urlsafe_b64decode(signature + "==")
    for changed in (
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{encoded(raw[:-1] + bytes([raw[-1] ^ 1]))}",
        f"{head}.{body}.{encoded(raw[:-1])}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}..{signature}",
        f"{head}.{body}.{signature}.{signature}",
        f" {issued}x",
    ):
        assert not holds(changed)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "remit_", "remit_short", "remit_" + "a" * 44, "é.é.é", "\0"]
)
def test_what_is_no_token_is_refused(text):
    assert not holds(text)


def test_an_encrypted_token_is_refused():
    public, body = OKPKey.generate_key("X25519"), json.dumps(claims())
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": "at+jwt"}
    assert not holds(jwe.encrypt_compact(header, body, public, algorithms=["ECDH-ES", "A256GCM"]))


def test_a_refresh_token_tells_its_session_and_nobody_can_make_one():
    made = tokens.refresh_token(SESSION)
    assert tokens.session_of(made) == SESSION
    assert tokens.refresh_token(SESSION) != made
    session, rest = made.split(".", 1)
    for changed in (
        f"{USER}.{rest}",
        f"{made}A",
        made[:-4] + "AAAA",
        session,
        "",
        ".",
        "..",
        f"{session}.",
        "é",
    ):
        assert tokens.session_of(changed) is None


def test_an_api_key_has_enough_entropy_and_a_form_of_its_own():
    secrets = {tokens.api_key_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert tokens.credential(secret) == tokens.Credential(None, secret)


@pytest.mark.parametrize("header", ['"alg"', '{"alg":"Ed25519","crit":1}', "[]", "null", '{"alg":null}'])
def test_a_header_that_is_not_what_it_should_be_is_no_token(header):
    encoded = base64.urlsafe_b64encode(header.encode()).rstrip(b"=").decode()
    assert tokens.credential(f"{encoded}.e30.c2lnbmF0dXJl") is None


def test_what_is_longer_than_any_token_of_ours_is_not_read():
    tokens._verified.cache_clear()
    assert tokens.credential("x" * 30_000) is None
    assert tokens._verified.cache_info().misses == 0


def test_nothing_is_kept_of_bad_tokens():
    tokens._verified.cache_clear()
    assert [tokens.credential(f"a.b.{number}") for number in range(50)] == [None] * 50
    assert tokens._verified.cache_info().currsize == 0
