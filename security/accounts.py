"""Accounts: what follows when a person sets a password."""

from models.email_tokens import EmailToken
from models.mails import Mail
from models.sessions import Session
from security import passwords


def set_password(user, password, *, keep=None):
    """Give a person, who is locked, another password, if it is good enough.

    What somebody with the old one may hold ends: every session but ``keep``, and every link that was mailed.
    """
    passwords.refuse_weak(password, user.email, user.name)
    user.set_password(passwords.hashed(password))
    Session.end_all(user, except_id=keep)
    EmailToken.revoke(user)
    Mail.write(user.email, "password_changed", locale=user.locale, user_id=user.id)
