"""Notification reasons: why people are told of an event.  Each context registers its own; `services` does the telling.

The contract says what each reason means (`NotificationReasonName`), and a test compares.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, NamedTuple

from peewee import Query

from models.base.database import database
from models.base.extensions import ExtensionPoint
from models.base.statements import row_class
from models.platform.events import Event

EMAILS = ("none", "immediate", "daily")  # when a notification is sent by email


class Reason(NamedTuple):
    """``recipients(event, subject)`` are the IDs of the people to tell of an event of one of these types.

    ``subjects(ids)`` selects the rows that the events are about, as the policy asks about them; ``permission`` is what a person
    needs on one to be told.  ``title(subject)`` is what people call it, and ``sentence`` what is said above the title.
    ``email`` and ``in_app`` are what holds for people who have chosen nothing.
    """

    name: str
    sentence: str
    event_types: Collection[str]
    recipients: Callable[[Event, Any], Iterable[str]]
    subjects: Callable[[list[str]], Query]
    permission: str
    title: Callable[[Any], str]
    email: str
    in_app: bool = True


# Called once: the reasons of a context, the more important ones first.  A person is told of one event for the first reason alone.
notification_reasons: ExtensionPoint[[], Iterable[Reason]] = ExtensionPoint("platform.notification_reasons")


@cache
def reasons() -> dict[str, Reason]:
    """Every reason, by its name."""
    return {reason.name: reason for group in notification_reasons() for reason in group}


@cache
def reasons_of(event_type: str) -> tuple[Reason, ...]:
    """The reasons for telling of events of a type."""
    return tuple(reason for reason in reasons().values() if event_type in reason.event_types)


def subjects_of(reason: Reason, ids: Iterable[str]) -> dict[str, Any]:
    """The rows with these IDs that there still are, by ID."""
    sql, parameters = reason.subjects(sorted(ids)).sql()
    cursor = database.execute_sql(sql, parameters)
    made = row_class(reason.subjects([]).model, tuple(column.name for column in cursor.description))
    return {row.id: row for row in map(made._make, cursor.fetchall())}


def added_to(event: Event, field: str) -> set[str]:
    """What an event added to a property that is a list."""
    return _listed(event, field, "after") - _listed(event, field, "before")


def removed_from(event: Event, field: str) -> set[str]:
    """What an event removed from a property that is a list."""
    return _listed(event, field, "before") - _listed(event, field, "after")


def _listed(event: Event, field: str, when: str) -> set[str]:
    return {
        value for change in event.typed_changes if change["field"] == field for value in change[when] or ()
    }
