"""The keys that tokens are signed with: made, kept encrypted, rotated, and found by the ids in tokens.

Each process keeps the keys of the table in memory.  It reads them again once a minute when it signs or publishes, and
when a token names one that it does not know.
"""

import base64
import logging
import re
import secrets
import threading
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import OKPKey, RSAKey

from models.base.secret import is_signed, key, sign
from models.platform.signing_keys import SigningKey

log = logging.getLogger("remit.signing_keys")
ED25519, RS256 = "Ed25519", "RS256"
PrivateKey = OKPKey | RSAKey
ALGORITHMS: dict[
    str, tuple[type[OKPKey] | type[RSAKey], Any]
] = {  # the class of the keys, and the curve or the size in bits
    ED25519: (OKPKey, "Ed25519"),
    RS256: (RSAKey, 2048),
}
JWKS_CACHE_SECONDS = 60  # the keys in memory are taken for those of the table
KID = re.compile(r"[A-Za-z0-9_-]{32}")
LOOKUP_INTERVAL_SECONDS = 5  # in which a key that was not there is not looked for again


class Ring(NamedTuple):
    """The keys as they were read last: for each algorithm the one that signs, and all by id."""

    read_at: float  # seconds of ``time.monotonic``
    signing: dict[str, PrivateKey]
    by_id: dict[str, PrivateKey]


_ring = Ring(float("-inf"), {}, {})
_missed: dict[str, float] = {}  # when an id was looked for in vain, as ``time.monotonic`` has it
_lock = threading.Lock()


def active(algorithm: str) -> PrivateKey:
    """The private key that signs now, with its ``kid``.  Asks the database once a minute."""
    return _current().signing[algorithm]


def published() -> list[dict[str, Any]]:
    """The public keys (RFC 7517) of all algorithms, those that will sign soon and those that signed lately too."""
    return [key.as_dict(private=False) for key in _current().by_id.values()]


def cached_key(kid: str, algorithm: str) -> PrivateKey | None:
    """The key with this id, if this process has it in memory; else None.  Never asks the database."""
    key = _ring.by_id.get(kid)
    return key if key is not None and key.alg == algorithm else None


def may_be_ours(kid: object) -> bool:
    """Whether a server with our secret made the id (:func:`_new_id`), so that it is worth looking for."""
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        return False
    raw = base64.urlsafe_b64decode(kid)
    return is_signed("ids of signing keys", raw[:8], raw[8:])


def look_for(kid: str) -> None:
    """Read the keys again, because a token names one that is not known here."""
    with _lock:
        moment = time.monotonic()
        if kid not in _ring.by_id and moment - _missed.get(kid, float("-inf")) > LOOKUP_INTERVAL_SECONDS:
            _read()
            if kid not in _ring.by_id:
                _missed[kid] = moment


def read_again() -> None:
    """Read the table into memory now."""
    with _lock:
        _read()


def _current() -> Ring:
    if time.monotonic() - _ring.read_at > JWKS_CACHE_SECONDS:
        with _lock:
            if time.monotonic() - _ring.read_at > JWKS_CACHE_SECONDS:
                _read()
    return _ring


def _read() -> None:
    """Read the table into memory, after making the keys that are due and deleting those that are over."""
    global _ring
    stored = _stored_keys()
    if due := [algorithm for algorithm in ALGORITHMS if _is_due(algorithm, stored)]:
        for algorithm in due:
            _issue(algorithm, stored)
        stored = _stored_keys()
    if over := [row.kid for row in stored if row.is_over]:
        SigningKey.forget(over)
    usable = [(row, row.key) for row in stored if row.key and not row.is_over]
    signing = {row.algorithm: key for row, key in usable if row.signs}
    _ring = Ring(time.monotonic(), signing, {row.kid: key for row, key in usable})


class StoredKey(NamedTuple):
    """A row of the table; ``key`` is None when it was encrypted with another secret."""

    kid: str
    algorithm: str
    number: int
    key: PrivateKey | None
    signs: bool
    is_old: bool
    is_over: bool


def _stored_keys() -> list[StoredKey]:
    return [
        StoredKey(kid, algorithm, number, _decrypted(kid, algorithm, bytes(private_part)), *state)
        for kid, algorithm, number, private_part, *state in SigningKey.in_order()
    ]


def _of(algorithm: str, stored: Iterable[StoredKey]) -> list[StoredKey]:
    return [row for row in stored if row.algorithm == algorithm]


def _signs(own: Iterable[StoredKey]) -> bool:
    return any(row.signs and row.key for row in own)


def _is_due(algorithm: str, stored: Iterable[StoredKey]) -> bool:
    """Whether the next key is to be issued: the newest one is old, or none can sign."""
    own = _of(algorithm, stored)
    return not _signs(own) or own[-1].is_old


def _issue(algorithm: str, stored: Iterable[StoredKey]) -> None:
    """Generate the next key.  It is published at once and signs later; but the first key of all signs at once."""
    own = _of(algorithm, stored)
    number = own[-1].number + 1 if own else 1
    kid, (key_class, size) = _new_id(), ALGORITHMS[algorithm]
    private_key = key_class.generate_key(size, auto_kid=False)
    nonce = secrets.token_bytes(12)
    encrypted = AESGCM(key("signing keys")).encrypt(
        nonce, private_key.as_der(private=True), _context(kid, algorithm)
    )
    SigningKey.issue(kid, algorithm, number, nonce + encrypted, at_once=not _signs(own))
    log.info("A signing key was made: %s %s.", algorithm, kid)


def _decrypted(kid: str, algorithm: str, encrypted: bytes) -> PrivateKey | None:
    if kid in _ring.by_id:
        return _ring.by_id[kid]
    try:
        der = AESGCM(key("signing keys")).decrypt(encrypted[:12], encrypted[12:], _context(kid, algorithm))
    except InvalidTag:
        log.warning("The signing key %s was made with another secret.", kid)
        return None
    return ALGORITHMS[algorithm][0].import_key(der, {"kid": kid, "alg": algorithm, "use": "sig"})


def _context(kid: str, algorithm: str) -> bytes:
    """The associated data of an encrypted key, without which it is not decrypted: in another row it is worth nothing."""
    return f"{kid} {algorithm}".encode()


def _new_id() -> str:
    """An id that only this server can make: tokens with made-up ids cause no queries."""
    raw = secrets.token_bytes(8)
    return base64.urlsafe_b64encode(raw + sign("ids of signing keys", raw)).decode()
