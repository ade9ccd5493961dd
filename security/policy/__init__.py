"""The policy: each permission, and the reasons for which somebody has it.  One reason is enough.

A role is a rank: each may do all that those below it may.  A custom role is a list of permissions.  Both are had in a whole
organization, or by a grant on a resource of it; see :mod:`security.access`.  Every other reason is a relation between the
caller and the row.  Each context has a file of its own here; the contract tells the same to partners (``x-permissions``).
"""

from functools import cache
from typing import TYPE_CHECKING

from security import resources
from security.facts import Row
from security.policy import access, apps, identity, platform, privacy, services, work
from security.policy.reasons import (
    RANK,
    Reasons,
    Role,
    a_maintainer,
    admin,
    an_assignee,
    anybody,
    collaborator,
    guest,
    member,
    oneself,
    owner,
    the_creator,
    the_invited,
    the_person,
)

if TYPE_CHECKING:
    from security.callers import Caller

__all__ = [
    "CREDENTIALS", "IN_PERSON", "POLICY", "RANK", "Role", "a_maintainer", "admin", "allows", "an_assignee", "anybody",
    "collaborator", "guest", "member", "oneself", "owner", "the_creator", "the_invited", "the_person",
]  # fmt: skip
CONTEXTS = (platform, identity, access, apps, services, work, privacy)
POLICY: dict[str, Reasons] = {
    name: reasons for context in CONTEXTS for name, reasons in context.POLICY.items()
}
# Who makes a credential of a service account can do what that may: for this one has the role of an admin, and no grant.
CREDENTIALS = frozenset(access.CREDENTIALS)
# What programs never do, whatever their role: people answer for it.
IN_PERSON = CREDENTIALS | {name for context in CONTEXTS for name in getattr(context, "IN_PERSON", ())}
# Verbs whose permission is asked for on what the new row will be a part of.
ADDING = ("create", "add")


def _reasons(permission: str, caller: "Caller", row: Row | None) -> Reasons:
    """The reasons that may apply: none for nobody, none for programs where only people act, and none but ``anybody`` where
    no row is asked about."""
    if caller.user_id is None or (permission in IN_PERSON and caller.access.kind != "person"):
        return []
    reasons = POLICY[permission]
    return reasons if row is not None else [reason for reason in reasons if reason is anybody]


def allows(permission: str, caller: "Caller", row: Row | None) -> bool:
    """Whether ``caller`` has ``permission`` on ``row``."""
    for reason in _reasons(permission, caller, row):
        if isinstance(reason, Role):
            if row is not None and caller.effective_permissions.has(permission, row, caller.user_id):
                return True
        elif reason(caller, row):
            return True
    return False


def why(permission: str, caller: "Caller", row: Row | None) -> str | None:
    """The reason for which ``caller`` has ``permission`` on ``row``: ``role:admin``, ``grant:<id>`` or a relation's name."""
    for reason in _reasons(permission, caller, row):
        if isinstance(reason, Role):
            if row is not None and (
                source := caller.effective_permissions.why(permission, row, caller.user_id)
            ):
                return source
        elif reason(caller, row):
            return reason.__name__
    return None


def rank_for(permission: str) -> int | None:
    """The lowest rank that has ``permission`` on everything in an organization; None when roles do not give it."""
    return min((reason.rank for reason in POLICY[permission] if isinstance(reason, Role)), default=None)


def is_related(permission: str) -> bool:
    """Whether who is to do a row has ``permission`` on it, without any role."""
    return an_assignee in POLICY[permission]


@cache
def role_reasons(permission: str) -> tuple[int | None, bool]:
    """``(rank_for, is_related)`` of the permission: what decides where roles alone give it."""
    return rank_for(permission), is_related(permission)


def permissions_of(role: str) -> frozenset[str]:
    """What a built-in role may do everywhere in an organization; of ``none`` nothing."""
    if role == "none":
        return frozenset()
    ranks = {name: role_reasons(name)[0] for name in POLICY}
    return frozenset(
        permission for permission, rank in ranks.items() if rank is not None and rank <= RANK[role]
    )


def grantable() -> frozenset[str]:
    """The permissions that custom roles are made of: what admins may do in an organization, without making credentials."""
    return permissions_of("admin") - CREDENTIALS


@cache
def permissions_on(noun: str) -> frozenset[str]:
    """The permissions that can be had on a resource and on what is part of it; on an organization, all of them.

    A permission is asked for on a row of its noun; to create a row, on the row that it will be a part of.
    """
    if noun == resources.ORGANIZATION:
        return frozenset(POLICY)
    nouns = resources.at_or_below(noun)
    return frozenset(permission for permission in POLICY if asked_on(permission) in nouns)


def asked_on(permission: str) -> str | None:
    """The noun of the rows that a permission is asked for on."""
    noun, _, verb = permission.partition(".")
    return resources.parent_of(noun) if verb in ADDING else noun


def about(permissions: frozenset[str] | set[str], noun: str) -> frozenset[str]:
    """Those of ``permissions`` that mean something where they are granted: on a resource with this noun."""
    return frozenset(permissions) & permissions_on(noun)


def forget() -> None:
    """Clear what was computed from the policy and from the declared tables: for tests that change them."""
    role_reasons.cache_clear()
    permissions_on.cache_clear()
    resources.forget()
