"""Roles of an organization's own making: lists of permissions with a name, on top of a built-in role or of nothing."""

from peewee import ForeignKeyField, TextField

from models.access.members import ROLES
from models.access.organizations import Organization
from models.base.constraints import refused_by
from models.base.declarations import Declaration
from models.base.errors import Conflict, InvalidValue
from models.base.fields import TextArrayField
from models.base.table import Table


class RoleKeyTaken(Conflict):
    """A role with this key already exists.

    Cause: Role keys are unique in an organization, and the keys of built-in roles are reserved.
    Fix: Choose another key, or update the existing role.
    Try: curl --json '{"key": "admin", "name": "Admin", "permissions": ["task.update"]}' -H "Authorization: Bearer $TOKEN"
        $BASE/organizations/$ORGANIZATION/roles
    """


class RoleInUse(Conflict):
    """The role is still granted.

    Cause: Only a role without grants can be deleted.
    Fix: Revoke the grants of the role first.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/roles/$GRANTED_ROLE
    """


class RoleUnknown(InvalidValue):
    """The role does not exist.

    Cause: `role` is neither a built-in role that can be granted nor the key of a custom role of this organization.
    Fix: Send `collaborator`, `guest`, `member`, `admin`, or the key of a custom role.
    Try: curl --json '{"role": "no_such_role"}' -H "Authorization: Bearer $TOKEN" $BASE/teams/$TEAM/grants
    """


class Role(Table):
    """``includes`` names the built-in role whose permissions it has besides its own, or ``none``."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    key = TextField()
    name = TextField()
    description = TextField(null=True)
    includes = TextField(default="none")
    permissions = TextArrayField()

    FILTERS: dict = {}

    class Meta:
        table_name = "roles"
        declares = Declaration(tenant="organization", parent="organization")
        indexes = ((("organization", "key"), True), (("id", "organization"), True))

    @classmethod
    def visible_to(cls, caller):
        return cls.select().where(caller.sees("role.read", organization=cls.organization))

    @classmethod
    def define(cls, organization_id, permissions, **fields):
        if fields["key"] in ROLES:
            raise RoleKeyTaken(f"{fields['key']} is a built-in role.")
        return cls.add(
            "role.created", organization=organization_id, permissions=sorted(permissions), **fields
        )

    @classmethod
    def named(cls, organization_id, key):
        """The role with ``key``, locked against deletion until this transaction ends; None for a built-in one."""
        if key in ROLES[:-1]:
            return None
        query = cls.select().where(cls.organization == organization_id, cls.key == key)
        role = query.for_update("FOR SHARE").first()
        if role is None:
            raise RoleUnknown(f"The role {key} does not exist or cannot be granted.", fields=["role"])
        return role

    def change(self, **fields):
        if "permissions" in fields:
            fields["permissions"] = sorted(fields["permissions"])
        return self.record("role.updated", **fields)

    def remove(self):
        with refused_by(
            RoleInUse(f"The role {self.key} is still granted."), "grants_role_id_organization_id_fkey"
        ):
            self.erase("role.deleted")
