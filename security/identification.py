"""Identification: whom a credential is of, in one statement, which opens the wall for the rows of that person's places."""

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

# Who asks, and with it the wall: from here on the connection sees the rows of that person's organizations alone.
WHO = """
select u.id::text, u.rate_class, {extra}, now(), {unnoticed}, u.access_version,
       set_config('remit.places', u.places::text, false)
"""
BY_SESSION = (
    WHO.format(
        extra="s.id::text, null::text[], null::timestamptz",
        unnoticed="s.last_used_at < now() - interval '1 minute'",
    )
    + """
from sessions s join users u on u.id = s.user_id
where s.id = %s and u.token_epoch = %s and s.ended_at is null and s.expires_at > now() and u.disabled_at is null
"""
)
BY_KEY = (
    WHO.format(
        extra="null::text, k.scopes, k.expires_at",
        unnoticed="k.last_used_at is null or k.last_used_at < now() - interval '1 minute'"
        " or (k.secret_used_at is null and k.digest = %s)",
    )
    + """
from api_keys k join users u on u.id = k.user_id
where (k.digest = %s or (k.previous_digest = %s and k.overlap_ends_at > now()))
  and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.disabled_at is null
"""
)
# Programs, by their id and that of the key that has signed, or by the fingerprint of the certificate that was shown.
# The functions look behind the wall, which is open to nobody yet.
BY_SERVICE = (
    WHO.format(
        extra="null::text, c.scopes, c.expires_at",
        unnoticed="c.last_used_at is null or c.last_used_at < now() - interval '1 minute'",
    )
    + """
from %s c join users u on u.id = c.service_account_id
where c.revoked_at is null and (c.expires_at is null or c.expires_at > now()) and u.disabled_at is null
"""
)
BY_SERVICE_KEY = BY_SERVICE % "remit_service_key(%s, %s)"
BY_CERTIFICATE = BY_SERVICE % "remit_service_certificate(%s, %s)"
# What an app may do for somebody: what it was let do, as far as the app may do that still.  What it hands on ends with its
# token, because the consent may be withdrawn; an app that acts for itself gets a new token whenever it asks.
BY_TOKEN = (
    WHO.format(
        extra="null::text, array(select unnest(t.scopes) intersect select unnest(p.scopes)),"
        " case when a.consent_id is not null then t.expires_at end",
        unnoticed="c.last_used_at is null or c.last_used_at < now() - interval '1 minute'",
    )
    + """
from oauth_tokens t join authorizations a on a.id = t.authorization_id join apps p on p.id = a.app_id
     join users u on u.id = a.user_id left join consents c on c.id = a.consent_id
where t.digest = %s and t.purpose = 'access' and t.expires_at > now() and t.epoch = u.token_epoch
      and a.revoked_at is null and p.status = 'active' and c.revoked_at is null and u.disabled_at is null
"""
)


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
    return rows(BY_KEY, [secret] * 3), partial(ApiKey.notice, secret)
