"""Reauthentication: who is logged in shows once more who they are, before what matters most."""

from models.base.errors import Refusal
from security import passwords


class ReauthenticationFailed(Refusal):
    """You have not shown that it is you.

    Cause: the password is wrong, or the account has none.
    Fix: send the present password; set one by a mail if there is none.
    Try: curl -X POST -H "Content-Type: application/json" -d '{"email":"…"}' $BASE/password-resets
    """

    status = 403


def reauthenticate(user, password=None, one_time_code=None):
    """Refuse whoever does not know the password."""
    if not passwords.matches(user.password_hash, password or ""):
        raise ReauthenticationFailed("The password is wrong.")
