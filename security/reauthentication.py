"""Proving again who one is, before what a stolen session must not do."""

from models.base.errors import Refusal
from models.two_factor import TwoFactor
from security import attempts, passwords, second_factor


class ReauthenticationFailed(Refusal):
    """You have to prove again who you are.

    Cause: the password or the code is missing or wrong; or there were too many wrong ones, and none is looked at for a while.
    Fix: send your password, or, with two-factor authentication on, a code; without a password, set one by mail first.
    Try: curl -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d '{"password":"…"}'
        $BASE/users/me/two-factor/deactivation
    """

    status = 403
    keeps = True


def reauthenticate(user, password=None, one_time_code=None, recovery_code=None):
    """Refuse who does not prove to be ``user``: by the password or, with two-factor authentication on, by a code.

    What is wrong is counted together with the guesses of log-ins.  Called before anything else is written: when it refuses,
    what the transaction has written stays.
    """
    user.refuse_erased()
    if password is not None:
        is_right = passwords.matches(user.password_hash, password)
        is_proven = attempts.is_let_in(attempts.PASSWORD, user.email, is_right, user=user)
    elif one_time_code or recovery_code:
        two_factor = TwoFactor.of(user.id)
        is_proven = two_factor.is_active and second_factor.is_proven(
            user, two_factor, one_time_code, recovery_code
        )
    else:
        is_proven = False
    if not is_proven:
        raise ReauthenticationFailed()
