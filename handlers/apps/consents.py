"""What people let apps do for them, until they take it back."""

from models.apps.consents import Consent
from models.base.pages import page
from models.platform.security_log import SecurityEntry


def list_consents(caller, limit, cursor=None, include=()):
    return page(Consent, caller, {}, limit=limit, cursor=cursor, include=include)


def get_consent(consent_id, caller):
    return caller.find(Consent, consent_id)


def revoke_consent(consent_id, caller):
    consent = caller.find(Consent, consent_id).revoke()
    facts = {"app_id": consent.app_id, "app_name": consent.app_name}
    SecurityEntry.note("consent.revoked", user_id=consent.user_id, **facts)
    return None, 204
