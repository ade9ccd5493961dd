"""Tokens: what a session and an API key are shown with.

Access tokens are JSON Web Tokens (RFC 7519, RFC 8725), signed with Ed25519 by a key that they name (``kid``); this is the
only module that reads them.  Refresh tokens, API keys and the tokens of apps are random, and kept as digests.
"""

import base64
import hmac
import secrets
import time
from functools import lru_cache
from typing import NamedTuple

import orjson
from joserfc import jwt
from joserfc.errors import JoseError

from models.base.secret import is_signed, key, sign
from security import signing_keys
from security.signing_keys import ED25519

ACCESS_SECONDS = 900
MAX_TOKEN_CHARACTERS = 1_000  # ours have fewer than 500
# What reading a token of somebody else's making may raise: the library expects headers to be what they should be.
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError)
KEY_PREFIX = "remit_"
APP_TOKEN_PREFIX = "remit_at_"  # noqa: S105
ISSUER = AUDIENCE = "remit"
CLAIMS: dict = {
    "iss": {"essential": True, "value": ISSUER},
    "aud": {"essential": True, "value": AUDIENCE},
    "sub": {"essential": True},
    "sid": {"essential": True},
    "epoch": {"essential": True},
    "exp": {"essential": True},
    "iat": {"essential": True},
}


class UnknownKey(Exception):
    """The token names a key that this process does not know, and that may be one of ours."""


class Credential(NamedTuple):
    """What a request authenticates with: a session in an epoch of its user, the secret of an API key, the access token of
    an app, or (``unverified``) a token whose signing key has to be looked up first."""

    session_id: str | None = None
    secret: str | None = None
    epoch: int | None = None
    token: str | None = None
    unverified: str | None = None


def access_token(user_id, session_id, epoch):
    """A signed token for the session, and the moment when it ends (seconds since 1970)."""
    issued = int(time.time())
    ends = issued + ACCESS_SECONDS
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user_id,
        "sid": session_id,
        "epoch": epoch,
        "iat": issued,
        "exp": ends,
    }
    signer = signing_keys.active(ED25519)
    header = {"alg": ED25519, "typ": "at+jwt", "kid": signer.kid}
    return jwt.encode(header, claims, signer, algorithms=[ED25519]), ends


def credential(token):
    """What ``token`` stands for, or None.  Whether it still holds is asked of the database, with the caller."""
    if token.startswith(APP_TOKEN_PREFIX) and len(token) == len(APP_TOKEN_PREFIX) + 43:
        return Credential(token=token)
    if token.startswith(KEY_PREFIX):
        return Credential(secret=token) if len(token) == len(KEY_PREFIX) + 43 else None
    if len(token) > MAX_TOKEN_CHARACTERS:
        return None
    try:
        session_id, epoch, ends = _verified(token)
    except UnknownKey:
        return Credential(unverified=token)
    except MALFORMED:
        return None
    return Credential(session_id, None, epoch) if ends > time.time() else None


def resolve_key(given):
    """The credential, after looking for the key that its token names, if this process did not know it; or None.

    Asks the database, which :func:`credential` does not: that is called where nobody may wait.
    """
    if given.unverified is None:
        return given
    signing_keys.look_for(_key_id(given.unverified))
    found = credential(given.unverified)
    return found if found and found.unverified is None else None


@lru_cache(maxsize=10_000)
def _verified(token):
    """``(session id, epoch, end)`` of a token with a good signature.  A signature does not change, so a good one is checked
    once; a bad one raises one of ``MALFORMED``, and nothing of it is kept."""
    kid = _key_id(token)
    signer = signing_keys.known(kid, ED25519)
    if signer is None:
        raise UnknownKey if signing_keys.may_be_ours(kid) else ValueError("No key of ours has this id.")
    read = jwt.decode(token, signer, algorithms=[ED25519])
    if read.header.get("typ") != "at+jwt":
        raise ValueError("It is not an access token.")
    jwt.JWTClaimsRegistry(leeway=30, **CLAIMS).validate(read.claims)
    return read.claims["sid"], read.claims["epoch"], read.claims["exp"]


def _key_id(token):
    """The id that a token names, before anything of it is believed."""
    head = token.partition(".")[0]
    return orjson.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]


def api_key_secret():
    return KEY_PREFIX + secrets.token_urlsafe(32)


def app_token(purpose):
    """A new token of an app: to act with (``access``), or to come to new ones with (``refresh``)."""
    prefix = APP_TOKEN_PREFIX if purpose == "access" else f"{KEY_PREFIX}rt_"
    return prefix + secrets.token_urlsafe(32)


def app_token_after(refresh_token):
    """The refresh token of an app that follows another one: always the same, as :func:`successor_of` has it."""
    following = hmac.digest(key("following refresh tokens of apps"), refresh_token.encode(), "sha256")
    return f"{KEY_PREFIX}rt_{base64.urlsafe_b64encode(following).rstrip(b'=').decode()}"


def client_secret():
    """How an app proves to be itself.  It is no token: nothing is done with it but asking for one."""
    return f"{KEY_PREFIX}cs_{secrets.token_urlsafe(32)}"


def refresh_token(session_id):
    """A new refresh token of the session: ``<session>.<random>.<tag>``."""
    body = f"{session_id}.{secrets.token_urlsafe(32)}"
    return f"{body}.{_tag(body)}"


def successor_of(token):
    """The refresh token that follows another one: always the same, so that who asks twice because an answer was lost holds
    the one that is good next, and nobody else can tell it."""
    session_id = token.partition(".")[0]
    following = hmac.digest(key("following refresh tokens"), token.encode(), "sha256")
    body = f"{session_id}.{base64.urlsafe_b64encode(following).rstrip(b'=').decode()}"
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
