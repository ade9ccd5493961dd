"""Granting: what a role is granted on, and what the role is."""

from typing import Any

from models.access.roles import Role
from models.base.errors import InvalidRequest, NotFound, fault
from models.base.table import Table
from security import resources


def resource(noun: str | None, id: str | None, place: str) -> tuple[type[Table], str]:
    """``(table, id)`` of what a request names by ``resource_type`` and ``resource_id``; without a type, an organization.

    ``place``, ``body`` or ``query``, is where the request names it.
    """
    noun = noun or resources.ORGANIZATION
    if noun != resources.ORGANIZATION and noun not in resources.granted():
        raise _invalid(
            place, "unknown_resource_type", "resource_type", "Nothing of this type can be granted."
        )
    if id is None:
        raise _invalid(place, "required", "resource_id", "Send the ID of the resource with its type.")
    return resources.table_of(noun), id


def granted_on(caller: Any, organization_id: str, noun: str | None, id: str | None) -> Any:
    """The row that a grant will be on, where the caller must have the operation's permission: the organization, or a
    resource of it, which is kept from being deleted until this transaction ends."""
    if noun in (None, resources.ORGANIZATION):
        id = id or organization_id
    row = caller.find(*resource(noun, id, "body"))
    if row.organization_id != organization_id:
        raise NotFound(f"No {row.noun()} has this id.")
    return row


def role_named(organization_id: str, name: str) -> tuple[Role | None, str | None, Any]:
    """``(custom role or None, the built-in role it has, its own permissions)``."""
    custom = Role.named(organization_id, name)
    return (custom, custom.includes, custom.permissions) if custom else (None, name, ())


def _invalid(place: str, code: str, name: str, detail: str) -> InvalidRequest:
    where = {"pointer": f"/{name}"} if place == "body" else {"parameter": name}
    return InvalidRequest(detail, errors=[fault(place, code, detail, **where)])
