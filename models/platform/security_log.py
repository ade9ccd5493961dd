"""The security log: who came in, was kept out, or changed who may; a chain of hashes for each account and organization.

An entry's hash covers the MAC of the entry before it and a salted digest of what is personal (address, device, names), not
the personal part itself: so that can be erased, and the chain still proves that no entry was changed, added or taken out.
Hashes and MACs are made with a key of the server: who can write into the database, and nothing else, cannot make them.
Only the MAC of the last entry is stored, at the end of the chain: a chain that is cut off has none that fits.  An earlier end
that is put back does not fit the chain's anchor, which is outside of the database.
"""

import secrets
from functools import partial
from typing import Any

from peewee import BigIntegerField, Model, TextField

from models.base import anchors
from models.base.database import database
from models.base.declarations import Declaration, Export, Personal
from models.base.extensions import ExtensionPoint
from models.base.fields import IdField, JsonField, UtcField
from models.base.hash_chain import UNOPENED, chain_mac, entry_hash, erasure_mark, salted_digest
from models.base.ids import new_id
from models.base.pages import Among, Is
from models.base.statements import insert, rows
from models.base.unit_of_work import current

LOCK = "select last_sequence, seal, anchored_hash from remit_hold_chain(%s, %s, %s)"
MOVE = "select remit_move_chain(%s, %s, %s)"
ERASE = "select remit_erase_entries(%s::uuid[], %s::text[])"
# Asked with the id of an account: the ids of the organizations whose logs tell of it, too.
organizations_of_account: ExtensionPoint[[str], list[str]] = ExtensionPoint(
    "platform.organizations_of_account"
)


class SecurityChain(Model):
    """The end of a chain: of an organization, or of an account."""

    id = IdField(primary_key=True)
    last_sequence = BigIntegerField()
    seal = TextField()

    class Meta:
        database = database
        table_name = "security_chains"
        declares = Declaration(tenant="id", account="id", history="none")


class SecurityEntry(Model):
    """``kind`` is what happened (``session.started``), ``outcome`` is ``success`` or ``failure``.

    ``organization_id`` is the organization in whose chain it stands; None in an account's.  ``personal`` and ``salt`` are
    None once they are erased; ``erasure`` is the mark of that.
    """

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
    erasure = TextField(null=True)
    commitment = TextField()
    hash = TextField()

    split_by_scope = False  # an account's own entries are of no organization
    # What the contract tells of an entry.
    ENTRY_FIELDS = (
        "id", "sequence", "kind", "outcome", "occurred_at", "organization_id", "user_id", "actor_id", "request_id",
        "address", "agent", "facts", "hash", "is_erased",
    )  # fmt: skip

    class Meta:
        database = database
        table_name = "security_entries"
        declares = Declaration(
            tenant="chain_id", account="chain_id", order="-sequence", history="none",
            is_written_unseen=True, write_only=frozenset({"commitment", "erasure", "salt"}),
            personal=Personal(exports=(
                    Export("security_log", "SecurityEntry"),
                    # From where somebody else did it is theirs, not the person's.
                    Export("security_log_of_organizations", "SecurityEntry", query=lambda person: SecurityEntry.select().where(
                        SecurityEntry.user_id == person.id, SecurityEntry.chain_id != person.id).order_by(
                        SecurityEntry.chain_id, SecurityEntry.sequence),
                        permission="security_log.read", withheld=("address", "agent"))),
                erasure="Stays, and can be verified; what is personal of it is erased.",
            ),
            unviolated={"security_entries_chain_id_sequence_key": "counted in the row of the chain, which is locked"},
        )  # fmt: skip
        indexes = ((("chain_id", "sequence"), True),)

    @classmethod
    def noun(cls):
        return "security_entry"

    @classmethod
    def visible_to(cls, caller):
        """Those of one's own account and of the organizations whose log one may read."""
        own = cls.chain_id == caller.user_id
        return cls.select().where(own | caller.sees("security_log.read", organization=cls.chain_id))

    @classmethod
    def has_stable_plan(cls, order, filters):
        """A chain is in order by itself, and by kind."""
        return filters <= {"chain_id", "kind"}

    @classmethod
    def part(cls, chain_id, after, limit, occurred_from=None, occurred_to=None):
        """The entries of a chain after a number, the first first, as a query."""
        query = cls.select().where(cls.chain_id == chain_id, cls.sequence > after)
        if occurred_from:
            query = query.where(cls.occurred_at >= occurred_from)
        if occurred_to:
            query = query.where(cls.occurred_at <= occurred_to)
        return query.order_by(cls.sequence).limit(limit)

    @classmethod
    def note(cls, kind, *, user_id=None, organization_id=None, outcome="success", **facts):
        """Add an entry, which is stored with the transaction.

        ``user_id`` is the account, and ``organization_id`` the organization that it concerns.  What concerns an account alone
        is also logged in each organization that the person is a member of, without address and agent: a person is added to
        an organization without being asked.  An attempt of an unauthenticated caller is logged in the account alone, so
        that its duration does not depend on the memberships of the account.
        """
        work = current()
        if not any(isinstance(end, _Entries) for end in work.before_commit):
            work.before_commit.append(_Entries())
        (entries,) = (end for end in work.before_commit if isinstance(end, _Entries))
        entries.append((kind, outcome, user_id, organization_id, facts))

    @classmethod
    def erase_personal(cls, user_id):
        """Erase address, agent, and facts of every entry that concerns an account."""
        return cls.erase("user_id = %s", (user_id,))

    @staticmethod
    def erase(condition, values=()):
        """Erase the personal part of the entries where ``condition`` holds, and mark them.  Returns how many there were."""
        sql = f"select id::text, hash from security_entries e where personal is not null and {condition}"
        return mark_erased(rows(sql, values))

    def as_json(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        values = {name: getattr(self, name) for name in self.ENTRY_FIELDS}
        return values | {"occurred_at": self.occurred_at.isoformat().replace("+00:00", "Z")}

    @property
    def etag(self):
        return '"2"' if self.personal is None else '"1"'  # it changes once, when it is erased

    @property
    def resource_path(self):
        return (self.organization_id,)

    @property
    def stream_id(self):
        return self.chain_id

    @property
    def is_erased(self):
        return self.personal is None

    @property
    def address(self):
        personal: dict = self.personal or {}
        return personal.get("address") or None

    @property
    def agent(self):
        personal: dict = self.personal or {}
        return personal.get("agent") or None

    @property
    def facts(self):
        personal = sorted((self.personal or {}).items())
        return [
            {"name": name, "value": value} for name, value in personal if name not in ("address", "agent")
        ]


SecurityEntry.FILTERS = {
    "chain_id": Is(lambda value: SecurityEntry.chain_id == value),
    "kind": Among(SecurityEntry.kind, "text[]"),
    "outcome": Is(lambda value: SecurityEntry.outcome == value),
    "user_id": Is(lambda value: SecurityEntry.user_id == value),
    "occurred_from": Is(lambda value: SecurityEntry.occurred_at >= value),
    "occurred_to": Is(lambda value: SecurityEntry.occurred_at <= value),
}


def mark_erased(entries):
    """Erase the personal part of entries, ``(id, hash)`` each, and store their erasure marks.  Returns how many still had it."""
    marks = [erasure_mark(id, hash) for id, hash in entries]
    return rows(ERASE, ([id for id, _ in entries], marks))[0][0] if entries else 0


class _Entries(list):
    """The entries that one transaction will write into the log."""

    def __call__(self, work):
        chains: dict = {}
        for kind, outcome, user_id, organization_id, facts in self:
            # Without a caller, the account is the actor of a success alone.
            actor_id = work.actor_id or (user_id if outcome == "success" else None)
            for chain_id in _chains(user_id, organization_id, actor_id):
                personal = {name: None if value is None else str(value) for name, value in facts.items()}
                if chain_id in (user_id, organization_id):
                    personal |= {"address": work.address, "agent": work.agent}
                entry = SecurityEntry(
                    chain_id=chain_id, kind=kind, outcome=outcome, occurred_at=work.now,
                    organization_id=None if chain_id == user_id else chain_id, user_id=user_id,
                    actor_id=actor_id, request_id=work.request_id, personal=personal,
                )  # fmt: skip
                chains.setdefault(chain_id, []).append(entry)
        for chain_id in sorted(chains):  # in one order everywhere, so that there are no deadlocks
            anchor = anchors.of(chain_id)
            ((last, before, anchored),) = rows(LOCK, (chain_id, chain_mac(chain_id, 0, ""), anchor.sequence))
            before = chain_mac(chain_id, 0, UNOPENED) if before == UNOPENED else before
            for sequence, entry in enumerate(chains[chain_id], last + 1):
                before = _store(entry, sequence, before)
            rows(MOVE, (chain_id, sequence, before))
            # The anchor of a chain that was set back stays where it is: it is the proof of that.
            if anchor == anchors.NO_ANCHOR or anchored == anchor.hash:
                database.after_commit(partial(anchors.move, chain_id, anchors.Anchor(sequence, entry.hash)))


def _chains(user_id, organization_id, actor_id):
    if organization_id:
        return [organization_id]
    if not user_id:
        return []
    members = organizations_of_account(user_id) if actor_id else []
    return [user_id, *(id for row in members for id in row)]


def _store(entry, sequence, before):
    """Store an entry after the one with the MAC ``before``, and return its own MAC."""
    entry.sequence, entry.salt = sequence, secrets.token_hex(16)
    entry.commitment = salted_digest(entry.personal, entry.salt)
    entry.hash = entry_hash(before, entry)
    insert(entry)
    return chain_mac(entry.chain_id, sequence, entry.hash)
