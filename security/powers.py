"""Powers: what roles, teams, memberships and invitations give, as :mod:`security.delegation` compares it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from peewee import JOIN, Expression

from models.access.grants import Grant
from models.access.members import Member, refuse_above
from models.access.organizations import Organization
from models.access.roles import Role
from models.access.teams import Team, TeamMember
from models.base.errors import Conflict, NotFound
from models.base.unit_of_work import now
from security import policy, resources
from security.callers import Caller
from security.conditions import Conditions
from security.delegation import Power, hand_on
from security.facts import Row
from security.on_behalf import caller_in_allowed_tenants

if TYPE_CHECKING:
    from models.access.invitations import Invitation

OF_MAINTAINERS = frozenset(name for name, reasons in policy.POLICY.items() if policy.a_maintainer in reasons)


def of_role(
    row: Row, includes: str | None, permissions: Iterable[str] | None, conditions: Conditions | None = None
) -> Power:
    """What a role gives where it is granted, as :mod:`security.access` computes it: the built-in role that it ``includes``, and
    ``permissions`` of its own."""
    names = set(permissions or ()) | (policy.permissions_of(includes) if includes else set())
    noun = row.noun() if row.noun() in resources.granted() else resources.ORGANIZATION
    return Power(policy.about(names & policy.grantable(), noun), row, conditions)


def of_membership(caller: Caller, row: Row, role: str) -> Power:
    """What a built-in role gives to a member of the organization of ``row``: not above the caller's own."""
    refuse_above(role, caller.role_in(row.organization_id))
    return Power(policy.permissions_of(role), row)


def of_new_role(caller: Caller, member: Member, role: str | None) -> list[Power]:
    """What a member gets by another role; nothing when it is not higher than the present one."""
    if role is None or policy.RANK[role] <= policy.RANK[member.role]:
        return []
    return [of_membership(caller, member, role)]


def of_team(caller: Caller, team: Team, role: str = "member") -> list[Power]:
    """What somebody gets who joins a team, or another role in it.  Whoever is in the team holds its grants already."""
    joining = Power(OF_MAINTAINERS if role == "maintainer" else frozenset(), team)
    is_in = team.id in caller.access.teams
    return [joining, *(power._replace(is_held=is_in) for power in of_grants(Grant.team == team.id))]


def of_member(caller: Caller, user_id: str, row: Row) -> list[Power]:
    """All that a member of the organization of ``row`` may do: by role, grants and teams."""
    member = Member.select().where(Member.organization == row.organization_id, Member.user == user_id).first()
    if member is None:
        return []
    teams = TeamMember.select(TeamMember.team).where(TeamMember.user == user_id)
    mine = (Grant.user == user_id) | Grant.team.in_(teams)
    return [
        of_membership(caller, row, member.role),
        *of_grants((Grant.organization == row.organization_id) & mine),
    ]


def of_grants(condition: Expression) -> list[Power]:
    """What grants give, under their conditions, without those that have ended."""
    lasting = Grant.expires_at.is_null() | (Grant.expires_at > now())
    query = Grant.select(Grant, Role).join(Role, JOIN.LEFT_OUTER, on=(Role.id == Grant.custom), attr="custom")
    grants = list(query.where(condition, lasting))
    rows = resources.rows_of((grant.resource_type, grant.resource_id) for grant in grants)
    return [
        _of_grant(grant, rows[grant.resource_id], Conditions.of(grant))
        for grant in grants
        if grant.resource_id in rows
    ]


def of_grant(grant: Grant) -> Power:
    """What a grant gives where it is, under the conditions of what is made."""
    rows = resources.rows_of([(grant.resource_type, grant.resource_id)])
    return _of_grant(grant, rows[grant.resource_id])


def _of_grant(grant: Grant, row: Row, conditions: Conditions | None = None) -> Power:
    role = grant.custom if grant.role_id else None
    return of_role(row, role.includes if role else grant.role, role and role.permissions, conditions)


def of_invitation(
    caller: Caller, organization: Organization, role: str, team_ids: Iterable[str]
) -> list[Power]:
    """What an invitation gives to the person who accepts it; to invite into a team takes the permission to add members."""
    powers = [of_membership(caller, organization, role)]
    for team in Team.select().where(Team.id.in_(list(team_ids))):
        if team.organization_id != organization.id:
            raise NotFound("No team of the organization has this ID.")
        powers += [Power(frozenset({"team_member.add"}), team), *of_team(caller, team)]
    return powers


def is_vouched_for(asker: Caller, invitation: "Invitation") -> bool:
    """Whether the person who made an invitation, or sent it last, could still make it; asked when it is accepted."""
    asker.has_compared = True
    giver = caller_in_allowed_tenants(invitation.inviter_id)
    giver.permission = "invitation.create" if invitation.deliveries == 1 else "invitation.deliver"
    organization = invitation.organization
    if organization.id not in giver.access.roles:
        return False
    try:
        hand_on(
            giver, organization, *of_invitation(giver, organization, invitation.role, invitation.team_ids)
        )
    except Conflict:
        return False
    return True
