"""Notification feeds: up to which event of an organization people have been told, and what follows.

A write costs nothing here: a worker looks for organizations whose log is longer than what was read of it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from peewee import BigIntegerField, ForeignKeyField, Model

from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import Declaration
from models.base.statements import array, execute, rows
from models.platform.events import Event

BATCH_EVENTS = 500  # in one transaction
# One tells at a time: a notification that somebody sees was added before any that they do not see yet.
TAKE = "select pg_try_advisory_xact_lock(hashtextextended('notifications', 0))"
# All of them: with a limit, PostgreSQL looks up each organization by itself, which takes twice as long.
BEHIND = """
select o.id::text from organizations o join streams s on s.id = o.id
left join notification_positions p on p.organization_id = o.id
where s.last_sequence > coalesce(p.sequence, 0)
"""
ADVANCE = """
insert into notification_positions (organization_id, sequence) values (%s, %s)
on conflict (organization_id) do update set sequence = excluded.sequence
"""
EVENTS_TOLD_OF = """
select user_id::text, event_id::text from notified_events where user_id = any (%s::uuid[]) and event_id = any (%s::uuid[])
"""
TELL = """
insert into notified_events (user_id, event_id, organization_id, notification_id)
select new.user_id, new.event_id, %s::uuid, new.notification_id
from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) as new(user_id, event_id, notification_id)
"""


class NotificationPosition(Model):
    """The number of the last event of an organization that people were told of."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", primary_key=True, on_delete="CASCADE"
    )
    sequence = BigIntegerField()

    class Meta:
        database = database
        table_name = "notification_positions"
        declares = Declaration(tenant="organization", history="none")


def take() -> datetime | None:
    """The time, when nobody else is telling until this transaction ends; else None."""
    if not rows(TAKE)[0][0]:
        return None
    return rows("select clock_timestamp()")[0][0]


def behind() -> list[str]:
    """The IDs of organizations with events that nobody was told of yet."""
    return [id for (id,) in rows(BEHIND)]


def following(organization_id: str) -> list[Event]:
    """The next events of an organization, in order."""
    position = NotificationPosition.get_or_none(NotificationPosition.organization == organization_id)
    query = Event.select().where(
        Event.stream_id == organization_id, Event.sequence > (position.sequence if position else 0)
    )
    return list(query.order_by(Event.sequence).limit(BATCH_EVENTS))


def advance(organization_id: str, sequence: int) -> None:
    """People were told of all events up to this number."""
    execute(ADVANCE, (organization_id, sequence))


def events_told_of(user_ids: Collection[str], event_ids: Collection[str]) -> set[tuple[str, str]]:
    """Who was told of which of these events before: ``(user ID, event ID)``."""
    return set(rows(EVENTS_TOLD_OF, (array(user_ids), array(event_ids))))


def note(organization_id: str, pairs: Iterable[tuple[str, str, str]]) -> None:
    """People were told of events: ``(user ID, event ID, notification ID)``."""
    columns = [array(column) for column in zip(*pairs, strict=True)]
    if columns:
        execute(TELL, (organization_id, *columns))
