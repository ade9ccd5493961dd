"""What the caller may do."""

from models.base.errors import InvalidRequest, fault
from models.organizations import Organization
from models.projects import Project
from models.tasks import Task
from security.capabilities import capabilities_on, of_oneself

KINDS = {"organization_id": Organization, "project_id": Project, "task_id": Task}


def get_capabilities(caller, **places):
    caller.permit()
    given = [(name, id) for name, id in places.items() if id is not None]
    if len(given) > 1:
        raise InvalidRequest(
            "Ask about one thing at a time.",
            errors=[fault("query", "too_many", "Send one of them.", parameter=name) for name, _ in given],
        )
    if not given:
        return {"subject_type": "user", "subject_id": caller.user_id, "items": of_oneself(caller)}
    ((name, id),) = given
    row = caller.see(KINDS[name], id)
    return {"subject_type": row.noun(), "subject_id": row.id, "items": capabilities_on(caller, row)}
