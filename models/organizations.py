"""Organizations: the tenants, whose work it is."""

from peewee import TextField

from models.base.pages import Order
from models.base.table import Table
from models.security_log import SecurityEntry


class Organization(Table):
    name = TextField()
    description = TextField(null=True)

    class Meta:
        table_name = "organizations"

    @classmethod
    def visible_to(cls, caller):
        """Those that the caller is a member of."""
        return cls.select().where(caller.organizations_with("organization.read", cls.id))

    FILTERS: dict = {}

    @classmethod
    def newest_first(cls):
        return Order("created_at", cls.created_at, descending=True)

    @classmethod
    def found(cls, **fields):
        organization = cls.add("organization.created", **fields)
        SecurityEntry.note("organization.created", organization_id=organization.id)
        return organization

    @property
    def organization_id(self):
        return self.id

    def change(self, **fields):
        return self.record("organization.updated", **fields)
