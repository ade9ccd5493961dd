"""Who may do what, as the contract tells partners (``x-permissions``): a slip in the policy is seen against it."""

import spec

ALL = {"owner", "admin", "member", "guest", "collaborator"}
ANYBODY = {*ALL, "stranger"}


def _who(allowed):
    """Who has the permission on an object that is not in any way their own, of those whom the contract names.

    What no role gives is asked of one's own account, which everybody has.
    """
    return ALL & set(allowed) or ANYBODY


ALLOWED = spec.load()["x-permissions"]
MAY = {permission: _who(allowed) for permission, allowed in ALLOWED.items()}
# What is read by another permission than that of its noun.
READ_BY = {"security_entry": "security_log.read"}
# Lists that show, to who has the permission on nothing else, what they are to do themselves.
OF_ONES_OWN = {("list_tasks", "collaborator")}
