"""The policy: each permission, and the reasons for which somebody has it.  One reason is enough.

A reason is asked about a caller and a row; the row says which organization it belongs to.  Roles are ranks: each may do
all that those below it may.
"""

from models.members import ROLES

RANK = {role: rank for rank, role in enumerate(ROLES)}


def at_least(role):
    """Everybody in the organization with this role or a higher one."""

    def has_the_role(caller, row):
        return caller.rank_in(row.organization_id) >= RANK[role]

    has_the_role.rank = RANK[role]  # type: ignore[attr-defined]
    return has_the_role


guest, member, admin, owner = (at_least(role) for role in ROLES)


def anybody(caller, row):
    """Everybody who is logged in."""
    return True


def oneself(caller, row):
    """The person whose account it is."""
    return row is None or getattr(row, "stream_id", None) == caller.user_id


def the_person(caller, row):
    """The person whose membership it is."""
    return row.user_id == caller.user_id


def the_creator(caller, row):
    """Who made it, while still a member."""
    return row.created_by_id == caller.user_id and member(caller, row)


def an_assignee(caller, row):
    """Who is to do it."""
    return caller.user_id in row.assignee_ids


POLICY = {
    "user.read": [oneself],
    "user.update": [oneself],
    "session.read": [oneself],
    "session.end": [oneself],
    "session.revoke": [oneself],
    "api_key.create": [anybody],
    "api_key.read": [oneself],
    "api_key.update": [oneself],
    "api_key.rotate": [oneself],
    "api_key.revoke": [oneself],
    "app.create": [admin],
    "app.read": [admin],
    "app.update": [admin],
    "app.rotate_secret": [admin],
    "app.delete": [admin],
    "consent.read": [oneself],
    "consent.revoke": [oneself],
    "organization.create": [anybody],
    "organization.read": [guest],
    "organization.update": [admin],
    "member.read": [guest],
    "member.add": [admin],
    "member.update": [admin],
    "member.remove": [admin, the_person],
    "project.read": [guest],
    "project.create": [member],
    "project.update": [member],
    "project.delete": [admin],
    "task.read": [guest],
    "task.create": [member],
    "task.update": [member],
    "task.complete": [member, an_assignee],
    "task.delete": [admin, the_creator],
    "event.read": [oneself, member],
    "security_log.read": [oneself, owner],
}


def allows(permission, caller, row):
    """Whether ``caller`` has ``permission`` on ``row``."""
    return any(reason(caller, row) for reason in POLICY[permission])


def rank_for(permission):
    """The lowest rank that has ``permission`` on everything in an organization."""
    return min(reason.rank for reason in POLICY[permission] if hasattr(reason, "rank"))
