"""Tokens: what requests and apps authenticate with: of sessions, API keys, and apps.

Access tokens are JSON Web Tokens (RFC 7519, RFC 8725), signed with Ed25519 by a key that they name (``kid``); this is the
only module that reads them.  Refresh tokens, API keys and the tokens of apps are random, and kept as digests.
"""

import base64
import hmac
import secrets
import time
from functools import lru_cache
from typing import Any, NamedTuple

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
CLAIMS: dict[str, Any] = {
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


def access_token(user_id: str, session_id: str, epoch: int) -> tuple[str, int]:
    """A signed token for the session, and when it expires, in seconds since 1970."""
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


def credential(token: str) -> Credential | None:
    """The credential of a token, by its form and signature, or None.  Whether it still holds, the database decides later."""
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


def resolve_key(presented: Credential) -> Credential | None:
    """The credential, verified with the key that its token names, which may be read from the database first; or None.

    :func:`credential` asks no database: it is called on the event loop.
    """
    if presented.unverified is None:
        return presented
    signing_keys.look_for(_key_id(presented.unverified))
    resolved = credential(presented.unverified)
    return resolved if resolved and resolved.unverified is None else None


@lru_cache(maxsize=10_000)
def _verified(token: str) -> tuple[str, int, int]:
    """``(session id, epoch, expiry in seconds since 1970)`` of a token with a good signature, else one of ``MALFORMED``.

    A good signature stays good, so that the result is cached; errors are not.
    """
    kid = _key_id(token)
    signer = signing_keys.cached_key(kid, ED25519)
    if signer is None:
        raise UnknownKey if signing_keys.may_be_ours(kid) else ValueError("No key of ours has this id.")
    decoded = jwt.decode(token, signer, algorithms=[ED25519])
    if decoded.header.get("typ") != "at+jwt":
        raise ValueError("It is not an access token.")
    jwt.JWTClaimsRegistry(leeway=30, **CLAIMS).validate(decoded.claims)
    return decoded.claims["sid"], decoded.claims["epoch"], decoded.claims["exp"]


def _key_id(token: str) -> Any:
    """The ``kid`` of a token's header, of any type of JSON: nothing of it is verified yet."""
    header = token.partition(".")[0]
    return orjson.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


def api_key_secret() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def app_token(purpose: str) -> str:
    """A new token of an app; ``purpose`` is ``access`` or ``refresh``."""
    prefix = APP_TOKEN_PREFIX if purpose == "access" else f"{KEY_PREFIX}rt_"
    return prefix + secrets.token_urlsafe(32)


def app_token_after(refresh_token: str) -> str:
    """The refresh token of an app that follows another one: always the same, for the reason of :func:`successor_of`."""
    following = hmac.digest(key("following refresh tokens of apps"), refresh_token.encode(), "sha256")
    return f"{KEY_PREFIX}rt_{base64.urlsafe_b64encode(following).rstrip(b'=').decode()}"


def client_secret() -> str:
    """A new secret by which an app authenticates where tokens are issued."""
    return f"{KEY_PREFIX}cs_{secrets.token_urlsafe(32)}"


def refresh_token(session_id: str) -> str:
    """A new refresh token of the session: ``<session>.<random>.<tag>``."""
    body = f"{session_id}.{secrets.token_urlsafe(32)}"
    return f"{body}.{_tag(body)}"


def successor_of(token: str) -> str:
    """The refresh token that follows another one: always the same, so that a client whose answer was lost asks again and
    holds the valid one.  Only this server can compute it."""
    session_id = token.partition(".")[0]
    following = hmac.digest(key("following refresh tokens"), token.encode(), "sha256")
    body = f"{session_id}.{base64.urlsafe_b64encode(following).rstrip(b'=').decode()}"
    return f"{body}.{_tag(body)}"


def session_of(token: str) -> str | None:
    """The id of the session of a refresh token, or None when this server has not made it."""
    body, _, tag = token.rpartition(".")
    try:
        tag_bytes = base64.urlsafe_b64decode(tag + "==")
    except ValueError:
        return None
    return body.partition(".")[0] if is_signed("refresh tokens", body.encode(), tag_bytes) else None


def _tag(body: str) -> str:
    return base64.urlsafe_b64encode(sign("refresh tokens", body.encode())).rstrip(b"=").decode()
