"""Statuses of tasks: the category that each belongs to, by which every status is todo, doing, done, or cancelled."""

from models.base.errors import InvalidValue
from models.base.pages import Among

CATEGORIES = {
    "todo": "todo",
    "in_progress": "doing",
    "in_review": "doing",
    "done": "done",
    "cancelled": "cancelled",
}
FIRST = "todo"  # of a task that is created without one


class StatusUnknown(InvalidValue):
    """The task status does not exist.

    Cause: `status` is not a status key of the project.
    Fix: Send `todo`, `in_progress`, `in_review`, `done`, or `cancelled`.
    Try: curl -X PATCH --json '{"status": "no_such_status"}' -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK
    """


class OfCategory(Among):
    """A filter: the status belongs to one of these categories."""

    def __init__(self, column):
        super().__init__(column, "text[]")

    def shape(self, value):
        return super().shape(_statuses(value))

    def condition(self, name, value):
        return super().condition(name, _statuses(value))

    def bound(self, value):
        return super().bound(_statuses(value))


def _statuses(categories):
    return [status for status, category in CATEGORIES.items() if category in categories]


def refuse_unknown(status):
    """Refuse the key of no status; None: none was sent."""
    if status is not None and status not in CATEGORIES:
        raise StatusUnknown(
            f"The status {status} does not exist. Statuses: {', '.join(CATEGORIES)}.", fields=["status"]
        )
