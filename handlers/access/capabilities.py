"""What the caller may do."""

from security.capabilities import capabilities_on, of_oneself
from security.granting import resource


def get_capabilities(caller, resource_type=None, resource_id=None):
    caller.permit()
    if resource_type is None and resource_id is None:
        return {"resource_type": "user", "resource_id": caller.user_id, "items": of_oneself(caller)}
    row = caller.see(*resource(resource_type, resource_id, "parameters"))
    return {"resource_type": row.noun(), "resource_id": row.id, "items": capabilities_on(caller, row)}
