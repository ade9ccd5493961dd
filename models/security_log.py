"""The security log: who came in, was kept out, or changed who may; a chain of hashes for each account and organization.

An entry's hash covers the hash before it and a commitment to what is personal (address, device, names), not the personal
part itself: so that can be erased, and the chain still proves that no entry was changed, added or taken out.
"""

import hashlib
import secrets

import orjson
from peewee import BigIntegerField, Model, TextField

from models.base.database import database
from models.base.fields import IdField, JsonField, UtcField
from models.base.ids import new_id
from models.base.statements import rows, touch
from models.base.work import current
from models.members import Member

BEGINNING = "0" * 64
LOCK = """
insert into security_chains (id, last_sequence, last_hash) values (%s, 0, %s)
on conflict (id) do update set last_sequence = security_chains.last_sequence
returning last_sequence, last_hash
"""
MOVE = "update security_chains set last_sequence = %s, last_hash = %s where id = %s"


class SecurityChain(Model):
    """The end of a chain: of an organization, or of an account."""

    id = IdField(primary_key=True)
    last_sequence = BigIntegerField()
    last_hash = TextField()

    class Meta:
        database = database
        table_name = "security_chains"


class SecurityEntry(Model):
    """``kind`` is what happened (``session.started``), ``outcome`` is ``success`` or ``failure``."""

    id = IdField(primary_key=True, default=new_id)
    chain_id = IdField()
    sequence = BigIntegerField()
    kind = TextField()
    outcome = TextField()
    occurred_at = UtcField()
    organization_id = IdField(null=True)
    user_id = IdField(null=True)
    actor_id = IdField(null=True)
    request_id = TextField()
    personal = JsonField(null=True)
    salt = TextField(null=True)
    commitment = TextField()
    hash = TextField()

    class Meta:
        database = database
        table_name = "security_entries"
        indexes = ((("chain_id", "sequence"), True),)

    @classmethod
    def note(cls, kind, *, user_id=None, organization_id=None, outcome="success", **facts):
        """Remember what happened; it is stored with the transaction.

        ``user_id`` is whose account it concerns, ``organization_id`` in which organization.  What concerns an account
        alone is told to each organization that the person is a member of, too.
        """
        work = current()
        if not any(isinstance(end, _Entries) for end in work.endings):
            work.endings.append(_Entries())
        (entries,) = (end for end in work.endings if isinstance(end, _Entries))
        entries.append((kind, outcome, user_id, organization_id, facts))

    def computed_hash(self, previous):
        """The hash that the entry must have after ``previous``: SHA-256 of both in canonical JSON."""
        told = [
            previous, str(self.chain_id), self.sequence, self.kind, self.outcome, self.occurred_at.isoformat(),
            self.organization_id, self.user_id, self.actor_id, self.request_id, self.commitment,
        ]  # fmt: skip
        return hashlib.sha256(orjson.dumps(told)).hexdigest()


class _Entries(list):
    """What one transaction will write into the log."""

    def __call__(self, work):
        chains = {}
        for kind, outcome, user_id, organization_id, facts in self:
            for chain_id in _chains(user_id, organization_id):
                chains.setdefault(chain_id, []).append((kind, outcome, user_id, organization_id, facts))
        for chain_id in sorted(chains):  # in one order everywhere, so that nobody waits in a circle
            ((sequence, previous),) = rows(LOCK, (chain_id, BEGINNING))
            for place, one in enumerate(chains[chain_id], sequence + 1):
                previous = _store(work, chain_id, place, previous, *one)
            touch(MOVE, (sequence + len(chains[chain_id]), previous, chain_id))


def _chains(user_id, organization_id):
    if organization_id:
        return [organization_id]
    places = Member.select(Member.organization).where(Member.user == user_id).tuples() if user_id else ()
    return [user_id, *(place for (place,) in places)] if user_id else []


def _store(work, chain_id, sequence, previous, kind, outcome, user_id, organization_id, facts):
    personal = {"address": work.address, "agent": work.agent, **facts}
    salt = secrets.token_hex(16)
    entry = SecurityEntry(
        chain_id=chain_id,
        sequence=sequence,
        kind=kind,
        outcome=outcome,
        occurred_at=work.now,
        organization_id=organization_id,
        user_id=user_id,
        actor_id=work.actor_id or user_id,
        request_id=work.request_id,
        personal=personal,
        salt=salt,
        commitment=commitment(personal, salt),
    )
    entry.hash = entry.computed_hash(previous)
    entry.save(force_insert=True)
    return entry.hash


def commitment(personal, salt):
    """What the chain knows of the personal part: SHA-256 of it with a salt, so that it cannot be guessed once erased."""
    told = orjson.dumps(personal, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(salt.encode() + told).hexdigest()
