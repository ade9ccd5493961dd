"""Dates of tasks: the order of start and due date."""

from collections.abc import Collection
from datetime import date

from models.base.errors import InvalidValue


class DatesReversed(InvalidValue):
    """The due date is before the start date.

    Cause: `due_on` is earlier than `starts_on`. If you sent only one of them, it is compared with the stored one.
    Fix: Send both dates, with `due_on` on or after `starts_on`.
    Try: curl -X PATCH --json '{"starts_on": "2026-05-02", "due_on": "2026-05-01"}' -H "Authorization: Bearer $TOKEN"
        $BASE/tasks/$TASK
    """


def refuse_reversed(
    starts_on: date | None, due_on: date | None, sent: Collection[str] = ("starts_on", "due_on")
) -> None:
    """Refuse when the task would be due before it starts.  ``sent`` has the names of the fields in the request."""
    fields = [name for name in ("starts_on", "due_on") if name in sent]
    if fields and starts_on and due_on and due_on < starts_on:
        raise DatesReversed(f"The start date is {starts_on}, and the due date is {due_on}.", fields=fields)
