"""Reach: where somebody has each permission, by roles and by the grants that hold."""

from typing import NamedTuple

from security import policy

NONE: dict = {}  # one for everybody, as most people have no grants
NOWHERE = "00000000-0000-0000-0000-000000000000"


class Grant(NamedTuple):
    """Permissions in a part of an organization, under conditions."""

    id: str
    organization_id: str
    permissions: frozenset
    project_id: str | None  # of a task, too
    task_id: str | None
    own_only: bool
    while_active: bool
    networks: tuple
    ends: float | None  # seconds since 1970


class Places(NamedTuple):
    """Where somebody has a permission: ids, and of projects and tasks their organizations.

    ``related`` are the organizations where only a relation gives it; in ``own…`` it is given for one's own rows alone.
    """

    organization: frozenset
    project: dict
    task: dict
    related: frozenset
    own: frozenset
    own_project: dict
    own_task: dict


class Reach:
    """Roles and the grants that hold: where each permission is had."""

    def __init__(self, roles, grants):
        self.roles, self.grants = roles, grants
        self.kept, self.alike = {}, {}

    def places(self, permission):
        # Permissions that begin with the same role, and are in the same grants, are had in the same places.
        alike = policy.role_reasons(permission)
        if not self.grants:
            return self.kept.get(alike) or self.kept.setdefault(alike, self._places(permission))
        found = self.kept.get(permission)
        if found is None:
            alike += tuple(place for place, one in enumerate(self.grants) if permission in one.permissions)
            found = self.kept[permission] = self.alike.setdefault(alike, self._places(permission))
        return found

    def _places(self, permission):
        least = policy.rank_for(permission)
        whole = {
            place for place, role in self.roles.items() if least is not None and policy.RANK[role] >= least
        }
        mine = [one for one in self.grants if permission in one.permissions]
        whole |= {one.organization_id for one in mine if not one.own_only and not one.project_id}
        mine = [one for one in mine if one.organization_id not in whole]
        parts = {(True, kind): {} for kind in ("own", "project", "task")} | {
            (False, kind): {} for kind in ("own", "project", "task")
        }
        for one in mine:
            kind = "task" if one.task_id else "project" if one.project_id else "own"
            parts[one.own_only, kind][one.task_id or one.project_id or one.organization_id] = (
                one.organization_id
            )
        related = frozenset(self.roles) - whole if policy.is_related(permission) else frozenset()
        return Places(
            frozenset(whole), parts[False, "project"] or NONE, parts[False, "task"] or NONE, related,
            frozenset(parts[True, "own"]), parts[True, "project"] or NONE, parts[True, "task"] or NONE,
        )  # fmt: skip

    def has(self, permission, row, user_id):
        """Whether the permission is had on ``row`` by a role or a grant."""
        found = self.places(permission)
        if row.organization_id in found.organization:
            return True
        if not self.grants:
            return False
        _, project_id, task_id = row.scope
        if project_id in found.project or task_id in found.task:
            return True
        own = row.organization_id in found.own or project_id in found.own_project or task_id in found.own_task
        return own and is_own(row, user_id)

    def why(self, permission, row, user_id):
        """The role or the grant that gives the permission on ``row``, as ``role:admin`` or ``grant:<id>``."""
        if not self.has(permission, row, user_id):
            return None
        role = self.roles.get(row.organization_id)
        least = policy.rank_for(permission)
        if role and least is not None and policy.RANK[role] >= least:
            return f"role:{role}"
        scope = {row.organization_id, *row.scope[1:]}
        return next(
            f"grant:{one.id}"
            for one in self.grants
            if permission in one.permissions
            and (one.task_id or one.project_id or one.organization_id) in scope
            and (not one.own_only or is_own(row, user_id))
        )

    def somewhere_in(self, permission, organization_id):
        """Whether the permission is had on anything in the organization."""
        found = self.places(permission)
        return (
            organization_id in found.organization
            or organization_id in found.related
            or organization_id in found.own
            or any(organization_id in part.values() for part in (found.project, found.task, found.own_project, found.own_task))
        )  # fmt: skip


def reaches(grant, row):
    """Whether a grant is on ``row``, or on what ``row`` is in."""
    organization_id, project_id, task_id = row.scope
    if grant.task_id:
        return grant.task_id == task_id
    if grant.project_id:
        return grant.project_id == project_id
    return grant.organization_id == organization_id


def is_own(row, user_id):
    """Whether the person made the row, or is to do it."""
    return getattr(row, "created_by_id", None) == user_id or user_id in getattr(row, "assignee_ids", ())
