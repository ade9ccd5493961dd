"""Assignments: who is to do which task.  Part of the task, and declared before it, so that tasks can be queried by assignee."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from peewee import CompositeKey, DeferredForeignKey, Field, ForeignKeyField, Model, Node, Query, fn

from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.errors import NotFound, fault
from models.base.statements import any_of, array, execute, rows
from models.identity.users import User

if TYPE_CHECKING:
    from models.work.tasks import Task

# Each task's assignees, in the same statement that reads the task.
ASSIGNEE_IDS = (
    'array(select a.user_id::text from assignments a where a.task_id = "t1"."id" order by a.user_id)'
)
MEMBERS = "select user_id from members where organization_id = %s and user_id = any (%s::uuid[]) order by id for key share"
ASSIGN = """
insert into assignments (task_id, organization_id, user_id) select %s::uuid, %s::uuid, unnest(%s::uuid[])
"""


class Assignment(Model):
    """A person who is to do a task: a member of its organization, or a former one, whose tasks a job is releasing.

    Part of the task: it changes with ``Task.record(assignee_ids=…)`` and has no history of its own.
    """

    task = DeferredForeignKey("Task", column_name="task_id", on_delete="CASCADE")
    user = ForeignKeyField(User, column_name="user_id", on_delete="RESTRICT", index=False)
    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")

    class Meta:
        database = database
        table_name = "assignments"
        declares = Declaration(
            tenant="organization",
            parent="task",
            history="none",  # it changes with the task
            personal=Personal(
                exports="tasks_assigned tells of them.", erasure="Taken off by a job that begins at once."
            ),
        )
        primary_key = CompositeKey("task", "user")

    @classmethod
    def tasks_of_any(cls, slot_name: str) -> Query:
        """The ids of the tasks of the people whose ids are in the slot, as a query."""
        return cls.select(cls.task).where(cls.user == any_of(slot_name, "uuid[]"))

    @classmethod
    def tasks_of(cls, user_id: str, organization_ids: Node) -> Query:
        """The ids of a person's tasks in some organizations, as a query."""
        return cls.select(cls.task).where(cls.user == user_id, cls.organization.in_(organization_ids))

    @classmethod
    def has_some(cls, task_id: str | Field) -> Node:
        """The condition that somebody is assigned to the task."""
        return fn.exists(cls.select(cls.task).where(cls.task == task_id))

    @classmethod
    def is_of(cls, task_id: str | Field, user_id: str | Node) -> Node:
        """The condition that the person is assigned to the task."""
        return fn.exists(cls.select(cls.task).where(cls.task == task_id, cls.user == user_id))

    @classmethod
    def user_ids(cls, task_id: str) -> list[str]:
        """The ids of the assignees of a task, in order."""
        query = cls.select(cls.user_id).where(cls.task == task_id).order_by(cls.user_id)
        return [user_id for (user_id,) in query.tuples()]

    @classmethod
    def replace(cls, task: "Task", user_ids: Sequence[str]) -> list[str]:
        """Assign these people and no others, and return their ids in order.  Their memberships are locked until the commit."""
        if user_ids:
            _need_members(task.organization_id, user_ids)
        if not task.is_new:
            execute("delete from assignments where task_id = %s", (task.id,))
        if user_ids:
            execute(ASSIGN, (task.id, task.organization_id, array(user_ids)))
        return sorted(user_ids)


def _need_members(organization_id: str, user_ids: Sequence[str]) -> None:
    """Refuse people who are no members, naming each; lock the others' memberships against being deleted."""
    members = {id for (id,) in rows(MEMBERS, (organization_id, array(user_ids)))}
    faults = [
        fault(
            "body",
            "not_found",
            "No member of the organization has this ID.",
            pointer=f"/assignee_ids/{index}",
        )
        for index, user_id in enumerate(user_ids)
        if user_id not in members
    ]
    if faults:
        raise NotFound(
            "`assignee_ids` contains users who are not members of the organization.", errors=faults
        )
