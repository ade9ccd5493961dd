"""Capabilities: each permission that can be had on something, whether the caller has it there, and why."""

from security import policy

# What can be asked about a row of each kind, by the beginning of the permission.
ABOUT = {"task": policy.OF_TASKS, "project": policy.OF_PROJECTS}


def capabilities_on(caller, row):
    """``[{permission, is_allowed, reason}]`` on an organization, a project or a task."""
    kinds = ABOUT.get(row.noun())
    names = [
        one
        for one in sorted(policy.POLICY)
        if (one.startswith(kinds) if kinds else policy.rank_for(one) is not None)
    ]
    return [_told(caller, one, row) for one in names if one != "task.create" or row.noun() != "task"]


def of_oneself(caller):
    """The same of what is of no organization: one's own account, and what anybody may do."""
    names = [one for one in sorted(policy.POLICY) if policy.rank_for(one) is None]
    return [_told(caller, one, caller.account) for one in names]


def _told(caller, permission, row):
    reason = policy.why(permission, caller, row)
    return {"permission": permission, "is_allowed": reason is not None, "reason": reason}
