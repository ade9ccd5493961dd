"""Projects: groups of tasks, which number them and prefix their keys."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from peewee import BigIntegerField, Expression, ForeignKeyField, Query, TextField

from models.access.organizations import Organization
from models.base.constraints import refused_by
from models.base.declarations import Declaration, Export, Personal
from models.base.errors import Conflict
from models.base.pages import Is
from models.base.statements import rows
from models.base.table import Table
from models.base.viewing import RowViewer
from models.identity.users import User

if TYPE_CHECKING:
    from models.work.tasks import Task


class ProjectKeyTaken(Conflict):
    """Another project of the organization has this key.

    Cause: keys are unique in an organization, so that `ENG-42` is one task.
    Fix: choose another key.
    Try: curl -H "Authorization: Bearer $TOKEN" "$BASE/projects?organization_id=$ORGANIZATION"
    """


class ProjectArchived(Conflict):
    """The project is archived.

    Cause: the tasks of an archived project cannot be added, changed or deleted.
    Fix: set the status of the project to `active` first.
    Try: curl -X PATCH -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/merge-patch+json"
    -d '{"status":"active"}' $BASE/projects/$PROJECT
    """


class ProjectNotEmpty(Conflict):
    """The project has tasks.

    Cause: only an empty project can be deleted.
    Fix: archive the project, or delete its tasks first.
    Try: curl -X PATCH -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/merge-patch+json"
    -d '{"status":"archived"}' $BASE/projects/$PROJECT
    """


class Project(Table):
    """``last_number`` is the number of the task that was added last."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", backref="projects", on_delete="CASCADE"
    )
    key = TextField()
    name = TextField()
    description = TextField(null=True)
    status = TextField(default="active")
    last_number = BigIntegerField(default=0)
    created_by = ForeignKeyField(User, column_name="created_by_id", on_delete="RESTRICT", index=False)

    class Meta:
        table_name = "projects"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            is_grantable=True,
            personal=Personal(
                exports=(Export("projects_created", "Project", by="created_by", permission="project.read"),),
                erasure="Stays, by id, as what people made together.",
            ),
        )
        indexes = (
            (("organization", "key"), True),
            (("id", "organization"), True),
            (("organization", "created_at", "id"), False),
        )

    @classmethod
    def visible_to(cls, caller: RowViewer) -> Query:
        own = cls.created_by == caller.user_id
        return cls.select().where(caller.sees("project.read", of=cls, own=own))

    @classmethod
    def activity(cls) -> Expression:
        return cls.status == "active"

    @classmethod
    def of(cls, tasks: Iterable["Task"]) -> list[Self]:
        """The projects of these tasks, by key."""
        ids = {task.project_id for task in tasks}
        return list(cls.select().where(cls.id.in_(ids)).order_by(cls.key)) if ids else []

    @classmethod
    def open(cls, organization: Organization, key: str, **fields: Any) -> Self:
        return cls.add("project.created", organization=organization, key=key, **fields)

    def next_number(self) -> int:
        """The number of a new task.  Refused when the project is archived, also at this very moment."""
        numbers = rows(
            "update projects set last_number = last_number + 1 where id = %s and status = 'active' returning last_number",
            (self.id,),
        )
        if not numbers:
            raise ProjectArchived(f"{self.key} is archived.")
        return numbers[0][0]

    def change(self, **fields: Any) -> Self:
        return self.record("project.updated", **fields)

    def close(self) -> None:
        """Delete the project, which must be empty: the foreign key of tasks restricts it."""
        with refused_by(ProjectNotEmpty(f"{self.key} has tasks."), "tasks_project_id_organization_id_fkey"):
            self.erase("project.deleted")


Project.FILTERS = {"status": Is(lambda value: Project.status == value)}
