"""A role for a person or a team, in an organization or on a resource of it, under conditions."""

from models.access.grants import Grant, refuse_past
from models.access.members import Member
from models.access.teams import Team
from models.base.pages import page
from models.base.value_rules import obeys
from security.conditions import Conditions
from security.delegation import hand_on
from security.granting import granted_on, role_named
from security.powers import of_grant, of_role


@obeys(refuse_past, "expires_at")
def grant_to_team(team_id, body, caller):
    team = caller.see(Team, team_id, " FOR KEY SHARE OF t1")
    return _create(team.organization_id, body, caller, team=team.id), 201


@obeys(refuse_past, "expires_at")
def grant_to_member(member_id, body, caller):
    member = caller.see(Member, member_id, " FOR KEY SHARE OF t1")
    return _create(member.organization_id, body, caller, user=member.user_id), 201


def list_grants(organization_id, caller, limit, cursor=None, include=(), **filters):
    within = caller.within(organization_id)
    return page(Grant, caller, filters, limit=limit, cursor=cursor, include=include, within=within)


def get_grant(grant_id, caller):
    return caller.find(Grant, grant_id)


@obeys(refuse_past, "expires_at")
def update_grant(grant_id, body, caller):
    grant = caller.find(Grant, grant_id)
    role_named(grant.organization_id, grant.role)
    before = Conditions.of(grant)
    hand_on(caller, grant, of_grant(grant), conditions=Conditions.of(before.fields | body), before=before)
    return grant.change(**body)


def revoke_grant(grant_id, caller):
    caller.find(Grant, grant_id).revoke()
    return None, 204


def _create(organization_id, body, caller, **holder):
    subject = granted_on(caller, organization_id, body.get("resource_type"), body.get("resource_id"))
    custom, includes, permissions = role_named(organization_id, body["role"])
    power = of_role(subject, includes, permissions)
    body |= hand_on(caller, subject, power, conditions=Conditions.of(body)).fields
    body |= {"resource_type": subject.noun(), "resource_id": subject.id, "custom": custom}
    return Grant.give(organization_id, created_by=caller.user_id, **holder, **body)
