"""What the credentials of service accounts have in common: an end, scopes, and that admins give and take them."""

from peewee import ForeignKeyField, TextField

from models.api_keys import ExpiryInThePast
from models.base.fields import TextArrayField, UtcField
from models.base.pages import Order
from models.base.table import Table
from models.base.work import now
from models.organizations import Organization
from models.security_log import SecurityEntry
from models.service_accounts import ServiceAccount


class ServiceCredential(Table):
    """A key or a certificate that a service account is known by.  ``scopes`` is None for all that its role allows."""

    organization = ForeignKeyField(Organization, column_name="organization_id", on_delete="CASCADE")
    service_account = ForeignKeyField(ServiceAccount, column_name="service_account_id", on_delete="CASCADE")
    name = TextField()
    scopes = TextArrayField(null=True)
    expires_at = UtcField(null=True)
    revoked_at = UtcField(null=True)

    @classmethod
    def visible_to(cls, caller):
        """Those that are not revoked, of the caller's organizations."""
        mine = caller.organizations_with(f"{cls.noun()}.read", cls.organization)
        return cls.select().where(mine, cls.revoked_at.is_null())

    @classmethod
    def newest_first(cls):
        return Order("created_at", cls.created_at, descending=True)

    @classmethod
    def issue(cls, account, *, expires_at=None, **fields):
        refuse_past(expires_at)
        fields |= {"service_account": account, "organization": account.organization_id}
        return noted(cls.add(f"{cls.noun()}.created", expires_at=expires_at, **fields), "created")

    def revoke(self):
        return noted(self.record(f"{self.noun()}.revoked", revoked_at=now()), "revoked")


def refuse_past(expires_at):
    if expires_at is not None and expires_at <= now():
        raise ExpiryInThePast(f"It is {now():%F %R} UTC here.")


def noted(credential, what):
    """The credential, after the security log was told ``<noun>.<what>``."""
    SecurityEntry.note(
        f"{credential.noun()}.{what}",
        user_id=credential.service_account_id,
        organization_id=credential.organization_id,
        credential_id=credential.id,
        name=credential.name,
    )
    return credential
