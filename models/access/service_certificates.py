"""Service certificates: what service accounts show to the proxy in front, which has them prove that it is theirs."""

from peewee import TextField

from models.access.service_credentials import ServiceCredential, tell_apart
from models.base.declarations import OF_PROGRAMS, Declaration
from models.base.errors import Conflict
from models.base.fields import UtcField


class CertificateRegistered(Conflict):
    """The service account has this certificate already.

    Cause: a certificate with the same fingerprint is registered for it, and not revoked.
    Fix: use that one, or revoke it first.
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
        declares = Declaration(tenant="organization", parent="service_account", personal=OF_PROGRAMS)


tell_apart(ServiceCertificate, ServiceCertificate.fingerprint, CertificateRegistered)
