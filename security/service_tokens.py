"""Service tokens: what service accounts sign for themselves, and the certificates that they show (RFC 7523, RFC 8705).

A service token is a JSON Web Token for one request, signed with a registered key.  This is the only module that reads them.
"""

import base64
import re
import secrets
import time
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import Key, import_key

from models.access.service_tokens import ServiceTokenUse
from models.base.database import database
from models.base.errors import InvalidValue, Unauthenticated
from models.base.secret import digest
from models.base.settings import settings
from models.base.statements import rows
from models.base.unit_of_work import UnitOfWork
from models.platform.security_log import SecurityEntry

TYPE = "remit-service+jwt"
MAX_TOKEN_CHARACTERS = 3_000  # of a signature of RSA with 4,096 bits, 683
MAX_LIFETIME_SECONDS, LEEWAY_SECONDS = 300, 30
RSA_BITS = range(2048, 4097)
# By the algorithm of a key: the names that tokens may give it.
NAMES = {"Ed25519": ["Ed25519", "EdDSA"], "ES256": ["ES256"], "RS256": ["RS256"]}
# The heights of the points of Ed25519 of small order: under such a "key" anybody can sign.
FIELD = 2**255 - 19
EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = {0, 1, FIELD - 1, EIGHTH, FIELD - EIGHTH}
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError)
# The older name of Ed25519 is what most programs know; the library says so each time.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
KEY = """
select id::text, organization_id::text, algorithm, jwk from remit_service_key(%s, %s)
"""


class KeyNotUsable(InvalidValue):
    """The public key is invalid.

    Cause: The value is not a public key for Ed25519, ES256 (P-256), or RS256 (2048 to 4096 bits, exponent 65537).
    Fix: Send the public half of such a key as a JSON Web Key (RFC 7517).
    Try: curl --json '{"name": "Broken", "jwk": {"kty": "OKP", "crv": "Ed25519", "x":
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/service-accounts/$SERVICE_ACCOUNT/keys
    """


class ServiceToken(NamedTuple):
    """A token as it was sent, not verified yet; ``nonce`` is drawn for each request that brings it."""

    token: str
    nonce: str


def parse(token: str) -> ServiceToken | None:
    """A token whose header says that it is a service token, else None.  Nothing of it is verified yet."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        return None
    try:
        header = _part(token, 0)
        return ServiceToken(token, secrets.token_hex(8)) if header["typ"] == TYPE else None
    except MALFORMED:
        return None


def public_key(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """``{"jwk", "kid", "algorithm"}`` of a public key as somebody sent it (RFC 7517).  Refused when it cannot be used."""
    members = {name: value for name, value in jwk.items() if name in ("kty", "crv", "x", "y", "n", "e")}
    try:
        key = import_key(members)
        algorithm = _algorithm(key)
        return {"jwk": key.as_dict(private=False), "kid": key.thumbprint(), "algorithm": algorithm}
    except MALFORMED:
        raise KeyNotUsable(fields=["jwk"]) from None


def _algorithm(key: Key) -> str:
    """The algorithm that a key is for: ``Ed25519``, ``ES256`` or ``RS256``; ValueError for a key of another kind or too weak."""
    match public_part := key.public_key:
        case Ed25519PublicKey():
            height = int.from_bytes(public_part.public_bytes_raw(), "little") % 2**255 % FIELD
            if height not in SMALL_ORDER:
                return "Ed25519"
        case EllipticCurvePublicKey() if public_part.curve.name == "secp256r1":
            return "ES256"
        case RSAPublicKey() if public_part.key_size in RSA_BITS and public_part.public_numbers().e == 65_537:
            return "RS256"
    raise ValueError("The key type is not supported, or the key is too weak.")


def verified(service_token: ServiceToken) -> tuple[str, str]:
    """``(service account ID, kid)`` of a token that is valid for this one request; else :class:`Unauthenticated`."""
    try:
        sub, kid = _part(service_token.token, 1)["sub"], _part(service_token.token, 0)["kid"]
        keys = rows(KEY, (sub, kid)) if UUID.fullmatch(sub) and THUMBPRINT.fullmatch(kid) else []
        ((key_id, organization_id, algorithm, jwk),) = keys
        claims = _claims(service_token.token, _key(orjson.dumps(jwk)), algorithm, sub)
        jti, ends = digest(claims["jti"]), datetime.fromtimestamp(claims["exp"] + LEEWAY_SECONDS, UTC)
    except MALFORMED:
        raise Unauthenticated("The service token is invalid or has expired.") from None
    database.allow_account(sub)
    if not ServiceTokenUse.is_first(sub, jti, service_token.nonce, ends):
        _log_replay(sub, organization_id, key_id)
        raise Unauthenticated("The service token was already used. Sign a new one for each request.")
    return sub, kid


def _claims(token: str, key: Key, algorithm: str, sub: str) -> dict[str, Any]:
    """The claims of a token, every one of them checked; one of ``MALFORMED`` when one is not as it must be."""
    decoded = jwt.decode(token, key, algorithms=NAMES[algorithm])
    claims = decoded.claims
    if decoded.header.get("typ") != TYPE or decoded.header.keys() - {"alg", "typ", "kid"}:
        raise ValueError("It is not a service token, or its header has unknown parameters.")
    audience = settings().public_url.rstrip("/")
    wanted: dict[str, Any] = {
        name: {"essential": True} for name in ("iss", "sub", "aud", "exp", "iat", "jti")
    }
    for name, value in (("iss", sub), ("sub", sub), ("aud", audience)):
        wanted[name]["value"] = value
    jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **wanted).validate(claims)
    issued, ends = claims["iat"], claims["exp"]
    if not (type(issued) is type(ends) is int and type(claims["aud"]) is type(claims["jti"]) is str):
        raise ValueError("Times must be whole seconds, with one audience and one ID.")
    if not (
        issued < ends <= issued + MAX_LIFETIME_SECONDS
        and ends <= time.time() + MAX_LIFETIME_SECONDS + LEEWAY_SECONDS
    ):
        raise ValueError("The lifetime is too long.")
    if len(claims["jti"]) not in range(1, 201):
        raise ValueError("The ID is too long.")
    return claims


@lru_cache(maxsize=1_000)
def _key(jwk: bytes) -> Key:
    return import_key(orjson.loads(jwk))


def _part(token: str, index: int) -> dict[str, Any]:
    part = token.split(".")[index]
    return orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _log_replay(service_account_id: str, organization_id: str, key_id: str) -> None:
    """Log that a used token was sent again, in a transaction of its own: whoever sent it may have intercepted it."""
    with UnitOfWork() as work, database.transaction():
        SecurityEntry.note(
            "service_token.replayed",
            user_id=service_account_id,
            organization_id=organization_id,
            outcome="failure",
            key_id=key_id,
        )
        work.store_events()
