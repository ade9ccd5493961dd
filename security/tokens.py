"""Tokens: what a session and an API key are shown with.

Access tokens are JSON Web Tokens (RFC 7519, RFC 8725), signed with Ed25519; this is the only module that reads them.
Refresh tokens and API keys are random, and kept as digests.
"""

import base64
import secrets
import time
from functools import cache, lru_cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from models.base.secret import is_signed, key, sign

ACCESS_SECONDS = 900
LONGEST = 1_000  # characters; ours have fewer than 500
# What reading a token of somebody else's making may raise: the library expects headers to be what they should be.
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError)
KEY_PREFIX = "remit_"
ISSUER = AUDIENCE = "remit"
CLAIMS: dict = {
    "iss": {"essential": True, "value": ISSUER},
    "aud": {"essential": True, "value": AUDIENCE},
    "sub": {"essential": True},
    "sid": {"essential": True},
    "exp": {"essential": True},
    "iat": {"essential": True},
}


class Credential(NamedTuple):
    """What a request was shown with: a session of a user, or the secret of an API key."""

    session_id: str | None
    secret: str | None


@cache
def _signing_key():
    private = Ed25519PrivateKey.from_private_bytes(key("access tokens"))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return OKPKey.import_key(pem, {"use": "sig", "alg": "Ed25519"})


def access_token(user_id, session_id):
    """A signed token for the session, and the moment when it ends (seconds since 1970)."""
    issued = int(time.time())
    ends = issued + ACCESS_SECONDS
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": user_id, "sid": session_id, "iat": issued, "exp": ends}
    return jwt.encode(
        {"alg": "Ed25519", "typ": "at+jwt"}, claims, _signing_key(), algorithms=["Ed25519"]
    ), ends


def credential(token):
    """What ``token`` stands for, or None.  Whether it still holds is asked of the database, with the caller."""
    if token.startswith(KEY_PREFIX):
        return Credential(None, token) if len(token) == len(KEY_PREFIX) + 43 else None
    if len(token) > LONGEST:
        return None
    try:
        session_id, ends = _verified(token)
    except MALFORMED:
        return None
    return Credential(session_id, None) if ends > time.time() else None


@lru_cache(maxsize=10_000)
def _verified(token):
    """``(session id, end)`` of a token with a good signature.  A signature does not change, so a good one is checked once;
    a bad one raises one of ``MALFORMED``, and nothing of it is kept."""
    read = jwt.decode(token, _signing_key(), algorithms=["Ed25519"])
    if read.header.get("typ") != "at+jwt":
        raise ValueError("It is not an access token.")
    jwt.JWTClaimsRegistry(leeway=30, **CLAIMS).validate(read.claims)
    return read.claims["sid"], read.claims["exp"]


def api_key_secret():
    return KEY_PREFIX + secrets.token_urlsafe(32)


def refresh_token(session_id):
    """A new refresh token of the session: ``<session>.<random>.<tag>``."""
    body = f"{session_id}.{secrets.token_urlsafe(32)}"
    return f"{body}.{_tag(body)}"


def session_of(token):
    """The id of the session that a refresh token was made for, or None when it was not made here."""
    body, _, tag = token.rpartition(".")
    try:
        given = base64.urlsafe_b64decode(tag + "==")
    except ValueError:
        return None
    return body.partition(".")[0] if is_signed("refresh tokens", body.encode(), given) else None


def _tag(body):
    return base64.urlsafe_b64encode(sign("refresh tokens", body.encode())).rstrip(b"=").decode()
