"""Tasks: the units of work inside a project, and the rules of finishing them."""

from collections.abc import Collection, Iterable
from typing import Any, Self

from peewee import SQL, BigIntegerField, DateField, ForeignKeyField, Query, SmallIntegerField, TextField

from models.access.organizations import Organization
from models.base.declarations import Declaration, Export, Personal
from models.base.errors import Conflict, InvalidValue
from models.base.fields import SearchField, UtcField
from models.base.pages import Among, Flag, Is, Order, Search, missing_last
from models.base.table import Table
from models.base.unit_of_work import now
from models.base.viewing import RowViewer
from models.identity.users import User
from models.work import task_dates, task_statuses, task_words
from models.work.assignments import ASSIGNEE_IDS, Assignment
from models.work.projects import Project, ProjectArchived


class TaskAlreadyDone(Conflict):
    """The task is already done.

    Cause: The task was completed before, perhaps by someone else.
    Fix: Read the task. To complete it again, reopen it first.
    Try: curl -X PUT -H "Authorization: Bearer $TOKEN" $BASE/tasks/$DONE_TASK/completion
    """


class TaskNotDone(Conflict):
    """The task is not done.

    Cause: Only a completed task can be reopened.
    Fix: Read the task; it may have been reopened already.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/tasks/$TASK/completion
    """


class SortNeedsText(InvalidValue):
    """Sorting by relevance requires a search text.

    Cause: `sort=relevance` was sent without `text`.
    Fix: Send `text`, or choose another sort order.
    Try: curl -H "Authorization: Bearer $TOKEN" "$BASE/tasks?sort=relevance"
    """


class Task(Table):
    """``number``, in the project, ends the key.  The database computes ``priority_rank``; ``words`` are those to search."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    project = ForeignKeyField(Project, column_name="project_id", backref="tasks", on_delete="RESTRICT")
    number = BigIntegerField()
    key = TextField()
    title = TextField()
    description = TextField(null=True)
    status = TextField()
    priority = TextField(default="none")
    starts_on = DateField(null=True)
    due_on = DateField(null=True)
    completed_at = UtcField(null=True)
    created_by = ForeignKeyField(User, column_name="created_by_id", on_delete="RESTRICT", index=False)
    priority_rank = SmallIntegerField(null=True)
    words = SearchField(null=True)

    external_fields = frozenset({"assignee_ids"})

    class Meta:
        table_name = "tasks"
        declares = Declaration(
            tenant="organization", parent="project", is_grantable=True, write_only=frozenset({"number"}),
            personal=Personal(erasure="Stays, by id, as what people made together.", exports=(
                Export("tasks_created", "Task", lambda person: Task.with_assignees().where(Task.created_by == person.id),
                       permission="task.read"),
                Export("tasks_assigned", "Task", lambda person: Task.with_assignees().where(Task.id.in_(
                    Assignment.tasks_of(person.id, person.organization_ids))), permission="task.read"),
            )),
            unviolated={"tasks_project_id_number_key": "counted in a row that is locked"},
        )  # fmt: skip
        indexes = ((("project", "number"), True), (("id", "organization"), True))

    @classmethod
    def visible_to(cls, caller: RowViewer) -> Query:
        related = Assignment.is_of(cls.id, caller.user_id)
        own = (cls.created_by == caller.user_id) | related
        return cls.with_assignees().where(caller.sees("task.read", of=cls, related=related, own=own))

    @classmethod
    def with_assignees(cls) -> Query:
        """Every task with its assignees, as a query, without the columns that only searches and sorts need."""
        columns = (field for field in cls._meta.sorted_fields if field.name not in ("words", "priority_rank"))
        return cls.select(*columns, SQL(ASSIGNEE_IDS).alias("assignee_ids"))

    @classmethod
    def has_stable_plan(cls, order: str, filters: Collection[str]) -> bool:
        """Each order has an index, for lists without filters; project and status have indexes in the order of creation."""
        return not filters or (order == "created_at" and set(filters) <= {"project_id", "status"})

    @classmethod
    def order(cls, sort: str, text: str | None) -> Order:
        """The order for a value of the contract's ``sort``."""
        refuse_without_text(sort, text)
        if sort == "relevance" and text is not None:
            return Search.order(cls.words, text)
        name, descending = sort.lstrip("-"), sort.startswith("-")
        expression = {
            "created_at": cls.created_at,
            "updated_at": cls.updated_at,
            "priority": cls.priority_rank,
            "due_on": missing_last(cls.due_on, descending=descending),
        }[name]
        return Order(name, expression, descending=descending)

    @property
    def status_category(self) -> str:
        return task_statuses.CATEGORIES[self.status]

    @property
    def assignee_ids(self) -> list[str]:
        """The ids of the assignees, in order; ``visible_to`` reads them with the task."""
        if "assignee_ids" not in self.extra:
            self.extra["assignee_ids"] = Assignment.user_ids(self.id)
        return self.extra["assignee_ids"]

    @classmethod
    def assignees_of(cls, ids: Iterable[str]) -> dict[str, list[str]]:
        """The assignees of those of the tasks that exist: ``{task ID: user IDs}``."""
        query = cls.select(cls.id, SQL(ASSIGNEE_IDS)).where(cls.id.in_(list(ids)))
        return dict(query.tuples())

    def store_assignee_ids(self, user_ids: list[str]) -> None:
        self.extra["assignee_ids"] = Assignment.replace(self, user_ids)

    @classmethod
    def create_in(cls, project: Project, **fields: Any) -> Self:
        """Add a task to ``project``, under the next number.

        Taking the number locks the project against further new tasks until the commit: what is costly comes before.
        """
        task_dates.refuse_reversed(fields.get("starts_on"), fields.get("due_on"))
        task_statuses.refuse_unknown(fields.setdefault("status", task_statuses.FIRST))
        if fields["status"] == "done":
            fields["completed_at"] = now()
        fields.setdefault("assignee_ids", [])
        text_words = task_words.of_text(fields["title"], fields.get("description"))
        number = project.next_number()
        key = f"{project.key}-{number}"
        return cls.add(
            "task.created",
            organization=project.organization_id,
            project=project,
            number=number,
            key=key,
            words=f"{task_words.of_key(key)} {text_words}",
            **fields,
        )

    def record(self, event_type: str, **fields: Any) -> Self:
        title, description = (fields.get(name, getattr(self, name)) for name in ("title", "description"))
        if (title, description) != (self.title, self.description):
            fields["words"] = task_words.of(self.key, title, description)
        return super().record(event_type, **fields)

    def change(self, **fields: Any) -> Self:
        """Change fields; a status to or from ``done`` finishes or reopens the task."""
        self.refuse_archived()
        dates = fields.get("starts_on", self.starts_on), fields.get("due_on", self.due_on)
        task_dates.refuse_reversed(*dates, sent=fields)
        if "assignee_ids" in fields:
            fields["assignee_ids"] = sorted(fields["assignee_ids"])
        status = fields.get("status", self.status)
        task_statuses.refuse_unknown(status)
        if status == "done" and self.status != "done":
            return self.record("task.completed", **fields, completed_at=now())
        if status != "done" and self.status == "done":
            return self.record("task.reopened", **fields, completed_at=None)
        return self.record("task.updated", **fields)

    def complete(self) -> Self:
        """Finish the task, once."""
        if self.status == "done":
            raise TaskAlreadyDone(f"Completed at {self.completed_at:%F %R} UTC.")
        return self.change(status="done")

    def reopen(self) -> Self:
        if self.status != "done":
            raise TaskNotDone(f"{self.key} is {self.status}.")
        return self.change(status="todo")

    def remove(self) -> None:
        self.refuse_archived()
        self.erase("task.deleted")

    @classmethod
    def release(cls, organization_id: str, user_id: str, limit: int) -> bool:
        """Unassign a person who leaves from at most ``limit`` tasks of the organization.  Whether the limit was reached.

        The membership is locked, or has ended: nobody can assign the person meanwhile.
        """
        assigned = (
            cls.with_assignees()
            .join(Assignment)
            .where(Assignment.organization == organization_id, Assignment.user == user_id)
        )
        tasks = cls.locked(assigned.order_by(cls.id).limit(limit))
        for task in tasks:
            others = [assignee_id for assignee_id in task.assignee_ids if assignee_id != user_id]
            task.record("task.updated", assignee_ids=others)
        return len(tasks) == limit

    def refuse_archived(self) -> None:
        """Refuse when the project is archived, and lock it against being archived until this transaction ends."""
        query = Project.select(Project.status).where(Project.id == self.project_id)
        if query.for_update("FOR SHARE").get().status == "archived":
            raise ProjectArchived(f"The project of {self.key} is archived.")


Task.FILTERS = {
    "project_id": Among(Task.project, "uuid[]"),
    "status": Among(Task.status, "text[]"),
    "status_category": task_statuses.OfCategory(Task.status),
    "priority": Among(Task.priority, "text[]"),
    "assignee_id": Is(lambda _: Task.id.in_(Assignment.tasks_of_any("assignee_id"))),
    "assigned": Flag(
        lambda wanted: Assignment.has_some(Task.id) if wanted else ~Assignment.has_some(Task.id)
    ),
    "due_from": Is(lambda value: Task.due_on >= value),
    "due_to": Is(lambda value: Task.due_on <= value),
    "created_from": Is(lambda value: Task.created_at >= value),
    "created_to": Is(lambda value: Task.created_at <= value),
    "text": Search(Task.words),
}


def refuse_without_text(sort: str, text: str | None) -> None:
    if sort == "relevance" and text is None:
        raise SortNeedsText(parameters=("sort", "text"))
