"""The second factor: what a log-in needs beside the password, when the person has turned it on."""

from models.base.errors import Refusal
from models.base.work import now
from models.identity.two_factor import TwoFactor
from security import attempts, one_time_codes


class SecondFactorRequired(Refusal):
    """A second factor is needed.

    Cause: the password is right, and two-factor authentication is on.
    Fix: send the same request with `one_time_code`, the code of the authenticator, or with `recovery_code`.
    Try: curl --json '{"email": "'$EMAIL'", "password": "'"$PASSWORD"'"}' $BASE/sessions
    """

    status = 401


class SecondFactorRefused(Refusal):
    """The second factor is not good.

    Cause: the code is wrong, too old or used before; or there were too many wrong ones, and none is looked at for a while.
    Fix: send the code that the authenticator shows now, or another recovery code; after five wrong ones wait.
    Try: curl --json '{"email": "'$EMAIL'", "password": "'"$PASSWORD"'", "one_time_code": "000000"}' $BASE/sessions
    """

    status = 401
    keeps = True


def require(user, body):
    """Refuse who has shown the first factor, and lacks the second one.

    ``body`` is what was sent: ``one_time_code`` or ``recovery_code``, and perhaps ``earlier_refresh_token``.  Called when the
    first factor is known to be right.  :class:`SecondFactorRefused` counts: the transaction must be kept.
    """
    two_factor = TwoFactor.of(user.id)
    if not two_factor.is_active:
        return
    codes = {name: body[name] for name in ("one_time_code", "recovery_code") if body.get(name)}
    if not codes:
        raise SecondFactorRequired()
    if not is_proven(user, two_factor, **codes, device=body.get("earlier_refresh_token")):
        raise SecondFactorRefused()


def is_proven(user, two_factor, one_time_code=None, recovery_code=None, device=None):
    """Whether a code is good, which uses it up; the guess is counted.  Of two codes, the one-time code is looked at."""
    if one_time_code:
        step = one_time_codes.step_of(two_factor, one_time_code, now())
        is_right = step is not None
    else:
        digest = one_time_codes.recovery_digest(user.id, recovery_code)
        is_right = two_factor.has_recovery_code(digest)
    if not attempts.is_let_in(attempts.CODE, user.email, is_right, user=user, device=device):
        return False
    return two_factor.spend(step) if one_time_code else two_factor.use_recovery_code(digest)
