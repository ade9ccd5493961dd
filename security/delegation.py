"""Delegation: nobody hands on more power than they have, for longer, or from elsewhere.

:func:`hand_on` decides it for every operation that the contract marks with ``x-hands-on``: grants, roles, teams, memberships,
invitations, apps, keys and certificates.  What is handed on is described as powers (:mod:`security.powers`) and a credential;
the giver holds each permission by a role, without conditions, or by grants under theirs.  A grant inherits the conditions of
the giver; what cannot carry conditions is refused.  The frame answers 500 to an operation that is marked and did not ask.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn

from models.base.errors import Conflict
from models.base.secret import digest
from models.identity.api_keys import ApiKey
from security import policy, resources
from security.callers import Caller
from security.conditions import UNCONDITIONAL, Conditions
from security.effective_permissions import covers, is_own
from security.facts import Row
from security.tokens import api_key_secret


class PermissionBeyondOwn(Conflict):
    """You cannot grant a permission you do not have.

    Cause: The role, team, service account, or app has a permission that you do not have on the resource.
    Fix: Choose a lesser role, or ask someone who has the permission.
    Try: curl --json '{"key": "mine", "name": "Mine", "permissions": ["project.delete"]}' -H "Authorization: Bearer
        $GRANTEE_TOKEN" $BASE/organizations/$ORGANIZATION/roles
    """


class ConditionsBeyondOwn(Conflict):
    """You have this permission only under conditions.

    Cause: Your permission comes from a conditional grant (expiration, address ranges, own resources, active projects), and
    the request would give it without these conditions.
    Fix: Use the conditions of your grant, or ask someone who has the permission without conditions.
    Try: curl --json '{"key": "mine", "name": "Mine", "permissions": ["task.update"]}' -H "Authorization: Bearer $GRANTEE_TOKEN"
        $BASE/organizations/$ORGANIZATION/roles
    """


class ScopeNotHeld(Conflict):
    """You cannot grant a scope your credential does not have.

    Cause: Your API key or access token lacks a scope of the new credential, or a scope that the granted permissions
    require.
    Fix: Leave out the scope, use a credential that has it, or make the request from a session.
    Try: curl --json '{"name": "Wider", "scopes": ["tasks:read"]}' -H "X-API-Key: $NARROW_KEY" $BASE/api-keys
    """


class ExpiryBeyondOwn(Conflict):
    """You cannot grant access beyond your own expiration.

    Cause: Your API key, access token, or grant expires earlier than the access that the request would give.
    Fix: Send an earlier `expires_at`, or make the request from a session of someone with a lasting permission.
    Try: curl --json '{"name": "Longer", "scopes": ["keys:read"]}' -H "X-API-Key: $EXPIRING_KEY" $BASE/api-keys
    """


class Power(NamedTuple):
    """Permissions on ``row``, under ``conditions`` of their own; with None, under those of what is made.

    ``is_held`` is what the caller has by the same grant, whether or not its conditions are met now.
    """

    permissions: frozenset[str]
    row: Row | None
    conditions: Conditions | None = None
    is_held: bool = False


class Credential(NamedTuple):
    """What a new or changed credential may do: ``scopes`` of None are all of them."""

    scopes: list[str] | None
    expires_at: datetime | None = None


def hand_on(
    caller: Caller,
    row: Row | None,
    *powers: Power,
    credential: Credential | None = None,
    conditions: Conditions | None = None,
    before: Conditions | None = None,
) -> Conditions:
    """Refuse to hand on more than the caller has; else return the conditions of what is made, with those that it inherits.

    ``row`` is what the permission of the operation was asked on; ``powers`` and ``credential`` are what is handed on.
    ``conditions`` are those of the request, None for what cannot carry any; ``before`` are the present ones of what is
    changed: to make all of them stricter hands nothing on.
    """
    caller.has_compared = True
    if not powers and credential is None:
        return UNCONDITIONAL
    asked = conditions or Conditions(ends=credential and credential.expires_at)
    inherits = conditions is not None and before is None
    narrows = before is not None and asked.is_within(before)
    if not narrows:
        _refuse_scopes(caller, powers, credential)
    made = asked if narrows else _ending_with(caller, asked, inherits)
    ability = Power(frozenset({caller.permission}), row)
    for power in (ability, *powers):
        for permission in () if power.is_held else sorted(power.permissions):
            limits = held(caller, permission, power.row)
            if not limits:
                raise PermissionBeyondOwn(f"You do not have {permission} on the resource.")
            wanted = power.conditions or made
            if narrows or any(wanted.is_within(limit) for limit in limits):
                continue
            if not inherits or power.conditions:
                raise _refusal(permission, wanted, limits[0], conditions is not None)
            made = made.narrowed(limits[0]) or _no_address(permission)
    if asked.ends and made.ends and made.ends < asked.ends:
        raise ExpiryBeyondOwn(f"Your permission expires at {made.ends:%F %R} UTC.")
    return made


def held(caller: Caller, permission: str, row: Row | None) -> list[Conditions]:
    """The conditions under which the caller has ``permission`` on ``row``, the loosest first; none without it."""
    if permission in policy.IN_PERSON and caller.access.kind != "person":
        return []
    is_ability = permission == caller.permission
    for reason in policy.POLICY[permission]:
        if isinstance(reason, policy.Role):
            continue
        if (is_ability or reason is policy.a_maintainer) and reason(caller, row):
            return [UNCONDITIONAL]
    least = policy.rank_for(permission)
    if row is None or least is None:
        return []
    if caller.rank_in(row.organization_id) >= least:
        return [UNCONDITIONAL]
    conditions = []
    for grant in caller.effective_permissions.grants:
        if permission in grant.permissions and covers(grant, row):
            # For one's own objects alone: on these it can be handed on, not on all that will ever be somebody else's own.
            if grant.own_only and not (
                is_own(row, caller.user_id) and (is_ability or resources.is_leaf(row.noun()))
            ):
                continue
            ends = datetime.fromtimestamp(grant.ends, UTC) if grant.ends is not None else None
            conditions.append(Conditions(grant.own_only, grant.while_active, grant.networks, ends))
    return sorted(conditions, key=Conditions.strictness)


def new_secret_of(key: ApiKey, caller: Caller, *powers: Power, **overlap_seconds: int) -> str:
    """The new secret of an API key, of a person or a program, when the caller may have one of what it may do."""
    hand_on(caller, key, *powers, credential=Credential(key.scopes, key.expires_at))
    secret = api_key_secret()
    key.rotate(secret[:12], digest(secret), **overlap_seconds)
    return secret


def _refuse_scopes(caller: Caller, powers: Iterable[Power], credential: Credential | None) -> None:
    """A credential can use no more than its own scopes; without one, all permissions that are handed on are used."""
    if caller.scopes is None:
        return
    if credential is None:
        needed = {
            scope
            for power in powers
            for permission in power.permissions
            for scope in caller.scopes_of.get(permission, ())
        }
    elif credential.scopes is None:
        raise ScopeNotHeld("Your credential does not have all scopes.")
    else:
        needed = set(credential.scopes)
    if beyond := sorted(needed - set(caller.scopes)):
        raise ScopeNotHeld(f"Your credential lacks {', '.join(beyond)}.")


def _ending_with(caller: Caller, asked: Conditions, inherits: bool) -> Conditions:
    """The conditions of what is made by a credential that ends."""
    limits = Conditions(ends=caller.expires_at)
    if asked.is_within(limits):
        return asked
    if inherits and asked.ends is None:
        return asked._replace(ends=limits.ends)
    raise ExpiryBeyondOwn(f"Your credential expires at {caller.expires_at:%F %R} UTC.")


def _refusal(permission: str, wanted: Conditions, limits: Conditions, carries: bool) -> Conflict:
    if carries and wanted._replace(ends=limits.ends).is_within(limits):
        return ExpiryBeyondOwn(f"You have {permission} until {limits.ends:%F %R} UTC.")
    return ConditionsBeyondOwn(f"You have {permission} on the resource only under conditions.")


def _no_address(permission: str) -> NoReturn:
    raise ConditionsBeyondOwn(
        f"You have {permission} only from other addresses, or from too many address ranges."
    )
