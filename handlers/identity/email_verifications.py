"""Showing that an e-mail address is one's own: that of a new account, or the next one of an account."""

from models.identity.email_tokens import EmailToken, LinkNotValid
from models.identity.registrations import Registration
from models.identity.users import User
from models.platform.mail_requests import MailRequest
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry
from security.accounts import registration_of
from security.reauthentication import refuse_without_password


def request_email_verification(body, caller):
    email = body["email"].lower()
    if MailRequest.is_allowed("verify_email", email) and (user := User.locked_by_email(email)):
        SecurityEntry.note("email.verification_requested", user_id=user.id)
        EmailToken.mail_verification(user, Registration.locale_of(user))
    return {"email": email, "status": "verification_sent"}, 202


def complete_email_verification(body, caller):
    token = EmailToken.held(body["token"], "verify_email", "verify_new_email")
    if token is None:
        return LinkNotValid()
    if token.purpose == "verify_email":
        registration = registration_of(token.user, body.get("password"))
        token.use()
        registration.activate()
        SecurityEntry.note("email.verified", user_id=token.user_id)
    else:
        refuse_without_password(token.user, body.get("password"))
        token.use()
        _move(token.user, token.email)
    return None, 204


def _move(user, email):
    """Have the person known by the new address.  Links that were mailed to the old one are good no more."""
    former = user.email
    user.move_to(email)
    EmailToken.revoke(user)
    Mail.write(former, "email_changed", locale=user.locale, user_id=user.id)
    SecurityEntry.note("email.changed", user_id=user.id, former=former)
