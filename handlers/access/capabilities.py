"""What the caller may do."""

from models.access.organizations import Organization
from models.base.errors import NotFound
from models.work.projects import Project
from models.work.tasks import Task
from security.capabilities import capabilities_on, of_oneself

KINDS = {"organization_id": Organization, "project_id": Project, "task_id": Task}


def get_capabilities(caller, **places):
    caller.permit()
    rows = [caller.see(table, places[name]) for name, table in KINDS.items() if places.get(name)]
    if not rows:
        return {"subject_type": "user", "subject_id": caller.user_id, "items": of_oneself(caller)}
    *above, row = rows
    for one in above:
        if one.id not in row.scope:
            raise NotFound(f"The {row.noun()} is not in this {one.noun()}.")
    return {"subject_type": row.noun(), "subject_id": row.id, "items": capabilities_on(caller, row)}
