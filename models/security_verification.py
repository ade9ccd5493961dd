"""Verification of the security log: a chain walked entry by entry, each compared with what was written."""

from typing import NamedTuple

from models.base.seals import commitment, hash_after, seal
from models.base.statements import rows
from models.security_log import SecurityEntry

MOST = 10_000  # entries of one walk
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


def verify(chain_id, after=0, most=MOST):
    """The :class:`Verification` of at most ``most`` entries."""
    ((told, told_seal, last, last_hash),) = rows(END, (chain_id, chain_id))
    is_sealed = told_seal == seal(chain_id, last, last_hash) if told_seal else last == 0
    end_matches = told == last and is_sealed
    checked, erased, broken = _walk(chain_id, after, most, last)
    reached = after + checked
    if broken is None and reached >= last and not end_matches:
        broken = (
            (last + 1, "missing")
            if told > last
            else (told + 1, "added")
            if told < last
            else (last, "end_changed")
        )
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


def _walk(chain_id, after, most, last):
    """How many entries are as they were written, how many of them are erased, and ``(sequence, fault)`` of the first that
    is not."""
    before = seal(chain_id, 0, "") if after == 0 else None
    checked = erased = 0
    for entry in _entries(chain_id, after, most, last):
        if before is None:  # the entry where the walk before this one ended
            if entry.sequence != after:
                return 0, 0, (after, "missing")
        else:
            if fault := _fault(entry, after + checked + 1, before):
                return checked, erased, fault
            checked, erased = checked + 1, erased + entry.is_erased
        before = seal(chain_id, entry.sequence, entry.hash)
    return checked, erased, None


def _entries(chain_id, after, most, last):
    """The entries in their order, with the one before them.  At the beginning, nothing stands before the first."""
    here = SecurityEntry.chain_id == chain_id
    query = SecurityEntry.select().where(here, SecurityEntry.sequence <= last)
    if after:
        query = query.where(SecurityEntry.sequence >= after)
    return query.order_by(SecurityEntry.sequence).limit(most + bool(after))


def _fault(entry, expected, before):
    """``(sequence, fault)`` of an entry that is not as it was written; None when it is."""
    if entry.sequence != expected:
        return (expected, "missing") if entry.sequence > expected else (entry.sequence, "added")
    personal, salt = entry.personal, entry.salt
    tells_another = personal is not None and (salt is None or entry.commitment != commitment(personal, salt))
    if tells_another or entry.hash != hash_after(before, entry):
        return expected, "changed"
    return None
