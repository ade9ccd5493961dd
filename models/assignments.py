"""Assignments: who is to do which task.  Part of the task, and declared before it, so that a task can speak of its people."""

from peewee import CompositeKey, DeferredForeignKey, ForeignKeyField, IntegrityError, Model, fn

from models.base.database import database
from models.base.errors import NotFound, fault
from models.base.statements import any_of
from models.members import Member
from models.organizations import Organization
from models.users import User

# Each task's assignees, in the same statement that reads the task.
ASSIGNEE_IDS = (
    'array(select a.user_id::text from assignments a where a.task_id = "t1"."id" order by a.user_id)'
)


class Assignment(Model):
    """A person who is to do a task; a member of its organization, which a foreign key holds.

    Part of the task: it changes with ``Task.record(assignee_ids=…)`` and has no history of its own.
    """

    task = DeferredForeignKey("Task", column_name="task_id", on_delete="CASCADE")
    user = ForeignKeyField(User, column_name="user_id", on_delete="RESTRICT", index=False)
    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")

    class Meta:
        database = database
        table_name = "assignments"
        primary_key = CompositeKey("task", "user")

    @classmethod
    def tasks_of_any(cls, slot_name):
        """The ids of the tasks of the people whose ids are in the slot, as a query."""
        return cls.select(cls.task).where(cls.user == any_of(slot_name, "uuid[]"))

    @classmethod
    def has_some(cls, task_id):
        """The condition that somebody is assigned."""
        return fn.exists(cls.select(cls.task).where(cls.task == task_id))

    @classmethod
    def is_of(cls, task_id, user_id):
        """The condition that the person is assigned."""
        return fn.exists(cls.select(cls.task).where(cls.task == task_id, cls.user == user_id))

    @classmethod
    def people(cls, task_id):
        query = cls.select(cls.user_id).where(cls.task == task_id).order_by(cls.user_id)
        return [user_id for (user_id,) in query.tuples()]

    @classmethod
    def replace(cls, task, user_ids):
        """Assign these people and no others."""
        cls.delete().where(cls.task == task.id).execute()
        rows = [(task.id, user_id, task.organization_id) for user_id in user_ids]
        try:
            with database.atomic():
                if rows:
                    cls.insert_many(rows, fields=[cls.task, cls.user, cls.organization]).execute()
        except IntegrityError:
            known = {
                row.user_id
                for row in Member.select(Member.user_id).where(Member.organization == task.organization_id)
            }
            faults = [
                fault("body", "not_found", "Nobody here has this id.", pointer=f"/assignee_ids/{place}")
                for place, user_id in enumerate(user_ids)
                if user_id not in known
            ]
            if not faults:
                raise  # whoever was missing is a member by now: the same, tried again, succeeds
            raise NotFound(
                "Not everybody in assignee_ids is a member of the organization.", errors=faults
            ) from None
        return sorted(user_ids)
