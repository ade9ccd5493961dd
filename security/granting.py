"""Granting: what a role is granted on, and what the role is."""

from models.access.organizations import Organization
from models.access.roles import Role
from models.base.errors import NotFound
from models.work.projects import Project
from models.work.tasks import Task


def granted_on(caller, organization_id, project_id, task_id):
    """The row that a grant will be on, where the caller must have the operation's permission: a task, a project, or the
    organization."""
    if task_id:
        row = caller.find(Task, task_id)
    elif project_id:
        row = caller.find(Project, project_id)
    else:
        return caller.find(Organization, organization_id)
    if row.organization_id != organization_id or (project_id and row.scope[1] != project_id):
        raise NotFound(f"No {row.noun()} of the organization, or of the project, has this id.")
    return row


def role_named(organization_id, name):
    """``(custom role or None, the built-in role it has, its own permissions)``."""
    custom = Role.named(organization_id, name)
    return (custom, custom.includes, custom.permissions) if custom else (None, name, ())
