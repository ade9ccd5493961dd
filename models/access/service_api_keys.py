"""API keys of service accounts: the same as those of people, but given and taken by the admins of the organization."""

from models.access.service_accounts import ServiceAccount
from models.access.service_credentials import log_entry
from models.base.declarations import OF_PROGRAMS, Declaration
from models.base.pages import Is
from models.base.unit_of_work import now
from models.identity.api_keys import ApiKey, refuse_past


class ServiceApiKey(ApiKey):
    """A row of the API keys, seen by the organization; ``user_id`` is the service account."""

    class Meta:
        table_name = "api_keys"
        declares = Declaration(personal=OF_PROGRAMS, write_only=ApiKey._meta.declares.write_only)

    @classmethod
    def visible_to(cls, caller):
        """Those that are not revoked, of the service accounts of the caller's organizations."""
        seen = caller.sees("service_api_key.read", organization=ServiceAccount.organization)
        query = cls.select(cls, ServiceAccount.organization.alias("organization_id"))
        return query.join(ServiceAccount, on=(ServiceAccount.id == cls.user)).where(
            seen, cls.revoked_at.is_null()
        )

    @classmethod
    def issue_to(cls, account, *, expires_at=None, **fields):
        refuse_past(expires_at)
        return log_entry(
            cls.add("service_api_key.created", user=account.id, expires_at=expires_at, **fields), "created"
        )

    @classmethod
    def revoke_all(cls, account):
        """Revoke every key of a service account."""
        for api_key in cls.locked(cls.select().where(cls.user == account.id, cls.revoked_at.is_null())):
            api_key.revoke()

    @property
    def service_account_id(self):
        return self.user_id

    @property
    def organization_id(self):
        if "organization_id" not in self.extra:
            self.extra["organization_id"] = ServiceAccount.get_by_id(self.user_id).organization_id
        return self.extra["organization_id"]

    @property
    def event_organization_id(self):  # type: ignore[override]
        return self.organization_id

    @property
    def stream_id(self):
        return self.organization_id

    def _rotated(self, fields):
        rotated = self.record("service_api_key.rotated", **fields)
        return log_entry(rotated, "rotated", overlap_ends_at=fields["overlap_ends_at"])

    def revoke(self):
        return log_entry(self.record("service_api_key.revoked", revoked_at=now()), "revoked")


ServiceApiKey.FILTERS = {"service_account_id": Is(lambda value: ServiceApiKey.user == value)}
