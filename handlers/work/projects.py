"""What tasks are grouped under."""

from models.access.organizations import Organization
from models.base.pages import page
from models.work.projects import Project


def create_project(body, caller):
    organization = caller.find(Organization, body.pop("organization_id"))
    return Project.open(organization, created_by=caller.user_id, **body), 201


def list_projects(caller, limit, cursor=None, include=(), organization_id=None, **filters):
    within = organization_id and caller.within(organization_id)
    return page(Project, caller, filters, limit=limit, cursor=cursor, include=include, within=within)


def get_project(project_id, caller):
    return caller.find(Project, project_id)


def update_project(project_id, body, caller):
    return caller.find(Project, project_id).change(**body)


def delete_project(project_id, caller):
    caller.find(Project, project_id).close()
    return None, 204
