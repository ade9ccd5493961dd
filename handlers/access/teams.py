"""People of an organization who are granted things together."""

from models.access.grants import Grant
from models.access.organizations import Organization
from models.access.teams import Team
from models.base.pages import page


def create_team(organization_id, body, caller):
    return Team.form(caller.find(Organization, organization_id).id, **body), 201


def list_teams(organization_id, caller, limit, cursor=None, include=()):
    within = caller.within(organization_id)
    return page(Team, caller, {}, limit=limit, cursor=cursor, include=include, within=within)


def get_team(team_id, caller):
    return caller.find(Team, team_id)


def update_team(team_id, body, caller):
    return caller.find(Team, team_id).change(**body)


def delete_team(team_id, caller):
    team = caller.find(Team, team_id)
    Grant.revoke_of(team=team.id)
    team.dissolve()
    return None, 204
