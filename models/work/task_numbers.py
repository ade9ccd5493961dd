"""The numbers of tasks, declared before projects, which open and close them."""

from typing import TYPE_CHECKING

from peewee import BigIntegerField, BooleanField, DeferredForeignKey, ForeignKeyField, Model

from models.access.organizations import Organization
from models.base.database import database
from models.base.declarations import Declaration
from models.base.statements import execute, rows, send_with_next

if TYPE_CHECKING:
    from models.work.projects import Project

NEXT = "update task_numbers set last_number = last_number + 1 where project_id = %s and is_open returning last_number"
START = "insert into task_numbers (project_id, organization_id, last_number, is_open) values (%s, %s, 0, %s)"


class TaskNumbers(Model):
    """The number that was given last in a project, and whether more are given: while the project is active.

    Numbers have no gaps: who takes one has the row until the transaction ends, and so has who opens or closes it.
    """

    project = DeferredForeignKey("Project", column_name="project_id", primary_key=True, on_delete="CASCADE")
    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    last_number = BigIntegerField()
    is_open = BooleanField()

    class Meta:
        database = database
        table_name = "task_numbers"
        declares = Declaration(tenant="organization", parent="project", history="none")

    @classmethod
    def start(cls, project: "Project") -> None:
        send_with_next(START, (project.id, project.organization_id, project.status == "active"))

    @classmethod
    def next_of(cls, project: "Project") -> int | None:
        """The next number in the project; None when it is archived or deleted, also at this very moment."""
        numbers = rows(NEXT, (project.id,))
        return numbers[0][0] if numbers else None

    @classmethod
    def follow(cls, project: "Project") -> None:
        """Give numbers while the project is active, and none while it is archived."""
        execute(
            "update task_numbers set is_open = %s where project_id = %s",
            (project.status == "active", project.id),
        )

    @classmethod
    def end(cls, project: "Project") -> None:
        """Give none any more.  Before the project is deleted, so that who has one and who deletes wait in one order."""
        execute("delete from task_numbers where project_id = %s", (project.id,))
