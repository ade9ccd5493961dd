"""What tasks are grouped under."""
from models.base.pages import page
from models.organizations import Organization
from models.projects import Project


def create_project(body, caller):
    organization = caller.find(Organization, body.pop("organization_id"))
    return Project.open(organization, created_by=caller.user_id, **body), 201


def list_projects(caller, limit, cursor=None, include=(), organization_id=None, status=None):
    query = Project.visible_to(caller)
    if organization_id:
        query = query.where(Project.organization == caller.find(Organization, organization_id).id)
    if status:
        query = query.where(Project.status == status)
    return page(
        query, Project.newest_first(), limit=limit, cursor=cursor, include=include,
        organization_id=organization_id, status=status,
    )


def get_project(project_id, caller):
    return caller.find(Project, project_id)


def update_project(project_id, body, caller):
    return caller.find(Project, project_id).change(**body)


def delete_project(project_id, caller):
    caller.find(Project, project_id).close()
    return None, 204
