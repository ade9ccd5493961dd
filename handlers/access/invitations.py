"""How somebody becomes a member of an organization."""

from models.access.invitations import Invitation
from models.access.organizations import Organization
from models.access.teams import Team
from models.base.errors import NotFound, Refusal
from models.base.pages import page
from models.identity.users import User
from security.delegation import hand_on
from security.powers import is_vouched_for, of_invitation
from security.reauthentication import reauthenticate, take_proof


def create_invitation(organization_id, body, caller):
    teams = [caller.see(Team, team_id) for team_id in body.get("team_ids", ())]
    organization = caller.find(Organization, organization_id)
    _need_teams(caller, organization.id, teams)
    by, proof = caller.role_in(organization.id), take_proof(body)
    if body["role"] == by == "owner":  # others are refused by their role
        reauthenticate(caller, proof)
    hand_on(
        caller, organization, *of_invitation(caller, organization, body["role"], body.get("team_ids", ()))
    )
    return Invitation.invite(organization, caller.user_id, by, **body), 201


def list_invitations(organization_id, caller, limit, cursor=None, include=(), status=None):
    within = caller.within(organization_id)
    return _page(caller, {"organization_id": within, "status": status}, limit, cursor, include)


def list_received_invitations(caller, limit, cursor=None, include=()):
    caller.permit()
    Invitation.allow_inviting_tenants(caller.user_id)
    return _page(caller, {"recipient_id": caller.user_id}, limit, cursor, include)


def get_invitation(invitation_id, caller):
    Invitation.allow_inviting_tenants(caller.user_id)
    return caller.find(Invitation, invitation_id)


def withdraw_invitation(invitation_id, caller):
    invitation = caller.find(Invitation, invitation_id)
    invitation.withdraw(caller.role_in(invitation.organization_id))
    return None, 204


def deliver_invitation(invitation_id, caller):
    invitation = caller.find(Invitation, invitation_id)
    powers = of_invitation(caller, invitation.organization, invitation.role, invitation.team_ids)
    hand_on(caller, invitation, *powers)
    return invitation.deliver(caller.user_id, caller.role_in(invitation.organization_id)), 201


def accept_invitation(body, caller):
    caller.permit()
    invitation = Invitation.with_token(body["token"])
    accepted = invitation.accept(User.get_by_id(caller.user_id), lambda: is_vouched_for(caller, invitation))
    return accepted if isinstance(accepted, Refusal) else caller.shows(accepted)


def decline_invitation(body, caller):
    caller.permit()
    return Invitation.with_token(body["token"]).decline(User.get_by_id(caller.user_id))


def _need_teams(caller, organization_id, teams):
    """Refuse to invite into teams that the caller may put nobody into."""
    for team in teams:
        if team.organization_id != organization_id:
            raise NotFound("No team of the organization has this id.")
        caller.need("team_member.add", team)


def _page(caller, filters, limit, cursor, include):
    return page(Invitation, caller, filters, limit=limit, cursor=cursor, include=include)
