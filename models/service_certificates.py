"""Service certificates: what service accounts show to the proxy in front, which has them prove that it is theirs."""

from peewee import IntegrityError, TextField

from models.base.database import database
from models.base.errors import Conflict
from models.base.fields import UtcField
from models.base.pages import Is
from models.service_credentials import ServiceCredential


class CertificateRegistered(Conflict):
    """The service account has this certificate already.

    Cause: a certificate with the same fingerprint is registered for it, and not revoked.
    Fix: use that one, or revoke it first.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/service-accounts/$SERVICE_ACCOUNT/certificates
    """


class ServiceCertificate(ServiceCredential):
    """``fingerprint`` is the SHA-256 of the certificate (DER), in hexadecimal; ``subject`` whom it names."""

    expires_at = UtcField()
    fingerprint = TextField()
    subject = TextField()

    class Meta:
        table_name = "service_certificates"

    @classmethod
    def register(cls, account, **fields):
        try:
            with database.atomic():
                return cls.issue(account, **fields)
        except IntegrityError:
            raise CertificateRegistered() from None


ServiceCertificate.known_by = ServiceCertificate.fingerprint

ServiceCertificate.add_index(
    ServiceCertificate.service_account,
    ServiceCertificate.fingerprint,
    unique=True,
    where=ServiceCertificate.revoked_at.is_null(),
    name="service_certificates_fingerprint",
)
ServiceCertificate.FILTERS = {
    "service_account_id": Is(lambda value: ServiceCertificate.service_account == value)
}
