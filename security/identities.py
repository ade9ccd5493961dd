"""Identities: whose account is opened by what a provider says of somebody."""

from models.base.errors import Conflict, Refusal, Unauthenticated
from models.base.unit_of_work import now
from models.identity.api_keys import ApiKey
from models.identity.email_tokens import EmailToken
from models.identity.identities import Identity, IdentityTaken
from models.identity.identity_authorizations import Claims
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


def owner_of(claims: Claims) -> tuple[User | None, Identity | None]:
    """``(user, identity)``: the account that the claims are about, locked, and the identity when it is linked already.

    A new identity leads to the account of its email address if the provider has verified that, and to none otherwise.
    Where the address has no account, one is created.
    """
    if identity := Identity.of(claims):
        return identity.user, identity
    if not (claims.email and claims.is_verified):
        return None, None
    email = claims.email.lower()
    user = User.locked_by_email(email)
    if user is not None and user.disabled_at:
        return user, None
    if user is not None and user.verified_at is None:
        _end_all_of(user)
    return User.get_or_create_verified(email, claims.name), None


def refusal_of(user: User | None, claims: Claims) -> Refusal | None:
    """The refusal of a login, which is logged in the security log of the account that it is about; None when it is allowed."""
    if user is None:
        owner = User.with_email(claims.email).first() if claims.email else None
        _log_refusal(owner, claims, "email_not_verified")
        return EmailNotVerified()
    if user.disabled_at:
        _log_refusal(user, claims, "disabled")
        return Unauthenticated("The account may not log in.")
    return None


def open_by(user: User, identity: Identity | None, claims: Claims) -> None:
    """Log in with an identity: link it where it is new, and email the person about that; record its use."""
    if identity is None:
        is_new = user.created_at == now()  # in this transaction: nobody needs to be told
        identity = _linked(user, claims)
        if not is_new:
            identity.tell(user, "identity_linked")
    identity.use(claims.email)


def _linked(user: User, claims: Claims) -> Identity:
    if linked := Identity.link(user, claims):
        return linked
    identity = Identity.of(claims)  # of who was quicker: the same person in another window, or somebody else
    if identity is None or identity.user_id != user.id:
        raise IdentityTaken()
    return identity


def _end_all_of(user: User) -> None:
    """End whatever somebody may hold who registered with the address without verifying it, which its owner has done now."""
    SecurityEntry.note("email.verified", user_id=user.id)
    Session.end_all(user)
    EmailToken.revoke(user)
    Registration.forget(user)
    ApiKey.revoke_all(user)


def _log_refusal(user: User | None, claims: Claims, reason: str) -> None:
    if user:
        facts = {"provider": claims.provider, "reason": reason}
        SecurityEntry.note("session.refused", user_id=user.id, outcome="failure", **facts)
