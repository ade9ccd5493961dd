"""Projects: groups of tasks, which number them and prefix their keys."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from peewee import Expression, ForeignKeyField, Query, TextField

from models.access.organizations import Organization
from models.base.constraints import refused_by
from models.base.declarations import Declaration, Export, Personal
from models.base.errors import Conflict
from models.base.pages import Is
from models.base.table import Table
from models.base.viewing import RowViewer
from models.identity.users import User
from models.work.task_numbers import TaskNumbers

if TYPE_CHECKING:
    from models.work.tasks import Task


class ProjectKeyTaken(Conflict):
    """A project with this key already exists.

    Cause: Project keys are unique in an organization, so that `ENG-42` identifies one task.
    Fix: Choose another key.
    Try: curl --json '{"organization_id": "'$ORGANIZATION'", "key": "'$PROJECT_KEY'", "name": "Another"}' -H "Authorization:
        Bearer $TOKEN" $BASE/projects
    """


class ProjectArchived(Conflict):
    """The project is archived.

    Cause: Tasks of an archived project cannot be created, updated, or deleted.
    Fix: Set the status of the project to `active` first.
    Try: curl --json '{"project_id": "'$ARCHIVED_PROJECT'", "title": "A task"}' -H "Authorization: Bearer $TOKEN" $BASE/tasks
    """


class ProjectNotEmpty(Conflict):
    """The project has tasks.

    Cause: Only a project without tasks can be deleted.
    Fix: Archive the project, or delete its tasks first.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/projects/$PROJECT
    """


class Project(Table):
    """What tasks are grouped under; the numbers of its tasks are counted in :class:`TaskNumbers`."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", backref="projects", on_delete="CASCADE"
    )
    key = TextField()
    name = TextField()
    description = TextField(null=True)
    status = TextField(default="active")
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
        project = cls.add("project.created", organization=organization, key=key, **fields)
        TaskNumbers.start(project)
        return project

    def next_number(self) -> int:
        """The number of a new task.  Refused when the project is archived, also at this very moment."""
        number = TaskNumbers.next_of(self)
        if number is None:
            raise ProjectArchived(f"{self.key} is archived.")
        return number

    def change(self, **fields: Any) -> Self:
        status = self.status
        self.record("project.updated", **fields)
        if self.status != status:
            TaskNumbers.follow(self)
        return self

    def close(self) -> None:
        """Delete the project, which must be empty: the foreign key of tasks restricts it."""
        with refused_by(ProjectNotEmpty(f"{self.key} has tasks."), "tasks_project_id_organization_id_fkey"):
            TaskNumbers.end(self)
            self.erase("project.deleted")


Project.FILTERS = {"status": Is(lambda value: Project.status == value)}
