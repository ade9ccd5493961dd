"""Projects: what tasks are grouped under, and where their keys come from."""

from peewee import BigIntegerField, Expression, ForeignKeyField, TextField

from models.access.organizations import Organization
from models.base.constraints import refused_by
from models.base.declarations import Declaration, Export, Personal
from models.base.errors import Conflict
from models.base.pages import Is
from models.base.statements import rows
from models.base.table import Table
from models.identity.users import User


class ProjectKeyTaken(Conflict):
    """Another project of the organization has this key.

    Cause: keys are unique in an organization, so that `ENG-42` is one task.
    Fix: choose another key.
    Try: curl --json '{"organization_id": "'$ORGANIZATION'", "key": "'$PROJECT_KEY'", "name": "Another"}' -H "Authorization:
        Bearer $TOKEN" $BASE/projects
    """


class ProjectArchived(Conflict):
    """The project is archived.

    Cause: the tasks of an archived project cannot be added, changed or deleted.
    Fix: set the status of the project to `active` first.
    Try: curl --json '{"project_id": "'$ARCHIVED_PROJECT'", "title": "A task"}' -H "Authorization: Bearer $TOKEN" $BASE/tasks
    """


class ProjectNotEmpty(Conflict):
    """The project has tasks.

    Cause: only an empty project can be deleted.
    Fix: archive the project, or delete its tasks first.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/projects/$PROJECT
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
    def visible_to(cls, caller):
        mine = cls.created_by == caller.user_id
        return cls.select().where(caller.sees("project.read", of=cls, own=mine))

    @classmethod
    def activity(cls) -> Expression:
        return cls.status == "active"

    @classmethod
    def of(cls, tasks):
        """The projects of these tasks, by key."""
        ids = {task.project_id for task in tasks}
        return list(cls.select().where(cls.id.in_(ids)).order_by(cls.key)) if ids else []

    @classmethod
    def open(cls, organization, key, **fields):
        return cls.add("project.created", organization=organization, key=key, **fields)

    def next_number(self):
        """The number of a new task.  Refused when the project is archived, also at this very moment."""
        found = rows(
            "update projects set last_number = last_number + 1 where id = %s and status = 'active' returning last_number",
            (self.id,),
        )
        if not found:
            raise ProjectArchived(f"{self.key} is archived.")
        return found[0][0]

    def change(self, **fields):
        return self.record("project.updated", **fields)

    def close(self):
        """Delete the project, which must be empty: the tasks' foreign key holds it."""
        with refused_by(ProjectNotEmpty(f"{self.key} has tasks."), "tasks_project_id_organization_id_fkey"):
            self.erase("project.deleted")


Project.FILTERS = {"status": Is(lambda value: Project.status == value)}
