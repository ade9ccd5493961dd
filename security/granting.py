"""Granting: on what a role is given, and that nobody gives what they lack."""

from models.base.errors import NotFound
from models.grants import PermissionBeyondOwn
from models.organizations import Organization
from models.projects import Project
from models.roles import Role
from models.tasks import Task
from security import policy


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


def refuse_beyond(caller, row, includes, permissions):
    """Refuse when the caller lacks, on ``row``, one of the permissions that a role would give there."""
    given = set(permissions) | (policy.permissions_of(includes) if includes else set())
    _, project_id, task_id = row.scope
    for permission in sorted(policy.about(given, project_id=project_id, task_id=task_id)):
        if not caller.reach.has(permission, row, caller.user_id):
            raise PermissionBeyondOwn(f"You lack {permission} there.")
