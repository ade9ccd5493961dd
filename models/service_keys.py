"""Service keys: the public keys whose private halves service accounts sign tokens with."""

from peewee import IntegrityError, TextField

from models.base.database import database
from models.base.errors import Conflict
from models.base.fields import JsonField
from models.base.pages import Is
from models.service_credentials import ServiceCredential


class KeyRegistered(Conflict):
    """The service account has this key already.

    Cause: a key with the same thumbprint is registered for it, and not revoked.
    Fix: use that one, or revoke it first.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/service-accounts/$SERVICE_ACCOUNT/keys
    """


class ServiceKey(ServiceCredential):
    """``jwk`` is the public key (RFC 7517), ``kid`` its thumbprint (RFC 7638), ``algorithm`` the one that it is good for."""

    kid = TextField()
    algorithm = TextField()
    jwk = JsonField()

    class Meta:
        table_name = "service_keys"

    @classmethod
    def register(cls, account, **fields):
        try:
            with database.atomic():
                return cls.issue(account, **fields)
        except IntegrityError:
            raise KeyRegistered() from None


ServiceKey.known_by = ServiceKey.kid

ServiceKey.add_index(
    ServiceKey.service_account,
    ServiceKey.kid,
    unique=True,
    where=ServiceKey.revoked_at.is_null(),
    name="service_keys_kid",
)
ServiceKey.FILTERS = {"service_account_id": Is(lambda value: ServiceKey.service_account == value)}
