"""Why people are told of tasks: they are assigned, or what they made or are assigned to was changed."""

from typing import Any

from peewee import Query

from models.platform.events import Event
from models.platform.notification_reasons import Reason, added_to, notification_reasons, removed_from
from models.work.tasks import Task


def tasks(ids: list[str]) -> Query:
    return Task.with_assignees().where(Task.id.in_(ids))


def assigned(event: Event, task: Any) -> set[str]:
    """Who was assigned, and still is."""
    new = (
        event.snapshot.get("task", {}).get("assignee_ids") or ()
        if event.event_type == "task.created"
        else added_to(event, "assignee_ids")
    )
    return set(new) & set(task.assignee_ids)


def unassigned(event: Event, task: Any) -> set[str]:
    """Who was unassigned, and was not assigned again."""
    return removed_from(event, "assignee_ids") - set(task.assignee_ids)


def concerned(event: Event, task: Any) -> set[str]:
    """Who is assigned to the task, and who created it."""
    return {*task.assignee_ids, task.created_by_id}


def title(task: Any) -> str:
    return f"{task.key} {task.title}"


@notification_reasons.register
def of_tasks() -> list[Reason]:
    changed = {"task.updated", "task.completed", "task.reopened"}
    rest = (tasks, "task.read", title)
    return [
        Reason("task.assigned", "A task was assigned to you", {"task.created", *changed}, assigned, *rest, email="immediate"),
        Reason("task.unassigned", "You were unassigned from a task", changed, unassigned, *rest, email="daily"),
        Reason("task.completed", "A task was completed", {"task.completed"}, concerned, *rest, email="daily"),
        Reason("task.reopened", "A task was reopened", {"task.reopened"}, concerned, *rest, email="daily"),
        Reason("task.updated", "A task was updated", {"task.updated"}, concerned, *rest, email="none"),
    ]  # fmt: skip
