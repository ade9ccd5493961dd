"""Roles of an organization's own making."""

from models.access.organizations import Organization
from models.access.roles import Role
from models.base.pages import page
from security.delegation import hand_on
from security.powers import of_role


def create_role(organization_id, body, caller):
    organization = caller.find(Organization, organization_id)
    hand_on(caller, organization, of_role(organization, body.get("includes"), body["permissions"]))
    return Role.define(organization.id, **body), 201


def list_roles(organization_id, caller, limit, cursor=None, include=()):
    within = caller.within(organization_id)
    return page(Role, caller, {}, limit=limit, cursor=cursor, include=include, within=within)


def get_role(role_id, caller):
    return caller.find(Role, role_id)


def update_role(role_id, body, caller):
    role = caller.find(Role, role_id)
    changed = body.get("includes", role.includes), body.get("permissions", role.permissions)
    powers = [of_role(role, *changed)] if body.keys() & {"includes", "permissions"} else []
    hand_on(caller, role, *powers)
    return role.change(**body)


def delete_role(role_id, caller):
    caller.find(Role, role_id).remove()
    return None, 204
