"""Delegation: nobody hands on more power than they have, for longer, or from elsewhere.

:func:`hand_on` decides it for every operation that the contract marks with ``x-hands-on``: grants, roles, teams, memberships,
invitations, apps, keys and certificates.  What is handed on is described as powers (:mod:`security.powers`) and a credential;
the giver holds each permission by a role, without conditions, or by grants under theirs.  A grant inherits the conditions of
the giver; what cannot carry conditions is refused.  The frame answers 500 to an operation that is marked and did not ask.
"""

from datetime import UTC, datetime
from ipaddress import collapse_addresses, ip_network
from typing import NamedTuple

from models.base.errors import Conflict
from models.base.secret import digest
from models.tasks import Task
from security import policy
from security.reach import is_own, reaches
from security.tokens import api_key_secret


class PermissionBeyondOwn(Conflict):
    """You cannot hand on a permission that you do not have.

    Cause: the role, team, program or app has a permission that you do not have there yourself.
    Fix: choose a lesser role, or ask somebody who has the permission.
    Try: curl -H "Authorization: Bearer $TOKEN" "$BASE/capabilities?organization_id=$ORGANIZATION"
    """


class ConditionsBeyondOwn(Conflict):
    """You hold this permission only under conditions.

    Cause: the permission comes from a grant with conditions (expiry, address ranges, own objects, active projects), and what
    you make or change would hold without them.
    Fix: keep the conditions of your grant, or ask somebody who has the permission without conditions.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/organizations/$ORGANIZATION/grants
    """


class ScopeNotHeld(Conflict):
    """You cannot hand on a scope that your credential does not have.

    Cause: the API key or access token in use lacks a scope of the new credential, or a scope of the permissions handed on.
    Fix: leave the scope out, use a credential that has it, or make the request from a session.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


class ExpiryBeyondOwn(Conflict):
    """What you hand on cannot outlast what you hold.

    Cause: the API key, access token or grant in use expires, and what you make or change would expire later or never.
    Fix: send an `expires_at` that is not later, or make the request from a session of somebody with a lasting permission.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


class Conditions(NamedTuple):
    """Under which conditions a power holds."""

    own_only: bool = False
    while_active: bool = False
    networks: tuple = ()
    ends: datetime | None = None

    @classmethod
    def of(cls, grant):
        """The conditions of a stored grant, or of the fields of one."""
        fields = grant if isinstance(grant, dict) else grant.__data__
        networks = tuple(ip_network(one, strict=False) for one in fields.get("address_ranges") or ())
        return cls(
            bool(fields.get("own_only")),
            bool(fields.get("while_active")),
            networks,
            fields.get("expires_at"),
        )

    @property
    def fields(self):
        """As the fields of a grant."""
        return {
            "own_only": self.own_only,
            "while_active": self.while_active,
            "address_ranges": [str(one) for one in self.networks],
            "expires_at": self.ends,
        }

    def is_within(self, limits, before=None):
        """Whether they are as strict as ``limits``; of a change, where they are looser than ``before``."""
        return all(
            is_as_strict(mine, theirs) or (before is not None and is_as_strict(mine, old))
            for is_as_strict, mine, theirs, old in zip(STRICTER, self, limits, before or limits, strict=True)
        )

    def narrowed(self, limits):
        """The conditions that are as strict as these and as ``limits``; None when no address is left."""
        networks = overlap(self.networks, limits.networks)
        if not networks and (self.networks or limits.networks):
            return None
        ends = min((one for one in (self.ends, limits.ends) if one is not None), default=None)
        own_only, while_active = self.own_only or limits.own_only, self.while_active or limits.while_active
        return Conditions(own_only, while_active, networks, ends)


class Power(NamedTuple):
    """Permissions on ``row``, under ``conditions`` of their own; with None, under those of what is made."""

    permissions: frozenset
    row: object
    conditions: Conditions | None = None


class Credential(NamedTuple):
    """What a new or changed credential may do: ``scopes`` of None are all of them."""

    scopes: list | None
    expires_at: datetime | None = None


UNCONDITIONAL = Conditions()


def hand_on(caller, row, *powers, credential=None, conditions=None, before=None):
    """Refuse to hand on more than the caller has; the conditions that what is made inherits.

    ``row`` is what the permission of the operation was asked on; ``powers`` and ``credential`` are what is handed on.
    ``conditions`` are those asked for by what can carry them; ``before`` are those of what is changed.
    """
    caller.has_compared = True
    if not powers and credential is None:
        return UNCONDITIONAL
    _refuse_scopes(caller, powers, credential)
    asked = conditions or Conditions(ends=credential and credential.expires_at)
    inherits = conditions is not None and before is None
    made = _ending_with(caller, asked, before, inherits)
    ability = Power(frozenset({caller.permission}), row)
    for power in (ability, *powers):
        for permission in sorted(power.permissions):
            limits = held(caller, permission, power.row)
            if not limits:
                raise PermissionBeyondOwn(f"You lack {permission} there.")
            wanted = power.conditions or made
            if any(wanted.is_within(one, before) for one in limits):
                continue
            if not inherits or power.conditions:
                raise _refusal(permission, wanted, limits[0], conditions is not None)
            made = made.narrowed(limits[0]) or _no_address(permission)
    if asked.ends and made.ends < asked.ends:
        raise ExpiryBeyondOwn(f"What you hold ends at {made.ends:%F %R} UTC.")
    return made


def held(caller, permission, row):
    """The conditions under which the caller has ``permission`` on ``row``, the loosest first; none without it."""
    if permission in policy.IN_PERSON and caller.access.kind != "person":
        return []
    is_ability = permission == caller.permission
    for reason in policy.POLICY[permission]:
        related = not isinstance(reason, policy.Role) and (is_ability or reason is policy.a_maintainer)
        if related and reason(caller, row):
            return [UNCONDITIONAL]
    least = policy.rank_for(permission)
    if row is None or least is None:
        return []
    if caller.rank_in(row.organization_id) >= least:
        return [UNCONDITIONAL]
    found = []
    for one in caller.reach.grants:
        if permission in one.permissions and reaches(one, row):
            # For one's own objects alone: on these it can be handed on, not on all that will ever be somebody else's own.
            if one.own_only and not (is_own(row, caller.user_id) and (is_ability or isinstance(row, Task))):
                continue
            ends = datetime.fromtimestamp(one.ends, UTC) if one.ends is not None else None
            found.append(Conditions(one.own_only, one.while_active, one.networks, ends))
    return sorted(found, key=_strictness)


def new_secret_of(key, caller, *powers, **overlap_seconds):
    """The new secret of an API key, of a person or a program, when the caller may have one of what it may do."""
    hand_on(caller, key, *powers, credential=Credential(key.scopes, key.expires_at))
    secret = api_key_secret()
    key.rotate(secret[:12], digest(secret), **overlap_seconds)
    return secret


def _refuse_scopes(caller, powers, credential):
    """A credential can use no more than its own scopes; without one, all permissions that are handed on are used."""
    if caller.scopes is None:
        return
    if credential is not None and credential.scopes is None:
        raise ScopeNotHeld("Your credential does not have every scope.")
    if credential is not None:
        needed = set(credential.scopes)
    else:
        needed = {
            scope for power in powers for one in power.permissions for scope in caller.scopes_of.get(one, ())
        }
    if beyond := sorted(needed - set(caller.scopes)):
        raise ScopeNotHeld(f"Your credential lacks {', '.join(beyond)}.")


def _ending_with(caller, asked, before, inherits):
    """The conditions of what is made by a credential that ends."""
    limits = Conditions(ends=caller.expires_at)
    if asked.is_within(limits, before):
        return asked
    if inherits and asked.ends is None:
        return asked.narrowed(limits)
    raise ExpiryBeyondOwn(f"Your credential ends at {caller.expires_at:%F %R} UTC.")


def _refusal(permission, wanted, limits, carries):
    if carries and wanted._replace(ends=limits.ends).is_within(limits):
        return ExpiryBeyondOwn(f"You have {permission} until {limits.ends:%F %R} UTC.")
    return ConditionsBeyondOwn(f"You have {permission} there under conditions.")


def _no_address(permission):
    raise ConditionsBeyondOwn(f"You have {permission} from other addresses, or from too many ranges.")


def _strictness(conditions):
    ends = conditions.ends.timestamp() if conditions.ends else float("inf")
    return conditions.own_only, conditions.while_active, bool(conditions.networks), -ends


def overlap(first, second):
    """The networks that lie in both; of no networks, which are all addresses, the others.  Empty when it takes more ranges
    than the longer of the two has, so that it is never longer than what the contract allows."""
    if not first or not second:
        return first or second
    pairs = [(one, other) for one in first for other in second if one.version == other.version]
    common = {max(one, other, key=lambda each: each.prefixlen) for one, other in pairs if one.overlaps(other)}
    found = [
        network
        for version in (4, 6)
        for network in collapse_addresses(one for one in common if one.version == version)
    ]
    return tuple(found) if len(found) <= max(len(first), len(second)) else ()


def _lies_in(inner, outer):
    if not outer:
        return True
    return bool(inner) and all(
        any(one.version == other.version and one.subnet_of(other) for other in outer) for one in inner
    )


# Whether a condition is as strict as another, in the order of the fields of :class:`Conditions`.
STRICTER = (
    lambda mine, theirs: mine or not theirs,
    lambda mine, theirs: mine or not theirs,
    _lies_in,
    lambda mine, theirs: theirs is None or (mine is not None and mine <= theirs),
)
