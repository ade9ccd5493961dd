"""Identification: whose a credential is, in one statement, which also allows that person's tenants and account (RLS)."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

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
from security.tokens import Credential

AnyCredential = Credential | ServiceToken | ServiceCertificateCredential

# Who asks, and with it row-level security: from here on the connection sees the rows of that person and of the person's
# organizations alone.  The functions are the owner's; the migration 0019_wall has them.
# A result of one row costs less as a value than as a table.
WHO = "select (one.who).* from (select remit_who_by_{} as who offset 0) one"
BY_SESSION = WHO.format("session(%s, %s)")
BY_KEY = WHO.format("api_key(%s)")
BY_TOKEN = WHO.format("token(%s)")
BY_SERVICE_KEY = WHO.format("service_key(%s, %s)")
BY_CERTIFICATE = WHO.format("certificate(%s, %s)")


def authenticate(credential: AnyCredential) -> tuple[list[tuple[Any, ...]], Callable[[str], None]]:
    """``(rows, notice)``: one row that says whose the credential is, none when it does not hold; and the function that
    records the network address from which it is used."""
    if isinstance(credential, ServiceToken):
        who = service_tokens.verified(credential)
        return rows(BY_SERVICE_KEY, who), partial(ServiceKey.notice, *who)
    if isinstance(credential, ServiceCertificateCredential):
        return rows(BY_CERTIFICATE, credential), partial(ServiceCertificate.notice, *credential)
    resolved = tokens.resolve_key(credential)
    if resolved is None:
        return [], lambda address: None
    if resolved.session_id:
        session = (resolved.session_id, resolved.epoch)
        return rows(BY_SESSION, session), partial(Session.notice, resolved.session_id)
    if resolved.token:
        token = digest(resolved.token)
        return rows(BY_TOKEN, (token,)), lambda address: Consent.notice(token)
    secret = digest(cast(str, resolved.secret))  # one of the three is there
    return rows(BY_KEY, (secret,)), partial(ApiKey.notice, secret)
