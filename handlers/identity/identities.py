"""Signing in with a provider, and the identities there that open one's account."""

from urllib.parse import urlencode

from handlers.pages import account
from models.base.pages import page
from models.base.settings import settings
from models.base.value_rules import obeys
from models.identity.identities import NAMES, Identity, IdentityTaken
from models.identity.identity_authorizations import IdentityAuthorization, refuse_unknown
from models.identity.sessions import Session
from models.identity.users import User
from security import identities, login, sessions
from security.reauthentication import reauthenticate
from security.second_factor import SecondFactorRequired


def get_identity_providers(caller):
    return {
        "providers": [
            {"provider": provider, "name": NAMES[provider]} for provider in settings().identity_providers
        ]
    }


@obeys(refuse_unknown, "return_to")
def create_identity_authorization(body, caller, external_result):
    begun, made = IdentityAuthorization.begin(body["provider"], body.get("return_to"))
    url = external_result(made["state"], made["nonce"], made["verifier"])
    return {
        "authorization_url": url,
        "handoff_secret": made["handoff_secret"],
        "expires_at": begun.expires_at,
    }, 201


def get_identity_callback(provider, caller, state=None, code=None, error=None, iss=None):
    begun = IdentityAuthorization.by_state(provider, state) if state else None
    if begun is None or not (code or error) or _is_of_another(provider, iss):
        body, headers = account.sign_in_result()  # the same as without any result
        return body, 200, headers
    if code and not error:
        result = {"code": begun.code_for(code)}
    else:
        result = {"error": "access_denied" if error == "access_denied" else "provider_failed"}
    return None, 303, {"Location": f"{begun.return_to}#{urlencode(result)}", "Cache-Control": "no-store"}


def log_in_with_identity(body, caller, external_result):
    begun = IdentityAuthorization.hold(body["code"], body["handoff_secret"], external_result)
    user, identity = identities.owner_of(begun.decrypted_claims)
    refusal = identities.refusal_of(user, begun.decrypted_claims)
    if user is None or refusal:
        begun.consume()
        return refusal

    try:
        login.admitted(user, body)
    except SecondFactorRequired as refusal:
        return refusal  # so that what the provider has said is kept until the same is sent with a code
    begun.consume()
    identities.open_by(user, identity, begun.decrypted_claims)
    return sessions.begin(user, provider=begun.provider), 201


def list_identities(caller, limit, cursor=None, include=()):
    return page(Identity, caller, {}, limit=limit, cursor=cursor, include=include)


def get_identity(identity_id, caller):
    return caller.find(Identity, identity_id)


def link_identity(body, caller, external_result):
    user = caller.find(User, caller.user_id)
    begun = IdentityAuthorization.hold(body.pop("code"), body.pop("handoff_secret"), external_result)
    reauthenticate(caller, body, user)
    begun.consume()
    identity = Identity.link(user, begun.decrypted_claims)
    if identity is None:
        Identity.note_refusal(user, begun.decrypted_claims)
        return IdentityTaken()
    identity.tell(user, "identity_linked")
    return identity, 201


def unlink_identity(identity_id, body, caller):
    identity = caller.find(Identity, identity_id)
    user = identity.refuse_when_last()
    reauthenticate(caller, body, user)
    identity.unlink()
    identity.tell(user, "identity_unlinked")
    Session.end_all(user, except_id=caller.session_id)
    return None, 204


def _is_of_another(provider, iss):
    """Whether another provider than the one that was asked says that it answers (RFC 9207)."""
    return provider == "google" and iss is not None and iss.rstrip("/") != settings().google_issuer
