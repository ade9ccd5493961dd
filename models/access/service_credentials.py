"""What the credentials of service accounts have in common: an end, scopes, and that admins give and take them."""

from peewee import ForeignKeyField, TextField

from models.access.organizations import Organization
from models.access.service_accounts import ServiceAccount
from models.base.fields import TextArrayField, UtcField
from models.base.pages import Is
from models.base.statements import execute
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.api_keys import refuse_past
from models.platform.security_log import SecurityEntry

# Written at most once a minute, and waiting for nobody: it is of no weight.
NOTICE = """
update {table} set last_used_at = now(), last_used_address = %s
where id = (select id from {table} where service_account_id = %s and {column} = %s and revoked_at is null
    and (last_used_at is null or last_used_at < now() - interval '1 minute') for no key update skip locked)
"""


class ServiceCredential(Table):
    """A key or a certificate that a service account is known by.  ``scopes`` is None for all that its role allows."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    service_account = ForeignKeyField(ServiceAccount, column_name="service_account_id", on_delete="CASCADE")
    name = TextField()
    scopes = TextArrayField(null=True)
    expires_at = UtcField(null=True)
    revoked_at = UtcField(null=True)
    last_used_at = UtcField(null=True)
    last_used_address = TextField(null=True)

    ended_by = "expires_at"  # the property of a request that says when the credential ends

    @classmethod
    def visible_to(cls, caller):
        """Those that are not revoked, of the caller's organizations."""
        seen = caller.sees(f"{cls.noun()}.read", organization=cls.organization)
        return cls.select().where(seen, cls.revoked_at.is_null())

    @classmethod
    def issue(cls, account, *, expires_at=None, **fields):
        refuse_past(expires_at, cls.ended_by)
        fields |= {"service_account": account, "organization": account.organization_id}
        return log_entry(cls.add(f"{cls.noun()}.created", expires_at=expires_at, **fields), "created")

    @classmethod
    def notice(cls, service_account_id, known_by, address):
        """Remember that it is used, from an address.  ``known_by`` is what tells it from the account's others."""
        column = cls.known_by.column_name
        execute(
            NOTICE.format(table=cls._meta.table_name, column=column), (address, service_account_id, known_by)
        )

    @property
    def etag(self):
        """Of the credential and of its last use."""
        used = f".{self.last_used_at.timestamp():.0f}" if self.last_used_at else ""
        return f'"{self.version}{used}"'

    def revoke(self):
        return log_entry(self.record(f"{self.noun()}.revoked", revoked_at=now()), "revoked")


def unique_active_credential(table, column, registered):
    """Make ``column`` unique among the active credentials of an account; ``registered`` is the refusal of a second one."""
    table.known_by = column
    table.add_index(
        table.service_account,
        column,
        unique=True,
        where=table.revoked_at.is_null(),
        name=registered.code(),
    )
    table.FILTERS = {"service_account_id": Is(lambda value: table.service_account == value)}


def log_entry(credential, what, **facts):
    """Add ``<noun>.<what>`` to the security log, and return the credential."""
    SecurityEntry.note(
        f"{credential.noun()}.{what}",
        user_id=credential.service_account_id,
        organization_id=credential.organization_id,
        credential_id=credential.id,
        name=credential.name,
        **facts,
    )
    return credential
