"""Events: everything that happened, in order, without gaps.  Written by ``models.base.unit_of_work`` alone."""

import orjson
from peewee import BigIntegerField, BooleanField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Export, Personal
from models.base.fields import IdField, JsonField, UtcField
from models.base.ids import new_id
from models.base.pages import Among, Is, Order

CHANGES_READ = 1_000
REPRESENTATION = 2  # raised when events that are stored are shown in another way than before
# Releases before 0.3.0 stored the values of changes as texts: a string as it is, any other value as JSON.  These are the
# properties, by noun, whose values are no strings: a text among them is JSON.  Servers of such a release, while they are
# replaced, still store them so.
STORED_AS_TEXT: dict[str, frozenset[str]] = {
    "task": frozenset({"assignee_ids"}),
    "organization": frozenset({"requires_two_factor"}),
    "user": frozenset({"has_password"}),
    "api_key": frozenset({"scopes"}),
    "app": frozenset({"redirect_uris", "scopes", "grant_types"}),
    "consent": frozenset({"scopes"}),
    "authorization": frozenset({"scopes"}),
    "role": frozenset({"permissions"}),
    "grant": frozenset({"own_only", "while_active", "address_ranges"}),
    "retention": frozenset({"permission_checks_days", "security_personal_days"}),
    "invitation": frozenset({"team_ids", "deliveries"}),
    "service_api_key": frozenset({"scopes"}),
    "service_key": frozenset({"scopes"}),
    "service_certificate": frozenset({"scopes"}),
}


class Event(Model):
    """What happened to one subject, and what it was afterwards."""

    id = IdField(primary_key=True, default=new_id)
    stream_id = IdField()
    organization_id = IdField(null=True)
    sequence = BigIntegerField()
    event_type = TextField()
    occurred_at = UtcField()
    actor_id = IdField(null=True)
    request_id = TextField()
    subject_type = TextField()
    subject_id = IdField()
    subject_version = BigIntegerField()
    changes = JsonField()
    snapshot = JsonField()
    is_anonymous = BooleanField(default=False)  # whether the person of whom it tells was erased

    split_by_scope = False  # an account's own events are of no organization

    class Meta:
        database = database
        table_name = "events"
        declares = Declaration(
            tenant="stream_id",
            account="stream_id",
            policy="organization_id = any ((select remit_places())::uuid[])"
            " or organization_id is null and stream_id = any ((select remit_accounts())::uuid[])",
            order="sequence",
            history="none",
            personal=Personal(
                exports=(
                    Export("events", "Event"),
                    Export(
                        "acts",
                        "Event",
                        query=lambda person: (
                            Event.select()
                            .where(
                                Event.actor_id == person.id,
                                Event.stream_id.in_(person.former_organization_ids),
                            )
                            .order_by(Event.stream_id, Event.sequence)
                        ),
                    ),
                ),
                erasure="Stays, with its number; every personal value is replaced.",
            ),
            unviolated={"events_stream_id_sequence_key": "counted in the row of the stream, which is locked"},
        )
        indexes = (
            (("stream_id", "sequence"), True),
            (("stream_id", "subject_id", "sequence"), False),
            (("stream_id", "actor_id", "sequence"), False),
            (("stream_id", "event_type", "sequence"), False),
        )

    @classmethod
    def noun(cls):
        return "event"

    @classmethod
    def visible_to(cls, caller):
        """Those of one's own account and of the organizations where one may read them."""
        own = cls.stream_id == caller.user_id
        return cls.select().where(own | caller.sees("event.read", organization=cls.stream_id))

    @property
    def resource_path(self):
        return (self.organization_id,)

    @property
    def etag(self):
        """An event changes at most once: when a person in it is erased."""
        return f'"{2 if self.is_anonymous else 1}.{REPRESENTATION}"'

    @property
    def typed_changes(self):
        """The changes with typed values; earlier releases stored some as text."""
        texts = STORED_AS_TEXT.get(self.subject_type)
        if texts is None:
            return self.changes
        return [_typed(change) if change["field"] in texts else change for change in self.changes]

    @classmethod
    def has_stable_plan(cls, order, filters):
        """Each filter alone has an index that is in order."""
        return len(filters) <= 2

    @classmethod
    def in_order(cls, sort):
        return Order("sequence", cls.sequence, descending=sort.startswith("-"))

    @classmethod
    def fields_changed_since(cls, row, version):
        """The names of what changed of ``row`` since its ``version``, in order of the alphabet.

        Of the last ``CHANGES_READ`` changes at most: a client may send the ETag of a version that is long past.
        """
        newest = cls.subject_version > max(version, row.version - CHANGES_READ)
        query = cls.select(cls.changes).where(
            cls.stream_id == row.stream_id, cls.subject_id == row.id, newest
        )
        return sorted({change["field"] for (changes,) in query.tuples() for change in changes})


def _typed(change):
    values = {when: change[when] for when in ("before", "after") if isinstance(change[when], str)}
    return {**change, **{when: orjson.loads(text) for when, text in values.items()}}


Event.FILTERS = {
    "stream_id": Is(lambda value: Event.stream_id == value),
    "event_type": Among(Event.event_type, "text[]"),
    "subject_id": Is(lambda value: Event.subject_id == value),
    "actor_id": Is(lambda value: Event.actor_id == value),
    "after": Is(lambda value: Event.sequence > value),
}


class Stream(Model):
    """What numbers events: an organization, or an account.  ``last_sequence`` is the number given last."""

    id = IdField(primary_key=True)
    last_sequence = BigIntegerField()

    class Meta:
        database = database
        table_name = "streams"
        declares = Declaration(tenant="id", account="id", history="none")
