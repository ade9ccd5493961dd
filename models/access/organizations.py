"""Organizations: the tenants, whose work it is."""

from peewee import BooleanField, TextField

from models.base.database import database
from models.base.declarations import Declaration, Export, Personal
from models.base.ids import new_id
from models.base.table import Table
from models.platform.security_log import SecurityEntry


class Organization(Table):
    name = TextField()
    description = TextField(null=True)
    requires_two_factor = BooleanField(default=False)
    permission_audit = TextField(default="off")

    class Meta:
        table_name = "organizations"
        declares = Declaration(
            tenant="id",
            personal=Personal(
                exports=(
                    Export(
                        "organizations",
                        "Organization",
                        query=lambda person: Organization.select().where(
                            Organization.id.in_(person.organization_ids)
                        ),
                        permission="organization.read",
                    ),
                ),
                erasure="Stays; deleted with all its work where nobody else is.",
            ),
        )

    @classmethod
    def visible_to(cls, caller):
        """Those that the caller is a member of."""
        return cls.select().where(caller.sees("organization.read", of=cls))

    FILTERS: dict = {}

    @classmethod
    def establish(cls, **fields):
        id = new_id()
        database.allow_tenant(id)
        organization = cls.add("organization.created", id=id, **fields)
        SecurityEntry.note("organization.created", organization_id=organization.id)
        return organization

    @property
    def organization_id(self):
        return self.id

    def change(self, **fields):
        return self.record("organization.updated", **fields)
