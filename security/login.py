"""Logging in: who is let in, and why not.  The one way, wherever somebody logs in."""

from collections.abc import Mapping
from typing import Any

from models.base.errors import Unauthenticated
from models.identity.users import User
from security import attempts, passwords, second_factor


def by_password(body: Mapping[str, Any]) -> User:
    """The person with this ``email`` and ``password``, and a code where they have a second factor; else a refusal.

    ``body`` may have ``one_time_code`` or ``recovery_code``, and ``earlier_refresh_token``.  A refusal that ``keeps`` is to be
    answered with a commit, so that the attempt stays counted.
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


def admitted(user: User, body: Mapping[str, Any]) -> User:
    """The person, after any right first factor; refused while the second factor is missing."""
    second_factor.require(user, body)
    attempts.trust_origin(user)
    return user
