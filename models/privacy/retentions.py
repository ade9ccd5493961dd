"""Retentions: how long an organization keeps what is personal of its records."""

from peewee import ForeignKeyField, IntegerField, Model

from models import tables
from models.access.organizations import Organization
from models.base.declarations import Declaration, Expiry, declaration, is_owned, tenant_column
from models.base.settings import settings
from models.base.statements import execute
from models.base.table import Table
from models.platform.security_log import SecurityEntry

BATCH = 1_000  # rows of one transaction, so that nobody waits for long
ERASE_SECURITY = f"""
id = any (array(
    select old.id from retentions r cross join lateral (
        select e.id from security_entries e
        where e.chain_id = r.organization_id and e.personal is not null
            and e.occurred_at < now() - make_interval(days => r.security_personal_days)
        limit {BATCH}
    ) old limit {BATCH}))
"""

OLD = "now() - make_interval(days => %s)"
ERASE_OF_ACCOUNTS = f"""
id = any (array(select id from security_entries
    where personal is not null and organization_id is null and occurred_at < {OLD} limit {BATCH}))
"""


class Retention(Table):
    """One for each organization, whose id it has; a trigger makes it.  The days are counted from when something happened."""

    organization = ForeignKeyField(
        Organization, column_name="organization_id", unique=True, on_delete="CASCADE"
    )
    permission_checks_days = IntegerField()
    security_personal_days = IntegerField()
    notifications_days = IntegerField(default=90)

    class Meta:
        table_name = "retentions"
        declares = Declaration(
            tenant="organization",
            parent="organization",
            unviolated={
                "retentions_organization_id_key": "says the same as the primary key: the row has the organization's id"
            },
        )

    @classmethod
    def visible_to(cls, caller):
        """Those of the organizations that the caller is a member of; to read one takes more."""
        return cls.select().where(caller.sees("organization.read", organization=cls.organization))

    def is_shortened_by(self, fields):
        """Whether a change would destroy records that are kept until now."""
        return any(days < getattr(self, name) for name, days in fields.items())

    def change(self, **fields):
        changed = self.record("retention.updated", **fields)
        SecurityEntry.note("retention.updated", organization_id=self.organization_id, **fields)
        return changed

    @classmethod
    def apply_of_organizations(cls) -> int:
        """Delete a batch of rows that are older than their organization's retention; the number of rows."""
        return sum(
            execute(_of_organizations(table)) for table in _expiring(is_of_tenant=True)
        ) + SecurityEntry.erase(ERASE_SECURITY)

    @classmethod
    def apply_of_the_service(cls) -> int:
        """Delete a batch of rows that are older than the settings allow; the number of rows."""
        erased = SecurityEntry.erase(ERASE_OF_ACCOUNTS, (settings().security_days,))
        for table in _expiring(is_of_tenant=False):
            erased += execute(_of_the_service(table), (getattr(settings(), _expiry(table).days),))
        return erased


def _expiry(table: type[Model]) -> Expiry:
    expiry = declaration(table).expiry
    if expiry is None:
        raise TypeError(f"{table.__name__} does not declare when a row is old.")
    return expiry


def _expiring(is_of_tenant):
    """The tables that declare when a row is old, of organizations or of the service."""
    return [table for table in tables() if declaration(table).expiry and is_owned(table) == is_of_tenant]


def _of_organizations(table):
    """Delete a batch of rows that are older than their organization keeps them."""
    name, expiry = table._meta.table_name, _expiry(table)
    return f"""delete from {name} where id = any (array(
    select old.id from retentions r cross join lateral (
        select e.id from {name} e where e.{tenant_column(table)} = r.organization_id and {expiry.where}
            and {expiry.since} < now() - make_interval(days => r.{expiry.days})
        limit {BATCH}
    ) old limit {BATCH}))"""


def _of_the_service(table):
    """Delete a batch of rows that are older than a setting says."""
    name, expiry = table._meta.table_name, _expiry(table)
    return f"""delete from {name} where id = any (array(
    select id from {name} where {expiry.where} and {expiry.since} < {OLD} limit {BATCH}))"""
