"""Hash chains: how the entries of a log are bound to each other, with a key that is not in the database (HMAC-SHA-256)."""

import hashlib
import hmac
from datetime import UTC
from typing import Any

import orjson

from models.base.secret import key

# What hashes cover besides the entry itself.  Entries of the first version were erased without an erasure mark.
VERSION, FIRST_VERSION = (2,), ()
# The MAC of the end of a chain that an earlier release had never begun.
UNOPENED = "unopened"


def chain_mac(chain_id: str, sequence: int, hash: str) -> str:
    """The MAC of an entry, which the hash of the next entry covers.  Only that of the last entry is stored, as its chain's."""
    covered = f"{chain_id} {sequence} {hash}".encode()
    return hmac.digest(key("security log seals"), covered, "sha256").hex()


def entry_hash(before: str, entry: Any, version: tuple[int, ...] = VERSION) -> str:
    """The hash of an entry that follows the one with the MAC ``before``, in hexadecimal."""
    covered = [
        before, entry.id, entry.chain_id, entry.sequence, entry.kind, entry.outcome,
        entry.occurred_at.astimezone(UTC).isoformat(), entry.organization_id, entry.user_id, entry.actor_id,
        entry.request_id, entry.commitment, *version,
    ]  # fmt: skip
    return hmac.digest(key("security log"), orjson.dumps(covered), "sha256").hex()


def erasure_mark(entry_id: str, hash: str) -> str:
    """A MAC that replaces the personal part of an entry on erasure, and proves that it was not removed in any other way."""
    return hmac.digest(key("security log erasures"), f"{entry_id} {hash}".encode(), "sha256").hex()


def salted_digest(personal: Any, salt: str) -> str:
    """SHA-256 of the personal part with a salt, in hexadecimal: the hash covers this, so that the part can be erased."""
    covered = orjson.dumps(personal, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(salt.encode() + covered).hexdigest()
