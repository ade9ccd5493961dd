"""Logging in: who is let in, and why not.  The one way, wherever somebody logs in."""

from models.base.errors import Unauthenticated
from models.identity.users import User
from security import attempts, passwords, second_factor


def by_password(body):
    """The person whose ``email`` and ``password`` these are, with a code where they have a second factor.

    ``body`` may have ``one_time_code`` or ``recovery_code``, and ``earlier_refresh_token``.  The refusal says whether what
    was written, the count of guesses, stays (``keeps``).
    """
    user = User.who_may_log_in(body["email"]).first()
    is_right = passwords.matches(user and user.password_hash, body["password"])
    device = body.get("earlier_refresh_token")
    if not attempts.check_attempt(attempts.PASSWORD, body["email"], is_right, user=user, device=device):
        refusal = Unauthenticated("Wrong email address or password.")
        refusal.keeps = True
        raise refusal
    admitted(user, body)
    passwords.renew(user, body["password"])
    return user


def admitted(user, body):
    """The person, whose first factor was seen to be right, whatever it is; refused while the second one is missing."""
    second_factor.require(user, body)
    attempts.trust_origin(user)
    return user
