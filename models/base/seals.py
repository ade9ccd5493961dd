"""Seals: how the entries of a log are bound to each other, with a key that is not in the database."""

import hashlib
import hmac
from datetime import UTC

import orjson

from models.base.secret import key

# What hashes cover besides the entry itself.  Entries of the first version were erased without a mark.
VERSION, FIRST_VERSION = (2,), ()
# The seal of the end of a chain that an earlier release had never begun.
UNOPENED = "unopened"


def seal(chain_id, sequence, hash):
    """What the entry after this one is bound to, and what no entry tells."""
    told = f"{chain_id} {sequence} {hash}".encode()
    return hmac.digest(key("security log seals"), told, "sha256").hex()


def hash_after(before, entry, version=VERSION):
    """The hash that an entry of the security log must have after the one that ``before`` seals."""
    told = [
        before, entry.id, entry.chain_id, entry.sequence, entry.kind, entry.outcome,
        entry.occurred_at.astimezone(UTC).isoformat(), entry.organization_id, entry.user_id, entry.actor_id,
        entry.request_id, entry.commitment, *version,
    ]  # fmt: skip
    return hmac.digest(key("security log"), orjson.dumps(told), "sha256").hex()


def erasure_mark(entry_id, hash):
    """What stands in place of the personal part of an entry once that is erased, and what tells that from blanking."""
    return hmac.digest(key("security log erasures"), f"{entry_id} {hash}".encode(), "sha256").hex()


def commitment(personal, salt):
    """What the hash covers of the personal part: SHA-256 of it with a salt, so that it cannot be guessed once erased."""
    told = orjson.dumps(personal, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(salt.encode() + told).hexdigest()
