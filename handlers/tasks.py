"""Tasks: the units of work inside a project."""
from models.base.pages import page
from models.organizations import Organization
from models.projects import Project
from models.tasks import Task
from models.users import User


def create_task(body, caller):
    project = caller.find(Project, body.pop("project_id"))
    return Task.create_in(project, created_by=caller.user_id, **body), 201


def list_tasks(caller, limit, sort, cursor=None, include=(), organization_id=None, project_id=None, **filters):
    query = Task.visible_to(caller)
    if organization_id:
        query = query.where(Task.organization == caller.find(Organization, organization_id).id)
    if project_id:
        query = query.where(Task.project.in_([caller.find(Project, one).id for one in project_id]))
    found = page(
        Task.narrowed(query, **filters), Task.order(sort, filters.get("text")), limit=limit, cursor=cursor,
        include=include, organization_id=organization_id, project_id=project_id, **filters,
    )
    found["included"] = {
        "projects": Project.of(found["items"]) if "projects" in include else [],
        "people": User.of(found["items"]) if "people" in include else [],
    }
    return found


def get_task(task_id, caller):
    return caller.find(Task, task_id)


def update_task(task_id, body, caller):
    return caller.find(Task, task_id).change(**body)


def delete_task(task_id, caller):
    caller.find(Task, task_id).remove()
    return None, 204


def complete_task(task_id, caller):
    return caller.find(Task, task_id).complete()


def reopen_task(task_id, caller):
    return caller.find(Task, task_id).reopen()
