"""One's own account."""

from models.base.value_rules import obeys
from models.identity.email_tokens import EmailToken
from models.identity.registrations import proofs_of_address
from models.identity.users import User
from models.platform.mail_requests import MailRequest
from models.platform.security_log import SecurityEntry
from security import accounts, passwords
from security.reauthentication import reauthenticate, take_proof


@obeys(passwords.refuse_weak, "password", "email", "name")
def register_user(body, caller):
    email, password = body.pop("email").lower(), body.pop("password")
    passwords.refuse_weak(password, email, body["name"])
    token = body.pop("invitation_token", None)
    is_shown = token is not None and all(proofs_of_address(token, email))
    password_hash = passwords.hashed(password)  # also where there is an account already: it takes as long
    is_allowed = MailRequest.is_allowed("verify_email", email)
    if not (is_allowed and (is_shown or MailRequest.has_room(email))):
        return {"email": email, "status": "verification_sent"}, 202
    user = User.sign_up(email, body["name"])
    outcome = "failure" if user.verified_at else "success"
    SecurityEntry.note("user.registered", user_id=user.id, outcome=outcome)
    return {
        "email": email,
        "status": accounts.register(user, is_shown=is_shown, password_hash=password_hash, **body),
    }, 202


def get_me(caller):
    return caller.find(User, caller.user_id)


def update_me(body, caller):
    return caller.find(User, caller.user_id).change(**body)


@obeys(passwords.refuse_weak_new, "new_password")
def change_password(body, caller):
    user = caller.find(User, caller.user_id)
    reauthenticate(caller, {"password": body.pop("current_password"), **take_proof(body)}, user)
    accounts.change_password(user, keep=caller.session_id, **body)
    SecurityEntry.note("password.changed", user_id=user.id)
    return None, 204


def change_email(body, caller):
    user, email = caller.find(User, caller.user_id), body["email"].lower()
    reauthenticate(caller, take_proof(body), user)
    # Counted by who asks and by who is written to: nobody fills a stranger's mailbox, nor five at once.
    is_allowed = MailRequest.is_allowed("change_email", user.id)
    if is_allowed and MailRequest.is_allowed("verify_new_email", email) and MailRequest.has_room(email):
        EmailToken.mail("verify_new_email", user, email)
        SecurityEntry.note("email.change_requested", user_id=user.id)
    return {"email": email, "status": "verification_sent"}, 202
