"""Setting a password by a mail, when the old one is forgotten or there is none."""

from models.base.value_rules import obeys
from models.identity.email_tokens import EmailToken, LinkNotValid
from models.identity.users import User
from models.platform.mail_requests import MailRequest
from models.platform.security_log import SecurityEntry
from security import attempts, passwords
from security.accounts import reset_password


def request_password_reset(body, caller):
    email = body["email"].lower()
    if MailRequest.is_allowed("reset_password", email) and (user := User.locked_by_email(email)):
        SecurityEntry.note("password.reset_requested", user_id=user.id)
        EmailToken.mail("reset_password", user, email)
    return {"email": email, "status": "reset_sent"}, 202


@obeys(passwords.refuse_weak_new, "new_password")
def complete_password_reset(body, caller):
    token = EmailToken.redeem(body["token"], "reset_password")
    if token is None:
        return LinkNotValid()
    reset_password(token.user, body["new_password"])
    token.user.verify()  # a link that was mailed shows it as well as that of the registration
    attempts.reset_lockout(token.user)
    SecurityEntry.note("password.reset", user_id=token.user_id)
    return None, 204
