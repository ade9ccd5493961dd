"""Capabilities: each permission that can be had on something, whether the caller has it there, and why."""

from typing import Any

from security import policy
from security.callers import Caller
from security.facts import Row


def capabilities_on(caller: Caller, row: Row) -> list[dict[str, Any]]:
    """``[{permission, is_allowed, reason}]`` on an organization, or on a resource of one."""
    permissions = policy.permissions_on(row.noun())
    return [
        _capability(caller, permission, row)
        for permission in sorted(permissions)
        if policy.rank_for(permission) is not None
    ]


def of_oneself(caller: Caller) -> list[dict[str, Any]]:
    """The same of what belongs to no organization: one's own account, and what anybody may do."""
    permissions = [permission for permission in sorted(policy.POLICY) if policy.rank_for(permission) is None]
    return [_capability(caller, permission, caller.account) for permission in permissions]


def _capability(caller: Caller, permission: str, row: Row) -> dict[str, Any]:
    reason = policy.why(permission, caller, row)
    return {"permission": permission, "is_allowed": reason is not None, "reason": reason}
