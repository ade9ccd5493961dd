"""Certificates of service accounts: a trusted proxy has checked that whoever connects holds the private key (RFC 8705)."""

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

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
    """Who asks says to be ``service_account_id``, and has shown the certificate with ``fingerprint`` to the proxy."""

    service_account_id: str
    fingerprint: str


def parse(service_account_id, fingerprint):
    """What a request is made with, or None.  ``fingerprint`` is None when no trusted proxy has told one."""
    if fingerprint is None or not UUID.fullmatch(service_account_id):
        return None
    return ServiceCertificateCredential(service_account_id.lower(), fingerprint)


def fingerprint(told):
    """The fingerprint of the certificate that a proxy tells of: the certificate itself, as ``Client-Cert`` has it
    (RFC 9440), or its SHA-256 in hexadecimal.  None for anything else."""
    if HEXADECIMAL.fullmatch(told):
        return told.lower()
    found = BYTES.fullmatch(told)
    try:
        return hashlib.sha256(base64.b64decode(found[1], validate=True)).hexdigest() if found else None
    except binascii.Error:
        return None


def read(pem):
    """``{"fingerprint", "subject", "expires_at"}`` of a certificate in PEM.  Refused when it cannot be used."""
    try:
        (found,) = x509.load_pem_x509_certificates(pem.encode())
        return {
            "fingerprint": found.fingerprint(SHA256()).hex(),
            "subject": found.subject.rfc4514_string().replace("\0", "")[:500],
            "expires_at": found.not_valid_after_utc,
        }
    except ValueError:
        raise CertificateNotUsable(fields=["certificate"]) from None
