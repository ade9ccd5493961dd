"""The tenants: whose work it is."""

from models.access.members import Member
from models.access.organizations import Organization
from models.access.two_factor_requirements import demand
from models.base.pages import page
from models.identity.users import User


def create_organization(body, caller):
    caller.permit()
    organization = Organization.establish(**body)
    Member.enrol(organization, User.get_by_id(caller.user_id), "owner")
    return caller.shows(organization), 201


def list_organizations(caller, limit, cursor=None, include=()):
    return page(Organization, caller, {}, limit=limit, cursor=cursor, include=include)


def get_organization(organization_id, caller):
    return caller.find(Organization, organization_id)


def update_organization(organization_id, body, caller):
    organization = caller.find(Organization, organization_id)
    if "requires_two_factor" in body:
        demand(organization, body["requires_two_factor"], by=caller.user_id)
    return organization.change(**body)
