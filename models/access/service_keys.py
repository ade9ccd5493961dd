"""Service keys: the public keys whose private halves service accounts sign tokens with."""

from peewee import TextField

from models.access.service_credentials import ServiceCredential, unique_active_credential
from models.base.declarations import OF_PROGRAMS, Declaration
from models.base.errors import Conflict
from models.base.fields import JsonField


class KeyRegistered(Conflict):
    """This key is already registered.

    Cause: The service account already has a key with the same thumbprint, which is not revoked.
    Fix: Use the existing key, or revoke it first.
    Try: curl --json '{"name": "Again", "jwk": '"$JWK"', "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/service-accounts/$SERVICE_ACCOUNT/keys
    """


class ServiceKey(ServiceCredential):
    """``jwk`` is the public key (RFC 7517), ``kid`` its thumbprint (RFC 7638), ``algorithm`` the one that it is good for."""

    kid = TextField()
    algorithm = TextField()
    jwk = JsonField()

    class Meta:
        table_name = "service_keys"
        declares = Declaration(
            tenant="organization",
            parent="service_account",
            personal=OF_PROGRAMS,
            write_only=frozenset({"jwk", "revoked_at"}),
        )


unique_active_credential(ServiceKey, ServiceKey.kid, KeyRegistered)
