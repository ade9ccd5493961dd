"""Verification of the security log: a chain walked entry by entry, each compared with what was written."""

from typing import NamedTuple

from models.base import anchors
from models.base.hash_chain import FIRST_VERSION, UNOPENED, chain_mac, entry_hash, erasure_mark, salted_digest
from models.base.statements import rows
from models.platform.security_log import SecurityEntry

MAX_ENTRIES_VERIFIED = 10_000  # in one request
# The chain's end and its last entry as they are at one moment; entries before that never change.
END = """
select coalesce(c.last_sequence, 0), c.seal, coalesce(e.sequence, 0), coalesce(e.hash, '')
from (select 1) as one
left join security_chains c on c.id = %s
left join lateral (select sequence, hash from security_entries where chain_id = %s order by sequence desc limit 1) e on true
"""


class Verification(NamedTuple):
    """What a walk over the entries after the number ``after`` has found.

    ``last_sequence`` and ``last_hash`` are of the last entry that is there; ``end_matches`` says whether that is the entry
    that was written last.  ``next_after`` is where the next walk begins; None at the end, and at a fault.
    """

    after: int
    entries_checked: int
    entries_erased: int
    first_broken_sequence: int | None
    fault: str | None
    last_sequence: int
    last_hash: str | None
    end_matches: bool
    next_after: int | None

    @property
    def is_intact(self):
        return self.fault is None and self.end_matches


def verify(chain_id, after=0, most=MAX_ENTRIES_VERIFIED, begins_with=()):
    """The :class:`Verification` of at most ``most`` entries.

    ``begins_with`` are the kinds of which the first entry must be one; without any, there need not be an entry.
    """
    ((expected, stored_mac, last, last_hash),) = rows(END, (chain_id, chain_id))
    anchor = anchors.of(chain_id)
    if last == expected == 0 and (stored_mac == UNOPENED or not begins_with):
        end_fault = None if anchor == anchors.NO_ANCHOR else "set_back"
    else:
        end_fault = _end_fault(expected, last, stored_mac == chain_mac(chain_id, last, last_hash), anchor)
    checked, erased, broken = _walk(chain_id, after, most, last, anchor, begins_with)
    reached = after + checked
    if broken is None and reached >= last and end_fault:
        broken = {"added": expected, "end_changed": last - 1}.get(end_fault, last) + 1, end_fault
    end_matches = end_fault is None
    return Verification(
        after=after,
        entries_checked=checked,
        entries_erased=erased,
        first_broken_sequence=broken and broken[0],
        fault=broken and broken[1],
        last_sequence=last,
        last_hash=last_hash or None,
        end_matches=end_matches,
        next_after=reached if broken is None and reached < last else None,
    )


def _end_fault(expected, last, is_sealed, anchor):
    """The fault at the end of a chain of ``expected`` entries that has ``last``; None when it is intact."""
    if expected != last:
        return "missing" if expected > last else "added"
    if last and not is_sealed:
        return "end_changed"
    if last < anchor.sequence:
        return "set_back"
    return None if last else "missing"


def _walk(chain_id, after, most, last, anchor, begins_with):
    """``(intact entries, erased ones among them, fault)``; ``fault`` is None, or ``(sequence, code)`` of a broken entry."""
    before = chain_mac(chain_id, 0, "") if after == 0 else None
    checked = erased = 0
    for entry in _entries(chain_id, after, most, last):
        if before is None:  # the entry where the walk before this one ended
            if entry.sequence != after:
                return 0, 0, (after, "missing")
        else:
            if entry.sequence == 1 and is_first_unopened(entry):
                before, begins_with = chain_mac(chain_id, 0, UNOPENED), ()
            if fault := _fault(entry, after + checked + 1, before, begins_with):
                return checked, erased, fault
            if entry.sequence == anchor.sequence and entry.hash != anchor.hash:
                return checked, erased, (entry.sequence, "set_back")
            checked, erased = checked + 1, erased + entry.is_erased
        before = chain_mac(chain_id, entry.sequence, entry.hash)
    return checked, erased, None


def _entries(chain_id, after, most, last):
    """The entries in their order, from the entry ``after``, which is the one before them."""
    here = SecurityEntry.chain_id == chain_id
    query = SecurityEntry.select().where(here, SecurityEntry.sequence <= last)
    if after:
        query = query.where(SecurityEntry.sequence >= after)
    return query.order_by(SecurityEntry.sequence).limit(most + bool(after))


def is_first_unopened(entry):
    """Whether it is the first entry of an account for which an earlier release had stored none."""
    return entry.hash == entry_hash(chain_mac(entry.chain_id, 0, UNOPENED), entry)


def _fault(entry, expected, before, begins_with):
    """``(sequence, fault)`` of an entry that is not as it was written; None when it is."""
    if entry.sequence != expected:
        return (expected, "missing") if entry.sequence > expected else (entry.sequence, "added")
    personal, salt = entry.personal, entry.salt
    if personal is not None and (salt is None or entry.commitment != salted_digest(personal, salt)):
        return expected, "changed"
    if entry.hash != entry_hash(before, entry):
        is_of_the_first = entry.hash == entry_hash(before, entry, FIRST_VERSION)
        return None if is_of_the_first else (expected, "changed")
    if expected == 1 and begins_with and entry.kind not in begins_with:
        return expected, "missing"
    is_whole = personal is not None or entry.erasure == erasure_mark(entry.id, entry.hash)
    return None if is_whole else (expected, "changed")
