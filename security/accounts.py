"""Accounts: what follows when a person sets a password."""

from models.authorizations import Authorization
from models.email_tokens import EmailToken
from models.mails import Mail
from models.sessions import Session
from security import passwords


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
    Mail.write(user.email, "password_changed", locale=user.locale)
