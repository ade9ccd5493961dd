"""Service certificates: what service accounts show to the proxy in front, which has them prove that it is theirs."""

from peewee import TextField

from models.access.service_credentials import ServiceCredential, unique_active_credential
from models.base.declarations import OF_PROGRAMS, Declaration
from models.base.errors import Conflict
from models.base.fields import UtcField


class CertificateRegistered(Conflict):
    """This certificate is already registered.

    Cause: The service account already has a certificate with the same fingerprint, which is not revoked.
    Fix: Use the existing certificate, or revoke it first.
    Try: curl --json '{"name": "Again", "certificate": "'"$CERTIFICATE"'", "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer
        $TOKEN" $BASE/service-accounts/$SERVICE_ACCOUNT/certificates
    """


class ServiceCertificate(ServiceCredential):
    """``fingerprint`` is the SHA-256 of the certificate (DER), in hexadecimal; ``subject`` whom it names."""

    expires_at = UtcField()
    fingerprint = TextField()
    subject = TextField()

    ended_by = "certificate"

    class Meta:
        table_name = "service_certificates"
        declares = Declaration(
            tenant="organization",
            parent="service_account",
            personal=OF_PROGRAMS,
            write_only=frozenset({"revoked_at"}),
        )


unique_active_credential(ServiceCertificate, ServiceCertificate.fingerprint, CertificateRegistered)
