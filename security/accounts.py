"""Accounts: what follows when a person registers, or sets a password."""

from typing import Any

from models.apps.authorizations import Authorization
from models.identity.api_keys import ApiKey
from models.identity.email_tokens import EmailToken
from models.identity.identities import Identity
from models.identity.registrations import Registration
from models.identity.sessions import Session
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry
from security import passwords
from security.reauthentication import ReauthenticationFailed


def register(user: User, *, is_shown: bool, **fields: Any) -> str:
    """Store what a person registers with, and email a link that verifies the address.

    With ``is_shown``, the address is verified already, and the account is activated at once.  Returns the status to report:
    ``verification_sent`` or ``verified``.
    """
    if user.verified_at is None:
        registration = Registration.keep(user, **fields)
        if is_shown:
            EmailToken.revoke(user)
            registration.activate()
            SecurityEntry.note("email.verified", user_id=user.id)
        else:
            EmailToken.mail_verification(user, fields.get("locale"))
    else:
        EmailToken.mail_verification(user)
    return "verified" if is_shown else "verification_sent"


def registration_of(user: User, password: str | None) -> Registration:
    """The newest registration with this password, else :class:`ReauthenticationFailed`: the emailed link alone is not enough."""
    if password is not None:
        for registration in Registration.of(user):
            if passwords.matches(registration.password_hash, password):
                registration.user = user
                return registration
    SecurityEntry.note("email.verified", user_id=user.id, outcome="failure", reason="password")
    raise ReauthenticationFailed("The password does not match the registration.")


def change_password(
    user: User,
    new_password: str,
    *,
    keep: str | None,
    revoke_api_keys: bool = False,
    revoke_app_access: bool = False,
) -> None:
    """Change the password of a person, whose row is locked and who has just proven who they are.

    Ends every session but ``keep``, every emailed link and every access token of an app; API keys and refresh tokens of apps
    only on request.
    """
    _set_password(user, new_password, keep=keep)
    if revoke_app_access:
        Authorization.end_all(user)
    else:
        Authorization.interrupt(user)
    keys = ApiKey.revoke_all(user) if revoke_api_keys else 0
    _email_change(user, keys=keys, apps=revoke_app_access, identities=0)


def reset_password(user: User, password: str) -> None:
    """Change the password of a person, whose row is locked and who has proven no more than to read their email.

    Ends everything by which somebody else may hold the account: sessions, API keys, linked identities, emailed links and
    registrations, and the tokens of apps.
    """
    had_password = user.has_password
    _set_password(user, password)
    Authorization.end_all(user)
    Registration.forget(user)
    # Without a password, whoever linked an identity had come in by another one.
    unlinked = Identity.unlink_all(user) if had_password else 0
    _email_change(user, keys=ApiKey.revoke_all(user), apps=True, identities=unlinked)


def _set_password(user: User, password: str, keep: str | None = None) -> None:
    passwords.refuse_weak_new(password, user.email, user.name)
    user.set_password(passwords.hashed(password))
    Session.end_all(user, except_id=keep)
    EmailToken.revoke(user)


def _email_change(user: User, **revoked: Any) -> None:
    Mail.write(user.email, "password_changed", locale=user.locale, user_id=user.id, **revoked)
