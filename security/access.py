"""Access: what a person's roles, teams and grants allow, read once for each version of it and kept by the process.

``users.access_version`` is raised by triggers whenever any of it changes, in the transaction of the change; the statement
that finds out who asks reads it, so that nothing that is kept here outlives a change.
"""

import ipaddress
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.base.caches import BytesCache, deep_size
from models.base.statements import rows
from security import activity, policy
from security.conditions import Network
from security.effective_permissions import NIL_UUID, EffectivePermissions, Grant

if TYPE_CHECKING:
    from security.callers import Caller

CACHE_BYTES = 32 * 2**20  # of one process
# Who has no second factor on is not in where one is required; programs, which have none, sign or hold long secrets.
LOAD = """
with place as (
    select m.organization_id as id, m.role, o.permission_audit
    from members m join organizations o on o.id = m.organization_id
    where m.user_id = %s and (not o.requires_two_factor
        or exists (select from two_factors f where f.id = m.user_id and f.turned_on_at is not null)
        or exists (select from users u where u.id = m.user_id and u.kind <> 'person'))
)
select
    coalesce((select json_object_agg(id, json_build_array(role, permission_audit)) from place), '{}'),
    coalesce((select json_object_agg(t.team_id, t.role) from team_members t where t.user_id = %s
                and t.organization_id in (select id from place)), '{}'),
    coalesce((select json_agg(json_build_array(
                  g.id, g.organization_id, g.role, r.includes, r.permissions, g.resource_type, g.resource_id,
                  g.own_only, g.while_active, g.address_ranges, extract(epoch from g.expires_at)))
              from grants g left join roles r on r.id = g.role_id
              where (g.user_id = %s or g.team_id in (select m.team_id from team_members m where m.user_id = %s))
                and g.organization_id in (select id from place)), '[]'),
    (select kind from users where id = %s)
"""


class Access:
    """What one person may do, whoever asks and from where.

    ``memberships`` has ``(role, permission audit)`` by organization, ``teams`` the role by team, ``grants`` the columns of
    ``LOAD``.  ``audits`` has the permission audit of the organizations that keep one.  ``kind`` is that of the user: who is
    no ``person`` is a program.
    """

    def __init__(
        self,
        memberships: Mapping[str, tuple[str, str]] | None = None,
        teams: Mapping[str, str] | None = None,
        grants: Iterable[Sequence[Any]] = (),
        kind: str = "person",
    ) -> None:
        self.kind = kind
        memberships = memberships or {}
        self.roles = {organization_id: role for organization_id, (role, _) in memberships.items()}
        self.audits = {
            organization_id: audit for organization_id, (_, audit) in memberships.items() if audit != "off"
        }
        self.teams = teams or {}
        self.grants = [_grant(*values) for values in grants]
        self.has_conditions = any(grant.while_active or grant.networks or grant.ends for grant in self.grants)
        self.effective_permissions = EffectivePermissions(self.roles, self.grants)
        self.tenants = sorted(self.roles) or [NIL_UUID]

    def size(self) -> int:
        """The bytes of memory that it takes, with what it will cache of every permission."""
        for permission in policy.POLICY:
            self.effective_permissions.where(permission)
        reasons = [policy.role_reasons(permission) for permission in policy.POLICY]
        return deep_size(self, shared=[*policy.POLICY, *reasons, *itertools.chain(*reasons)])

    def effective_for(self, caller: "Caller") -> EffectivePermissions:
        """The permissions that hold for this request: grants count whose conditions are met now, from this address."""
        if not self.has_conditions:
            return self.effective_permissions
        seconds = caller.now.timestamp()
        met = [
            grant
            for grant in self.grants
            if (grant.ends is None or grant.ends > seconds)
            and (not grant.networks or _is_in(caller.address, grant.networks))
        ]
        return EffectivePermissions(
            self.roles, activity.narrowed(met) if any(grant.while_active for grant in met) else met
        )


_cache = BytesCache(CACHE_BYTES)


def access_of(user_id: str, version: int) -> Access:
    """The :class:`Access` of a person at this version of it."""
    cached = _cache.get(user_id)
    if cached is not None and cached[0] == version:
        return cached[1]
    access = access_now(user_id)
    _cache.put(user_id, (version, access), access.size())
    return access


def access_now(user_id: str) -> Access:
    """The :class:`Access` of a person as it is stored, as far as the connection sees it."""
    return Access(*rows(LOAD, (user_id,) * 5)[0])


def forget() -> None:
    """Clear the cache: for tests that change the policy, or declare tables, while the process runs."""
    _cache.clear()
    policy.forget()


def _grant(
    id: str,
    organization_id: str,
    role: str,
    includes: str | None,
    permissions: list[str] | None,
    resource_type: str,
    resource_id: str,
    own_only: bool,
    while_active: bool,
    address_ranges: list[str],
    ends: float | None,
) -> Grant:
    held = set(permissions or ()) | (
        policy.permissions_of(includes or role) if includes or permissions is None else set()
    )
    return Grant(
        id,
        organization_id,
        policy.about(held & policy.grantable(), resource_type),
        resource_type,
        resource_id,
        own_only,
        while_active,
        tuple(ipaddress.ip_network(address_range) for address_range in address_ranges),
        ends,
    )


def _is_in(address: str, networks: Iterable[Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False  # not a network address: it is in no range
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in network for network in networks)
