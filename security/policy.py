"""The policy: each permission, and the reasons for which somebody has it.  One reason is enough.

A role is a rank: each may do all that those below it may.  A custom role is a list of permissions.  Both are had in a whole
organization, or by a grant on an organization, a project or a task; see :mod:`security.access`.  Every other reason is a
relation between the caller and the row.
"""

from functools import cache

from models.access.members import ROLES

RANK = {role: rank for rank, role in enumerate(ROLES)}


class Role:
    """Everybody who has this role, or a higher one, where the row is; and who was granted the permission there."""

    def __init__(self, name):
        self.name, self.rank = name, RANK[name]


collaborator, guest, member, admin, owner = map(Role, ROLES)


def anybody(caller, row):
    """Everybody who is logged in."""
    return True


def oneself(caller, row):
    """The person whose account it is."""
    return getattr(row, "stream_id", None) == caller.user_id


def the_person(caller, row):
    """The person whose membership it is."""
    return getattr(row, "user_id", None) == caller.user_id


def the_creator(caller, row):
    """Who made it, while still a member."""
    made = getattr(row, "created_by_id", None) == caller.user_id
    return made and caller.rank_in(row.organization_id) >= RANK["member"]


def an_assignee(caller, row):
    """A member who is to do it.  Who has left may still be named until the task is released."""
    return caller.user_id in getattr(row, "assignee_ids", ()) and row.organization_id in caller.access.roles


def the_invited(caller, row):
    """The person whose verified address it was sent to, while it is open."""
    return getattr(row, "is_received", False)


def a_maintainer(caller, row):
    """Who looks after the team."""
    return caller.access.teams.get(getattr(row, "team_id", None)) == "maintainer"


POLICY: dict[str, list] = {
    "user.read": [oneself],
    "user.update": [oneself],
    "user.export": [oneself],
    "user.erase": [oneself],
    "session.read": [oneself],
    "session.end": [oneself],
    "two_factor.read": [oneself],
    "two_factor.update": [oneself],
    "session.revoke": [oneself],
    "identity.read": [oneself],
    "identity.link": [oneself],
    "identity.unlink": [oneself],
    "api_key.create": [anybody],
    "api_key.read": [oneself],
    "api_key.update": [oneself],
    "api_key.rotate": [oneself],
    "api_key.revoke": [oneself],
    "job.read": [oneself],
    "app.create": [admin],
    "app.read": [admin],
    "app.update": [admin],
    "app.rotate_secret": [admin],
    "app.delete": [admin],
    "consent.read": [oneself],
    "consent.revoke": [oneself],
    "organization.create": [anybody],
    "organization.read": [collaborator],
    "organization.update": [admin],
    "retention.read": [owner],
    "retention.update": [owner],
    "organization.transfer": [owner],
    "member.read": [guest, the_person],
    "member.update": [admin],
    "member.remove": [admin, the_person],
    "invitation.read": [member, the_invited],
    "invitation.create": [admin],
    "invitation.deliver": [admin],
    "invitation.withdraw": [admin],
    "invitation.receive": [anybody],
    "invitation.accept": [anybody],
    "invitation.decline": [anybody],
    "service_account.read": [member],
    "service_account.create": [admin],
    "service_account.update": [admin],
    "service_account.disable": [admin],
    "service_account.enable": [admin],
    "service_account.delete": [admin],
    "service_api_key.read": [member],
    "service_api_key.create": [admin],
    "service_api_key.rotate": [admin],
    "service_api_key.revoke": [admin],
    "service_key.read": [member],
    "service_key.create": [admin],
    "service_key.revoke": [admin],
    "service_certificate.read": [member],
    "service_certificate.create": [admin],
    "service_certificate.revoke": [admin],
    "team.read": [guest],
    "team.create": [admin],
    "team.update": [admin, a_maintainer],
    "team.delete": [admin],
    "team_member.read": [guest],
    "team_member.add": [admin, a_maintainer],
    "team_member.update": [admin, a_maintainer],
    "team_member.remove": [admin, a_maintainer, the_person],
    "role.read": [guest],
    "role.create": [admin],
    "role.update": [admin],
    "role.delete": [admin],
    "grant.read": [guest],
    "grant.create": [admin],
    "grant.update": [admin],
    "grant.revoke": [admin],
    "capability.read": [anybody],
    "permission_check.read": [owner],
    "project.read": [guest],
    "project.create": [member],
    "project.update": [member],
    "project.delete": [admin],
    "task.read": [guest, an_assignee],
    "task.create": [member],
    "task.update": [member],
    "task.complete": [member, an_assignee],
    "task.delete": [admin, the_creator],
    "event.read": [oneself, member],
    "security_log.read": [oneself, owner],
}
# Who makes a credential of a service account can do what that may: for this one has the role of an admin, and no grant.
CREDENTIALS = frozenset(
    {"service_api_key.create", "service_api_key.rotate", "service_key.create", "service_certificate.create"}
)
# What programs never do, whatever their role: people answer for it.
IN_PERSON = CREDENTIALS | {
    "user.update",
    "two_factor.update",
    "api_key.create",
    "api_key.update",
    "api_key.rotate",
    "api_key.revoke",
    "organization.create",
    "organization.transfer",
    "invitation.accept",
    "invitation.decline",
    "app.create",
    "app.update",
    "app.rotate_secret",
    "service_api_key.revoke",
    "service_key.revoke",
    "service_certificate.revoke",
}
# What a grant on a project, or on a task, is about; all the rest is about the organization.
OF_PROJECTS = ("project.read", "project.update", "project.delete", "task.")
OF_TASKS = ("task.read", "task.update", "task.complete", "task.delete")


def _reasons(permission, caller, row):
    """The reasons that may apply: none for nobody, none for programs where only people act, and none but ``anybody`` where
    no row is asked about."""
    if caller.user_id is None or (permission in IN_PERSON and caller.access.kind != "person"):
        return ()
    reasons = POLICY[permission]
    return reasons if row is not None else [one for one in reasons if one is anybody]


def allows(permission, caller, row):
    """Whether ``caller`` has ``permission`` on ``row``."""
    for reason in _reasons(permission, caller, row):
        if isinstance(reason, Role):
            if caller.reach.has(permission, row, caller.user_id):
                return True
        elif reason(caller, row):
            return True
    return False


def why(permission, caller, row):
    """The reason for which ``caller`` has ``permission`` on ``row``, in a word or two; None without any."""
    for reason in _reasons(permission, caller, row):
        if isinstance(reason, Role):
            if found := caller.reach.why(permission, row, caller.user_id):
                return found
        elif reason(caller, row):
            return reason.__name__
    return None


def rank_for(permission):
    """The lowest rank that has ``permission`` on everything in an organization; None when roles do not give it."""
    return min((reason.rank for reason in POLICY[permission] if isinstance(reason, Role)), default=None)


def is_related(permission):
    """Whether who is to do a task has ``permission`` on it, without any role."""
    return an_assignee in POLICY[permission]


@cache
def role_reasons(permission):
    """``(rank_for, is_related)`` of the permission: what decides where roles alone give it."""
    return rank_for(permission), is_related(permission)


def permissions_of(role):
    """What a built-in role may do everywhere in an organization; of ``none`` nothing."""
    if role == "none":
        return frozenset()
    ranks = {permission: rank_for(permission) for permission in POLICY}
    return frozenset(one for one, rank in ranks.items() if rank is not None and rank <= RANK[role])


def grantable():
    """The permissions that custom roles are made of: what admins may do in an organization, without making credentials."""
    return permissions_of("admin") - CREDENTIALS


def about(permissions, *, project_id=None, task_id=None):
    """Those of ``permissions`` that mean something where they are granted."""
    if task_id:
        return frozenset(permissions) & frozenset(OF_TASKS)
    if project_id:
        return frozenset(one for one in permissions if one.startswith(OF_PROJECTS))
    return frozenset(permissions)
