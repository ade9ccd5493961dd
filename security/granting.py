"""Granting: what a role is granted on, and what the role is."""

from collections.abc import Collection

from models.access.roles import Role
from models.base.errors import InvalidValue, NotFound
from models.base.table import Table
from security import resources
from security.callers import Caller
from security.facts import Row


class ResourceTypeUnknown(InvalidValue):
    """The resource type does not support grants.

    Cause: `resource_type` is not a type of resource on which roles can be granted.
    Fix: Send `organization`, `project`, or `task`.
    Try: curl -H "Authorization: Bearer $TOKEN" "$BASE/capabilities?resource_type=comet&resource_id=$PROJECT"
    """


class ResourceIdMissing(InvalidValue):
    """The resource ID is missing.

    Cause: `resource_type` was sent without `resource_id`.
    Fix: Send both, or neither.
    Try: curl -H "Authorization: Bearer $TOKEN" "$BASE/capabilities?resource_type=project"
    """


def resource(noun: str | None, id: str | None, location: str) -> tuple[type[Table], str]:
    """``(table, id)`` of the resource of a request's ``resource_type`` and ``resource_id``; without a type, an organization.

    ``location`` is where these are, as problems name it: ``fields`` of the body, or ``parameters`` of the query.
    """
    noun = noun or resources.ORGANIZATION
    if noun != resources.ORGANIZATION and noun not in resources.granted():
        raise ResourceTypeUnknown(f"Roles cannot be granted on {noun}.", **{location: ["resource_type"]})
    if id is None:
        raise ResourceIdMissing(
            "Send `resource_id` together with `resource_type`.", **{location: ["resource_id"]}
        )
    return resources.table_of(noun), id


def granted_on(caller: Caller, organization_id: str, noun: str | None, id: str | None) -> Row:
    """The row that a grant will be on, where the caller must have the operation's permission: the organization, or a
    resource of it, which is kept from being deleted until this transaction ends."""
    if noun in (None, resources.ORGANIZATION):
        id = id or organization_id
    row = caller.find(*resource(noun, id, "fields"))
    if row.organization_id != organization_id:
        raise NotFound(f"No {row.noun()} has this ID.")
    return row


def role_named(organization_id: str, name: str) -> tuple[Role | None, str | None, Collection[str]]:
    """``(custom role or None, the built-in role it has, its own permissions)``."""
    custom = Role.named(organization_id, name)
    return (custom, custom.includes, custom.permissions) if custom else (None, name, ())
