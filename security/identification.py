"""Identification: whose a credential is, in one statement, which also allows that person's tenants and account (RLS)."""

from functools import partial

from models.access.service_certificates import ServiceCertificate
from models.access.service_keys import ServiceKey
from models.apps.consents import Consent
from models.base.secret import digest
from models.base.statements import rows
from models.identity.api_keys import ApiKey
from models.identity.sessions import Session
from security import service_tokens, tokens
from security.certificates import ServiceCertificateCredential
from security.service_tokens import ServiceToken

# Who asks, and with it row-level security: from here on the connection sees the rows of that person and of the person's
# organizations alone.  The functions are the owner's; the migration 0019_wall has them.
# A result of one row costs less as a value than as a table.
WHO = "select (one.who).* from (select remit_who_by_{} as who offset 0) one"
BY_SESSION = WHO.format("session(%s, %s)")
BY_KEY = WHO.format("api_key(%s)")
BY_TOKEN = WHO.format("token(%s)")
BY_SERVICE_KEY = WHO.format("service_key(%s, %s)")
BY_CERTIFICATE = WHO.format("certificate(%s, %s)")


def authenticate(credential):
    """``(rows, notice)``: whose the credential is, no row for nobody; and the function that notes an address of its use."""
    if isinstance(credential, ServiceToken):
        who = service_tokens.verified(credential)
        return rows(BY_SERVICE_KEY, who), partial(ServiceKey.notice, *who)
    if isinstance(credential, ServiceCertificateCredential):
        return rows(BY_CERTIFICATE, credential), partial(ServiceCertificate.notice, *credential)
    credential = tokens.resolve_key(credential)
    if credential is None:
        return [], None
    if credential.session_id:
        found = rows(BY_SESSION, (credential.session_id, credential.epoch))
        return found, partial(Session.notice, credential.session_id)
    if credential.token:
        token = digest(credential.token)
        return rows(BY_TOKEN, (token,)), lambda address: Consent.notice(token)
    secret = digest(credential.secret)
    return rows(BY_KEY, (secret,)), partial(ApiKey.notice, secret)
