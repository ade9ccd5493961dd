"""Identities: whose account is opened by what a provider says of somebody."""

from models.base.errors import Conflict, Unauthenticated
from models.base.unit_of_work import now
from models.identity.api_keys import ApiKey
from models.identity.email_tokens import EmailToken
from models.identity.identities import Identity, IdentityTaken
from models.identity.registrations import Registration
from models.identity.sessions import Session
from models.identity.users import User
from models.platform.security_log import SecurityEntry


class EmailNotVerified(Conflict):
    """The identity provider has not verified your email address.

    Cause: The identity is not linked to an account, and its provider reports no verified email address.
    Fix: Verify your email address with the provider, or log in with another method and link the identity.
    Try: curl --json '{"code": "'$CODE'", "handoff_secret": "'$HANDOFF_SECRET'"}' $BASE/sessions/by-identity
    """


def owner_of(claims):
    """``(user, identity)``: whom the provider speaks of, locked, and the identity when it is linked already.

    An identity that is new here leads to the account of its address, if the provider has verified that: only then is who
    has the one known to have the other.  Without an account there is one now.
    """
    if identity := Identity.of(claims):
        return identity.user, identity
    if not (claims.email and claims.is_verified):
        return None, None
    email = claims.email.lower()
    known = User.locked_by_email(email)
    if known is not None and known.disabled_at:
        return known, None
    if known is not None and known.verified_at is None:
        _end_all_of(known)
    return User.get_or_create_verified(email, claims.name), None


def refusal_of(user, claims):
    """Why who was found is not let in, noted in the security log of the account that it is about; None when nothing is
    against it."""
    if user is None:
        named = claims.email and User.with_email(claims.email).first()
        _log_refusal(named, claims, "email_not_verified")
        return EmailNotVerified()
    if user.disabled_at:
        _log_refusal(user, claims, "disabled")
        return Unauthenticated("The account may not log in.")
    return None


def open_by(user, identity, claims):
    """Let the identity open the account: link it, where it is new, and tell the person; note that it is used."""
    if identity is None:
        is_new = user.created_at == now()  # in this transaction: nobody needs to be told
        identity = _linked(user, claims)
        if not is_new:
            identity.tell(user, "identity_linked")
    identity.use(claims.email)


def _linked(user, claims):
    if linked := Identity.link(user, claims):
        return linked
    identity = Identity.of(claims)  # of who was quicker: the same person in another window, or somebody else
    if identity is None or identity.user_id != user.id:
        raise IdentityTaken()
    return identity


def _end_all_of(user):
    """Whatever somebody may hold who registered with the address and never showed that it is theirs; its owner has now."""
    SecurityEntry.note("email.verified", user_id=user.id)
    Session.end_all(user)
    EmailToken.revoke(user)
    Registration.forget(user)
    ApiKey.revoke_all(user)


def _log_refusal(user, claims, reason):
    if user:
        told = {"provider": claims.provider, "reason": reason}
        SecurityEntry.note("session.refused", user_id=user.id, outcome="failure", **told)
