"""Logging in: who is let in, and why not.  The one way, wherever somebody logs in."""

from models.base.errors import Unauthenticated
from models.sessions import Session
from models.users import User
from security import passwords


def let_in(email, password):
    """``(user, refusal)``: the person who is let in, or why nobody is.  What is written of a refusal must be kept."""
    user = User.with_email(email).first()
    if not passwords.matches(user and user.password_hash, password) or user.disabled_at:
        Session.refuse(user)
        return None, Unauthenticated("The address or the password is wrong.")
    return user, None
