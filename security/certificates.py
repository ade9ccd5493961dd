"""Certificates of service accounts: a trusted proxy has checked that whoever connects holds the private key (RFC 8705)."""

import base64
import binascii
import hashlib
import re
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from models.base.errors import InvalidValue

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
HEXADECIMAL = re.compile(r"[0-9a-fA-F]{64}")
BYTES = re.compile(r":([A-Za-z0-9+/]+={0,2}):")  # a byte sequence (RFC 9651)


class CertificateNotUsable(InvalidValue):
    """The certificate is invalid.

    Cause: The value is not one X.509 certificate in PEM.
    Fix: Send the certificate without its chain and without its private key.
    Try: curl --json '{"name": "Broken", "certificate": "-----BEGIN CERTIFICATE-----'"$(printf %0100d 0)"'-----END
        CERTIFICATE-----", "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/service-accounts/$SERVICE_ACCOUNT/certificates
    """


class ServiceCertificateCredential(NamedTuple):
    """A request in the name of ``service_account_id``, from a client that showed the proxy the certificate of ``fingerprint``."""

    service_account_id: str
    fingerprint: str


def parse(service_account_id: str, fingerprint: str | None) -> ServiceCertificateCredential | None:
    """The credential of a request, or None; ``fingerprint`` is None when no trusted proxy has sent one."""
    if fingerprint is None or not UUID.fullmatch(service_account_id):
        return None
    return ServiceCertificateCredential(service_account_id.lower(), fingerprint)


def fingerprint(value: str) -> str | None:
    """The SHA-256 of a certificate in lower-case hexadecimal; None for a value that is malformed.

    ``value`` is the proxy's header: the certificate itself as in ``Client-Cert`` (RFC 9440), or its SHA-256 in hexadecimal.
    """
    if HEXADECIMAL.fullmatch(value):
        return value.lower()
    match = BYTES.fullmatch(value)
    try:
        return hashlib.sha256(base64.b64decode(match[1], validate=True)).hexdigest() if match else None
    except binascii.Error:
        return None


def read(pem: str) -> dict[str, Any]:
    """``{"fingerprint", "subject", "expires_at"}`` of a certificate in PEM.  Refused when it cannot be used."""
    try:
        (certificate,) = x509.load_pem_x509_certificates(pem.encode())
        return {
            "fingerprint": certificate.fingerprint(SHA256()).hex(),
            "subject": certificate.subject.rfc4514_string().replace("\0", "")[:500],
            "expires_at": certificate.not_valid_after_utc,
        }
    except ValueError:
        raise CertificateNotUsable(fields=["certificate"]) from None
