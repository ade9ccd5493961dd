"""Capabilities: each permission that can be had on something, whether the caller has it there, and why."""

from typing import Any

from security import policy


def capabilities_on(caller: Any, row: Any) -> list[dict]:
    """``[{permission, is_allowed, reason}]`` on an organization, or on a resource of one."""
    names = policy.permissions_on(row.noun())
    return [_capability(caller, one, row) for one in sorted(names) if policy.rank_for(one) is not None]


def of_oneself(caller: Any) -> list[dict]:
    """The same of what is of no organization: one's own account, and what anybody may do."""
    names = [one for one in sorted(policy.POLICY) if policy.rank_for(one) is None]
    return [_capability(caller, one, caller.account) for one in names]


def _capability(caller: Any, permission: str, row: Any) -> dict:
    reason = policy.why(permission, caller, row)
    return {"permission": permission, "is_allowed": reason is not None, "reason": reason}
