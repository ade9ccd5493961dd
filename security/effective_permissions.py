"""Effective permissions: in which scopes a person has each permission, by roles and by the grants that hold."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from peewee import Model

from security import policy, viewers
from security.conditions import Networks
from security.facts import Row
from security.resources import ORGANIZATION

NO_RESOURCES: dict[str, str] = {}  # one for everybody, as most people have no grants
NO_IDS: frozenset[str] = frozenset()
NIL_UUID = "00000000-0000-0000-0000-000000000000"


class Grant(NamedTuple):
    """Permissions on a resource of an organization, or in the whole of it, under conditions."""

    id: str
    organization_id: str
    permissions: frozenset[str]
    resource_type: str
    resource_id: str
    own_only: bool
    while_active: bool
    networks: Networks
    ends: float | None  # seconds since 1970


class PermissionScopes(NamedTuple):
    """The scopes in which a person has one permission.

    ``organizations`` are those in the whole of which it is had; ``resources`` the organizations of resources, by id;
    ``own`` the ids of organizations and resources in which it is had on one's own rows alone.  ``by_kind`` has all of them by
    kind of scope, as :class:`security.viewers.Viewer` asks for them: IDs, or organizations by ID.
    """

    organizations: frozenset[str]
    resources: Mapping[str, str]
    own: frozenset[str]
    by_kind: Mapping[str, Collection[str]]


class EffectivePermissions:
    """The :class:`PermissionScopes` of each permission, by roles (``{organization: role}``) and by the grants that hold now."""

    def __init__(self, roles: dict[str, str], grants: list[Grant]) -> None:
        self.roles, self.grants = roles, grants
        # By the permission or, without grants, by its reasons.
        self.by_permission: dict[str | tuple[int | None, ...], PermissionScopes] = {}
        self.by_reasons: dict[tuple[int | None, ...], PermissionScopes] = {}

    def where(self, permission: str) -> PermissionScopes:
        # Permissions that begin with the same role, and are in the same grants, are had in the same scopes.
        alike: tuple[int | None, ...] = policy.role_reasons(permission)
        if not self.grants:
            return self.by_permission.get(alike) or self.by_permission.setdefault(
                alike, self._where(permission)
            )
        scopes = self.by_permission.get(permission)
        if scopes is None:
            alike += tuple(
                index for index, grant in enumerate(self.grants) if permission in grant.permissions
            )
            scopes = self.by_permission[permission] = self.by_reasons.setdefault(
                alike, self._where(permission)
            )
        return scopes

    def scope_ids(self, table: type[Model], within: str | None) -> viewers.ScopeIds:
        """The scopes in which somebody sees rows of ``table``: ``{permission: {kind: IDs}}``.

        All of them, or those in the organization ``within``; of a permission without any, a scope that has no rows.
        """
        return {
            permission: {
                kind: ids
                for by_kind in (self.where(permission).by_kind,)
                for kind in kinds
                if (ids := viewers.narrowed(by_kind.get(kind, ()), within))
            }
            or {viewers.ORGANIZATION: [NIL_UUID]}
            for permission, kinds in viewers.needs(table)[0].items()
        }

    def _where(self, permission: str) -> PermissionScopes:
        least = policy.rank_for(permission)
        whole = {
            organization_id
            for organization_id, role in self.roles.items()
            if least is not None and policy.RANK[role] >= least
        }
        mine = [grant for grant in self.grants if permission in grant.permissions]
        whole |= {
            grant.organization_id
            for grant in mine
            if not grant.own_only and grant.resource_type == ORGANIZATION
        }
        by_kind: dict[str, Any] = {viewers.ORGANIZATION: frozenset(whole)}
        if policy.is_related(permission):
            by_kind[viewers.RELATED] = frozenset(self.roles) - whole
        resources: dict[str, str] = {}
        own: dict[str, str] = {}
        for grant in mine:
            if grant.organization_id not in whole:
                (own if grant.own_only else resources)[grant.resource_id] = grant.organization_id
                by_kind.setdefault(_kind(grant), {})[grant.resource_id] = grant.organization_id
        return PermissionScopes(
            by_kind[viewers.ORGANIZATION], resources or NO_RESOURCES, frozenset(own) or NO_IDS, by_kind
        )

    def has(self, permission: str, row: Row, user_id: str | None) -> bool:
        """Whether the permission is had on ``row`` by a role or a grant."""
        scopes = self.where(permission)
        if row.organization_id in scopes.organizations:
            return True
        if not self.grants:
            return False
        path = row.resource_path
        if not scopes.resources.keys().isdisjoint(path):
            return True
        return not scopes.own.isdisjoint(path) and is_own(row, user_id)

    def why(self, permission: str, row: Row, user_id: str | None) -> str | None:
        """The role or the grant that gives the permission on ``row``, as ``role:admin`` or ``grant:<id>``."""
        if not self.has(permission, row, user_id):
            return None
        role = self.roles.get(row.organization_id or "")
        least = policy.rank_for(permission)
        if role and least is not None and policy.RANK[role] >= least:
            return f"role:{role}"
        return next(
            f"grant:{grant.id}"
            for grant in self.grants
            if permission in grant.permissions
            and covers(grant, row)
            and (not grant.own_only or is_own(row, user_id))
        )

    def somewhere_in(self, permission: str, organization_id: str) -> bool:
        """Whether the permission is had on anything in the organization."""
        return any(
            organization_id in (ids.values() if isinstance(ids, Mapping) else ids)
            for ids in self.where(permission).by_kind.values()
        )


def _kind(grant: Grant) -> str:
    """The kind of scope that a grant gives its permissions in."""
    if grant.own_only:
        is_whole = grant.resource_type == ORGANIZATION
        return viewers.OWN if is_whole else viewers.own_on(grant.resource_type)
    return viewers.on(grant.resource_type)


def covers(grant: Grant, row: Row) -> bool:
    """Whether a grant is on ``row``, or on what ``row`` is part of."""
    return grant.resource_id in row.resource_path


def is_own(row: Row, user_id: str | None) -> bool:
    """Whether the person created the row, or is assigned to it."""
    return getattr(row, "created_by_id", None) == user_id or user_id in getattr(row, "assignee_ids", ())
