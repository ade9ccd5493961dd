"""Accounts: what follows when a person registers, or sets a password."""

from models.authorizations import Authorization
from models.email_tokens import EmailToken
from models.mails import Mail
from models.security_log import SecurityEntry
from models.sessions import Session
from security import passwords


def confirm_address(user, *, is_shown):
    """Have a link mailed to who has registered, or do without, when they have shown already that the address is theirs;
    what is told of it: ``verification_sent`` or ``verified``."""
    if is_shown and user.verified_at is None:
        EmailToken.revoke(user)
        user.verify()
        SecurityEntry.note("email.verified", user_id=user.id)
    else:
        EmailToken.mail_verification(user)
    return "verified" if is_shown else "verification_sent"


def set_password(user, password, *, keep=None, trusts_apps=False):
    """Give a person, who is locked, another password, if it is good enough.

    What somebody with the old one may hold ends: every session but ``keep``, and every link that was mailed; and what apps
    were let do.  With ``trusts_apps``, of who has just shown the old password, only the access tokens of apps end: those that
    were let act while the person is away come to new ones.
    """
    passwords.refuse_weak(password, user.email, user.name)
    user.set_password(passwords.hashed(password))
    Session.end_all(user, except_id=keep)
    EmailToken.revoke(user)
    if trusts_apps:
        Authorization.interrupt(user)
    else:
        Authorization.end_all(user)
    Mail.write(user.email, "password_changed", locale=user.locale, user_id=user.id)
