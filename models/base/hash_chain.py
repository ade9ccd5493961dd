"""Hash chains: how the entries of a log are bound to each other, with a key that is not in the database (HMAC-SHA-256)."""

import hashlib
import hmac
from datetime import UTC

import orjson

from models.base.secret import key

# What hashes cover besides the entry itself.  Entries of the first version were erased without a mark.
VERSION, FIRST_VERSION = (2,), ()
# The MAC of the end of a chain that an earlier release had never begun.
UNOPENED = "unopened"


def chain_mac(chain_id, sequence, hash):
    """The MAC of an entry, which the hash of the next entry covers.  Only that of the last entry is stored, as its chain's."""
    covered = f"{chain_id} {sequence} {hash}".encode()
    return hmac.digest(key("security log seals"), covered, "sha256").hex()


def entry_hash(before, entry, version=VERSION):
    """The hash of an entry that follows the one with the MAC ``before``, in hexadecimal."""
    covered = [
        before, entry.id, entry.chain_id, entry.sequence, entry.kind, entry.outcome,
        entry.occurred_at.astimezone(UTC).isoformat(), entry.organization_id, entry.user_id, entry.actor_id,
        entry.request_id, entry.commitment, *version,
    ]  # fmt: skip
    return hmac.digest(key("security log"), orjson.dumps(covered), "sha256").hex()


def erasure_mark(entry_id, hash):
    """What stands in place of the personal part of an entry once that is erased, and what tells that from blanking."""
    return hmac.digest(key("security log erasures"), f"{entry_id} {hash}".encode(), "sha256").hex()


def salted_digest(personal, salt):
    """SHA-256 of the personal part with a salt, in hexadecimal: the hash covers this, so that the part can be erased."""
    covered = orjson.dumps(personal, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(salt.encode() + covered).hexdigest()
