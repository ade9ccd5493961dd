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
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import OKPKey, RSAKey

from models.base.secret import is_signed, key, sign
from models.platform.signing_keys import SigningKey

log = logging.getLogger("remit.signing_keys")
ED25519, RS256 = "Ed25519", "RS256"
ALGORITHMS: dict = {
    ED25519: (OKPKey, "Ed25519"),
    RS256: (RSAKey, 2048),
}
JWKS_CACHE_SECONDS = 60  # the keys in memory are taken for those of the table
KID = re.compile(r"[A-Za-z0-9_-]{32}")
PAUSE = 5  # seconds in which a key that was not there is not looked for again


class Ring(NamedTuple):
    """The keys as they were read last: for each algorithm the one that signs, and all by id."""

    read_at: float
    signing: dict
    by_id: dict


_ring = Ring(float("-inf"), {}, {})
_missed: dict = {}  # when an id was looked for in vain
_lock = threading.Lock()


def active(algorithm):
    """The private key that signs now, with its ``kid``.  Asks the database once a minute."""
    return _current().signing[algorithm]


def published():
    """The public keys (RFC 7517) of all algorithms, those that will sign soon and those that signed lately too."""
    return [one.as_dict(private=False) for one in _current().by_id.values()]


def known(kid, algorithm):
    """The key that has the id, as far as this process knows; None when it does not.  Never asks the database."""
    found = _ring.by_id.get(kid)
    return found if found is not None and found.alg == algorithm else None


def may_be_ours(kid):
    """Whether the id was made by a server with our secret, so that it is worth looking for."""
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        return False
    raw = base64.urlsafe_b64decode(kid)
    return is_signed("ids of signing keys", raw[:8], raw[8:])


def look_for(kid):
    """Read the keys again, because a token names one that is not known here."""
    with _lock:
        moment = time.monotonic()
        if kid not in _ring.by_id and moment - _missed.get(kid, float("-inf")) > PAUSE:
            _read()
            if kid not in _ring.by_id:
                _missed[kid] = moment


def read_again():
    """Forget what is in memory."""
    with _lock:
        _read()


def _current():
    if time.monotonic() - _ring.read_at > JWKS_CACHE_SECONDS:
        with _lock:
            if time.monotonic() - _ring.read_at > JWKS_CACHE_SECONDS:
                _read()
    return _ring


def _read():
    """Read the table into memory, after making the keys that are due and deleting those that are over."""
    global _ring
    found = _opened()
    if due := [algorithm for algorithm in ALGORITHMS if _is_due(algorithm, found)]:
        for algorithm in due:
            _issue(algorithm, found)
        found = _opened()
    if over := [one.kid for one in found if one.is_over]:
        SigningKey.forget(over)
    usable = [one for one in found if one.key and not one.is_over]
    signing = {one.algorithm: one.key for one in usable if one.signs}
    _ring = Ring(time.monotonic(), signing, {one.kid: one.key for one in usable})


class _Opened(NamedTuple):
    """A row of the table; ``key`` is None when it was encrypted with another secret."""

    kid: str
    algorithm: str
    number: int
    key: object
    signs: bool
    is_old: bool
    is_over: bool


def _opened():
    return [
        _Opened(kid, algorithm, number, _decrypted(kid, algorithm, bytes(private_part)), *state)
        for kid, algorithm, number, private_part, *state in SigningKey.in_order()
    ]


def _of(algorithm, found):
    return [one for one in found if one.algorithm == algorithm]


def _signs(own):
    return any(one.signs and one.key for one in own)


def _is_due(algorithm, found):
    """Whether the newest key is as old as one may become, or there is none that can sign."""
    own = _of(algorithm, found)
    return not _signs(own) or own[-1].is_old


def _issue(algorithm, found):
    """Make the next key.  It is published first, and signs later; but the first, which nobody can wait for, at once."""
    own = _of(algorithm, found)
    number = own[-1].number + 1 if own else 1
    kid, (kind, what) = _new_id(), ALGORITHMS[algorithm]
    made = kind.generate_key(what, auto_kid=False)
    nonce = secrets.token_bytes(12)
    encrypted = AESGCM(key("signing keys")).encrypt(nonce, made.as_der(private=True), _bound(kid, algorithm))
    SigningKey.issue(kid, algorithm, number, nonce + encrypted, at_once=not _signs(own))
    log.info("A signing key was made: %s %s.", algorithm, kid)


def _decrypted(kid, algorithm, kept):
    if kid in _ring.by_id:
        return _ring.by_id[kid]
    try:
        der = AESGCM(key("signing keys")).decrypt(kept[:12], kept[12:], _bound(kid, algorithm))
    except InvalidTag:
        log.warning("The signing key %s was made with another secret.", kid)
        return None
    return ALGORITHMS[algorithm][0].import_key(der, {"kid": kid, "alg": algorithm, "use": "sig"})


def _bound(kid, algorithm):
    """What an encrypted key belongs to: in another row it cannot be decrypted."""
    return f"{kid} {algorithm}".encode()


def _new_id():
    """An id that others cannot make up, so that tokens with ids that are made up never lead to the database."""
    raw = secrets.token_bytes(8)
    return base64.urlsafe_b64encode(raw + sign("ids of signing keys", raw)).decode()
