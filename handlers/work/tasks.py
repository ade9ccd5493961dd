"""Tasks: the units of work inside a project."""

from models.base.pages import page
from models.base.value_rules import obeys
from models.identity.users import User
from models.work.projects import Project
from models.work.task_dates import refuse_reversed
from models.work.task_statuses import refuse_unknown
from models.work.tasks import Task, refuse_without_text


@obeys(refuse_unknown, "status")
@obeys(refuse_reversed, "starts_on", "due_on")
def create_task(body, caller):
    project = caller.find(Project, body.pop("project_id"))
    return Task.create_in(project, created_by=caller.user_id, **body), 201


@obeys(refuse_without_text, "sort", "text")
def list_tasks(caller, limit, sort, cursor=None, include=(), organization_id=None, **filters):
    within = organization_id and caller.within(organization_id)
    caller.find_all(Project, filters.get("project_id") or [])
    order = Task.order(sort, filters.get("text"))
    tasks = page(
        Task, caller, filters, order=order, limit=limit, cursor=cursor, include=include, within=within
    )
    tasks["included"] = {
        "projects": caller.seen(Project.of(tasks["items"])) if "projects" in include else [],
        "people": User.of(tasks["items"]) if "people" in include else [],
    }
    return tasks


def get_task(task_id, caller):
    return caller.find(Task, task_id)


@obeys(refuse_unknown, "status")
@obeys(refuse_reversed, "starts_on", "due_on")
def update_task(task_id, body, caller):
    return caller.find(Task, task_id).change(**body)


def delete_task(task_id, caller):
    caller.find(Task, task_id).remove()
    return None, 204


def complete_task(task_id, caller):
    return caller.find(Task, task_id).complete()


def reopen_task(task_id, caller):
    return caller.find(Task, task_id).reopen()
