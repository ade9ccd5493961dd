"""Who is in a team."""

from models.access.teams import Team, TeamMember
from models.base.pages import page
from security.delegation import hand_on
from security.powers import of_team


def add_team_member(team_id, body, caller):
    team = caller.find(Team, team_id)
    hand_on(caller, team, *of_team(caller, team, body["role"]))
    return TeamMember.join(team, **body), 201


def list_team_members(team_id, caller, limit, cursor=None, include=(), **filters):
    team = caller.find(Team, team_id)
    return page(
        TeamMember,
        caller,
        {**filters, "team_id": team.id},
        limit=limit,
        cursor=cursor,
        include=include,
        within=team.organization_id,
    )


def get_team_member(team_member_id, caller):
    return caller.find(TeamMember, team_member_id)


def update_team_member(team_member_id, body, caller):
    member = caller.find(TeamMember, team_member_id)
    rises = body.get("role") == "maintainer" != member.role
    hand_on(caller, member, *(of_team(caller, member.team, "maintainer") if rises else ()))
    return member.change(**body)


def remove_team_member(team_member_id, caller):
    caller.find(TeamMember, team_member_id).leave()
    return None, 204
