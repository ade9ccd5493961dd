"""Identification: whom a credential is of, in one statement, which opens the wall for that person's rows and organizations."""

from functools import partial

from models.access.service_certificates import ServiceCertificate
from models.access.service_keys import ServiceKey
from models.apps.consents import Consent
from models.base.secret import digest
from models.base.statements import rows
from models.identity.api_keys import ApiKey
from models.identity.sessions import Session
from security import service_tokens, tokens
from security.certificates import ServiceCertificateShown
from security.service_tokens import ServiceToken

# Who asks, and with it the wall: from here on the connection sees the rows of that person and of the person's organizations
# alone.  The functions are the owner's; the migration of the wall has them.
# A result of one row costs less as a value than as a table.
WHO = "select (one.who).* from (select remit_who_by_{} as who offset 0) one"
BY_SESSION = WHO.format("session(%s, %s)")
BY_KEY = WHO.format("api_key(%s)")
BY_TOKEN = WHO.format("token(%s)")
BY_SERVICE_KEY = WHO.format("service_key(%s, %s)")
BY_CERTIFICATE = WHO.format("certificate(%s, %s)")


def known(credential):
    """``(rows, notice)``: whom a credential is of, and what remembers an address that it is used from."""
    if isinstance(credential, ServiceToken):
        who = service_tokens.verified(credential)
        return rows(BY_SERVICE_KEY, who), partial(ServiceKey.notice, *who)
    if isinstance(credential, ServiceCertificateShown):
        return rows(BY_CERTIFICATE, credential), partial(ServiceCertificate.notice, *credential)
    credential = tokens.settled(credential)
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
