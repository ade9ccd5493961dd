"""Notifications: what people are told of events, each with the number of events that it stands for.

A notification keeps IDs alone: what its subject is called is read when somebody who may know it asks.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Self

from peewee import (
    BigIntegerField,
    BooleanField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    fn,
)

from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import AT_ONCE, Declaration, Expiry, Export, Personal
from models.base.fields import IdField, UtcField
from models.base.pages import Flag, Is
from models.base.statements import execute, rows
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User

OPEN = timedelta(minutes=5)  # for which events of one subject join an unread notification; then it is emailed
MINE = "user_id = any ((select remit_accounts())::uuid[]) and organization_id = any ((select remit_places())::uuid[])"
JOIN = """
update notifications set event_count = event_count + %s, sequence = %s, notified_at = %s, updated_at = %s, version = version + 1,
    actor_id = case when actor_id = %s::uuid then actor_id end
where id = (select id from notifications where user_id = %s and reason = %s and subject_id = %s and read_at is null
            and open_until > %s order by open_until desc limit 1) and read_at is null
returning id::text
"""
READ = """
update notifications set read_at = %s, updated_at = %s, version = version + 1
where user_id = %s and read_at is null and is_shown and notified_at <= %s and (snooze_ends_at is null or snooze_ends_at <= %s)
    and organization_id = any (%s::uuid[])
"""
COUNT = """
select organization_id::text, count(*) from notifications
where user_id = %s and read_at is null and is_shown and (snooze_ends_at is null or snooze_ends_at <= now())
    and organization_id = any (%s::uuid[])
group by organization_id order by organization_id
"""


class Notification(Table):
    """``sequence`` is the number of its newest event in the organization's log, and ``notified_at`` when that was added.

    Until ``open_until`` further events for the reason and the subject join it, while it is unread; an email is due at
    ``email_at``.  Without ``is_shown`` it is emailed alone.
    """

    organization = ForeignKeyField(
        Organization, column_name="organization_id", on_delete="CASCADE", index=False
    )
    user = ForeignKeyField(User, column_name="user_id", on_delete="CASCADE", index=False)
    reason = TextField()
    subject_type = TextField()
    subject_id = IdField()
    actor_id = IdField(null=True)
    event_count = IntegerField()
    sequence = BigIntegerField()
    notified_at = UtcField()
    open_until = UtcField()
    read_at = UtcField(null=True)
    snooze_ends_at = UtcField(null=True)
    is_shown = BooleanField()
    email = TextField()
    email_at = UtcField(null=True)

    split_by_scope = False

    class Meta:
        table_name = "notifications"
        declares = Declaration(
            tenant="organization",
            account="user",
            write_only=frozenset({"email", "email_at", "is_shown", "open_until"}),
            parent="organization",
            policy=MINE,
            history="none",  # it tells of events, and leaves none
            personal=Personal(
                exports=(Export("notifications", "Notification", columns=("read_at", "email")),),
                erasure="Deleted at once; those of others keep the ID of who acted.",
                is_deleted=True,
            ),
            expiry=Expiry(days="notifications_days", since="created_at"),
        )
        indexes = ((("id", "organization"), True),)

    @classmethod
    def visible_to(cls, caller):
        """One's own, of the organizations that one belongs to."""
        caller.ask("notification.read")
        belongs = caller.sees("organization.read", organization=cls.organization)
        return cls.select().where(cls.user == caller.user_id, cls.is_shown, belongs)

    @property
    def is_read(self):
        return self.read_at is not None

    @property
    def is_snoozed(self):
        return self.snooze_ends_at is not None and self.snooze_ends_at > now()

    @property
    def stream_id(self):
        """Whose it is: no event is numbered in it."""
        return self.user_id

    def change(self, is_read: bool | None = None, **fields: Any) -> Self:
        """Mark as read or unread, or snooze: what is snoozed comes back unread, and is emailed no earlier."""
        snooze_ends_at = fields.get("snooze_ends_at")
        if snooze_ends_at is not None:
            is_read = bool(is_read)
            if self.email_at is not None:
                fields["email_at"] = max(self.email_at, snooze_ends_at)
        if is_read is not None and is_read != self.is_read:
            fields["read_at"] = now() if is_read else None
        return self.record("notification.updated", **fields)

    @classmethod
    def mark_read(cls, user_id: str, until: datetime | None, organization_ids: Collection[str]) -> int:
        """Mark those as read that no event was added to since then, but for those that are snoozed; how many."""
        moment = now()
        return execute(READ, (moment, moment, user_id, until or moment, moment, list(organization_ids)))

    @classmethod
    def unread_counts(cls, user_id: str, organization_ids: Collection[str]) -> list[dict[str, Any]]:
        """The number of unread ones by organization: counted, not kept, so that it is never another than the list's."""
        counted = rows(COUNT, (user_id, list(organization_ids)))
        return [{"organization_id": id, "unread": unread} for id, unread in counted]

    @classmethod
    def join_open(
        cls, moment: datetime, key: tuple[str, str, str], count: int, sequence: int, actor_id: str | None
    ) -> str | None:
        """Add events to the open notification of ``(user, reason, subject)``; its ID, or None where there is none."""
        values = (count, sequence, moment, moment, actor_id, *key, moment)
        return next((id for (id,) in rows(JOIN, values)), None)


Notification.FILTERS = {
    "unread": Flag(
        lambda wanted: (
            (
                Notification.read_at.is_null()
                & (Notification.snooze_ends_at.is_null() | (Notification.snooze_ends_at <= fn.now()))
            )
            if wanted
            else Notification.read_at.is_null(False)
        )
    ),
    "reason": Is(lambda value: Notification.reason == value),
    "organization_id": Is(lambda value: Notification.organization == value),
}


class NotifiedEvent(Model):
    """An event that a person was told of: of each once, whatever happens to who tells."""

    user_id = IdField()
    event_id = IdField()
    organization = ForeignKeyField(
        Organization, column_name="organization_id", on_delete="CASCADE", index=False
    )
    notification = ForeignKeyField(Notification, column_name="notification_id", on_delete="CASCADE")

    class Meta:
        database = database
        table_name = "notified_events"
        declares = Declaration(
            tenant="organization",
            account="user_id",
            policy=MINE,
            parent="notification",
            history="none",
            personal=Personal(exports="notifications counts them.", erasure=AT_ONCE, is_deleted=True),
        )
        primary_key = CompositeKey("user_id", "event_id")
