"""Identification: whom a credential is of, in one statement, which opens the wall for that person's rows and organizations."""

from functools import partial

from models.api_keys import ApiKey
from models.base.secret import digest
from models.base.statements import rows
from models.consents import Consent
from models.service_certificates import ServiceCertificate
from models.service_keys import ServiceKey
from models.sessions import Session
from security import service_tokens, tokens
from security.certificates import ServiceCertificateShown
from security.service_tokens import ServiceToken

# Who asks, and with it the wall: from here on the connection sees the rows of that person and of the person's organizations
# alone.  The functions are the owner's; the migration of the wall has them.
BY_SESSION = "select * from remit_who_by_session(%s, %s)"
BY_KEY = "select * from remit_who_by_api_key(%s)"
BY_TOKEN = "select * from remit_who_by_token(%s)"  # noqa: S105  it is a statement
BY_SERVICE_KEY = "select * from remit_who_by_service_key(%s, %s)"
BY_CERTIFICATE = "select * from remit_who_by_certificate(%s, %s)"


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
