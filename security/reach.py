"""Reach: where somebody has each permission, by roles and by the grants that hold."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from security import policy, viewers
from security.resources import ORGANIZATION

NONE: dict[str, str] = {}  # one for everybody, as most people have no grants
NOBODYS: frozenset[str] = frozenset()
NOWHERE = "00000000-0000-0000-0000-000000000000"


class Grant(NamedTuple):
    """Permissions on a resource of an organization, or in the whole of it, under conditions."""

    id: str
    organization_id: str
    permissions: frozenset
    resource_type: str
    resource_id: str
    own_only: bool
    while_active: bool
    networks: tuple
    ends: float | None  # seconds since 1970


class Places(NamedTuple):
    """Where somebody has a permission.

    ``organizations`` are those in the whole of which it is had; ``resources`` the organizations of resources, by id;
    ``own`` the ids of organizations and resources in which it is had on one's own rows alone.  ``kinds`` are all places by
    kind, as :class:`security.viewers.Viewer` asks for them: ids, or organizations by id.
    """

    organizations: frozenset[str]
    resources: Mapping[str, str]
    own: frozenset[str]
    kinds: Mapping[str, Collection[str]]


class Reach:
    """Roles and the grants that hold: where each permission is had."""

    def __init__(self, roles: dict[str, str], grants: list[Grant]) -> None:
        self.roles, self.grants = roles, grants
        self.kept: dict[Any, Places] = {}
        self.alike: dict[tuple, Places] = {}

    def places(self, permission: str) -> Places:
        # Permissions that begin with the same role, and are in the same grants, are had in the same places.
        alike: tuple = policy.role_reasons(permission)
        if not self.grants:
            return self.kept.get(alike) or self.kept.setdefault(alike, self._places(permission))
        found = self.kept.get(permission)
        if found is None:
            alike += tuple(place for place, one in enumerate(self.grants) if permission in one.permissions)
            found = self.kept[permission] = self.alike.setdefault(alike, self._places(permission))
        return found

    def _places(self, permission: str) -> Places:
        least = policy.rank_for(permission)
        whole = {
            place for place, role in self.roles.items() if least is not None and policy.RANK[role] >= least
        }
        mine = [one for one in self.grants if permission in one.permissions]
        whole |= {
            one.organization_id for one in mine if not one.own_only and one.resource_type == ORGANIZATION
        }
        kinds: dict[str, Any] = {viewers.ORGANIZATION: frozenset(whole)}
        if policy.is_related(permission):
            kinds[viewers.RELATED] = frozenset(self.roles) - whole
        resources: dict[str, str] = {}
        own: dict[str, str] = {}
        for one in mine:
            if one.organization_id not in whole:
                (own if one.own_only else resources)[one.resource_id] = one.organization_id
                kinds.setdefault(_kind(one), {})[one.resource_id] = one.organization_id
        return Places(kinds[viewers.ORGANIZATION], resources or NONE, frozenset(own) or NOBODYS, kinds)

    def has(self, permission: str, row: Any, user_id: str) -> bool:
        """Whether the permission is had on ``row`` by a role or a grant."""
        found = self.places(permission)
        if row.organization_id in found.organizations:
            return True
        if not self.grants:
            return False
        scope = row.scope
        if not found.resources.keys().isdisjoint(scope):
            return True
        return not found.own.isdisjoint(scope) and is_own(row, user_id)

    def why(self, permission: str, row: Any, user_id: str) -> str | None:
        """The role or the grant that gives the permission on ``row``, as ``role:admin`` or ``grant:<id>``."""
        if not self.has(permission, row, user_id):
            return None
        role = self.roles.get(row.organization_id)
        least = policy.rank_for(permission)
        if role and least is not None and policy.RANK[role] >= least:
            return f"role:{role}"
        return next(
            f"grant:{one.id}"
            for one in self.grants
            if permission in one.permissions
            and reaches(one, row)
            and (not one.own_only or is_own(row, user_id))
        )

    def somewhere_in(self, permission: str, organization_id: str) -> bool:
        """Whether the permission is had on anything in the organization."""
        return any(
            organization_id in (ids.values() if isinstance(ids, Mapping) else ids)
            for ids in self.places(permission).kinds.values()
        )


def _kind(grant: Grant) -> str:
    """The kind of place that a grant gives its permissions in."""
    if grant.own_only:
        is_whole = grant.resource_type == ORGANIZATION
        return viewers.OWN if is_whole else viewers.own_on(grant.resource_type)
    return viewers.on(grant.resource_type)


def reaches(grant: Grant, row: Any) -> bool:
    """Whether a grant is on ``row``, or on what ``row`` is part of."""
    return grant.resource_id in row.scope


def is_own(row: Any, user_id: str) -> bool:
    """Whether the person made the row, or is to do it."""
    return getattr(row, "created_by_id", None) == user_id or user_id in getattr(row, "assignee_ids", ())
