"""Access tokens that somebody else made, or made of ours: none of the ways that are known lets anybody in (RFC 8725)."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jwt
from joserfc.jwk import OctKey, OKPKey

from contract_tests.support.forged_tokens import SESSION, USER, claims, encoded, header, holds, ours, token
from security import signing_keys, tokens
from security.signing_keys import ED25519, RS256

pytestmark = pytest.mark.usefixtures("database_url")  # where the keys are


def test_a_token_without_a_signature_is_refused():
    for alg in ("none", "None", "NONE", ""):
        assert not holds(token(header(alg=alg), sign=lambda _: b""))
        assert not holds(token(header(alg=alg)))


@pytest.mark.parametrize("algorithm", [ED25519, RS256])
@pytest.mark.parametrize("encoding", ["raw", "pem", "pem without its last line break", "der"])
def test_a_public_key_is_no_secret_for_hmac(algorithm, encoding):
    signer = signing_keys.active(algorithm)
    pem = signer.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secret = {
        "raw": base64.urlsafe_b64decode(signer.dict_value["x" if algorithm == ED25519 else "n"] + "=="),
        "pem": pem,
        "pem without its last line break": pem.strip(),
        "der": signer.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    }[encoding]
    token_header = header(alg="HS256", kid=signer.kid)
    assert not holds(token(token_header, sign=lambda text: hmac.digest(secret, text, hashlib.sha256)))


def test_the_key_of_somebody_else_is_refused():
    other = Ed25519PrivateKey.generate()
    assert not holds(token(sign=other.sign))
    raw = other.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoded(raw)}
    for kid in (ours().kid, "theirs", None):
        assert not holds(token(header(kid=kid, jwk=jwk), sign=other.sign))
        assert not holds(token(header(kid=kid, jku="http://127.0.0.1/keys"), sign=other.sign))
        assert not holds(token(header(kid=kid, x5u="http://127.0.0.1/chain"), sign=other.sign))


@pytest.mark.parametrize(
    "kid",
    [
        None, "", 0, [], {}, ["x"], True, "x" * 32, "../../../../dev/null", "/proc/self/environ", "file:///dev/null",
        "' or 1=1 --", "x' union select private_part from signing_keys --", "http://127.0.0.1/keys", "\0", "é" * 32,
    ],
    ids=str,
)  # fmt: skip
def test_a_key_that_cannot_be_ours_is_not_even_looked_for(kid):
    """Neither with a signature of nobody, nor of ours, nor with one by an empty key."""
    for sign in (lambda _: b"", None, lambda text: hmac.digest(b"", text, hashlib.sha256)):
        for alg in ("Ed25519", "HS256"):
            assert tokens.credential(token(header(kid=kid, alg=alg), sign=sign)) is None


def test_a_key_that_may_be_ours_is_looked_for_where_one_may_wait():
    forged = token(header(kid=signing_keys._new_id()))
    assert tokens.credential(forged) == tokens.Credential(unverified=forged)
    assert tokens.resolve_key(tokens.credential(forged)) is None


def test_an_id_token_is_no_access_token():
    signer = signing_keys.active(RS256)
    for typ in ("JWT", "at+jwt"):
        token_header = {"alg": RS256, "typ": typ, "kid": signer.kid}
        assert not holds(jwt.encode(token_header, claims(), signer, algorithms=[RS256]))
    assert not holds(token(header(kid=signer.kid)))  # by the right key, under the id of the other


@pytest.mark.parametrize("crit", [["exp"], ["unheard-of"], ["b64"], [], "typ", 1, None])
def test_a_header_that_must_be_understood_and_is_not_is_refused(crit):
    critical_header = {**header(), "crit": crit, "unheard-of": True, "b64": False}
    assert not holds(token(critical_header))


def test_an_encrypted_token_does_not_cost_what_it_asks_for():
    """``p2c`` is how often the password is hashed: a thousand million times would take minutes."""
    head = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "c2FsdHNhbHQ", "p2c": 10**9}
    made = ".".join([encoded({**head, "kid": ours().kid}), *["c2lnbmF0dXJl"] * 4])
    small = jwe.encrypt_compact({**head, "p2c": 1000}, json.dumps(claims()), OctKey.import_key(b"a password of sixteen"),
                                algorithms=["PBES2-HS256+A128KW", "A128GCM"])  # fmt: skip
    started = time.monotonic()
    assert not holds(made)
    assert not holds(small)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256", "PS256", "EdDSA ", "ed25519"])
def test_another_algorithm_is_refused(alg):
    assert not holds(token(header(alg=alg)))


def test_a_token_that_was_tampered_with_is_refused():
    issued, _ = tokens.access_token(USER, SESSION, 3)
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


def test_an_encrypted_token_is_refused():
    public, body = OKPKey.generate_key("X25519"), json.dumps(claims())
    token_header = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": "at+jwt", "kid": ours().kid}
    assert not holds(jwe.encrypt_compact(token_header, body, public, algorithms=["ECDH-ES", "A256GCM"]))


@pytest.mark.parametrize("head", ['"alg"', '{"alg":"Ed25519","crit":1}', "[]", "null", '{"alg":null}'])
def test_a_header_that_is_not_what_it_should_be_is_no_token(head):
    assert tokens.credential(f"{encoded(head.encode())}.e30.c2lnbmF0dXJl") is None
