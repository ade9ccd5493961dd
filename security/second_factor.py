"""The second factor: what a log-in needs beside the password, when the person has turned it on."""

from collections.abc import Mapping
from typing import Any

from models.base.errors import Refusal
from models.base.unit_of_work import now
from models.identity.two_factor import TwoFactor
from models.identity.users import User
from security import attempts, one_time_codes


class SecondFactorRequired(Refusal):
    """A verification code is required.

    Cause: The password is correct, and two-factor authentication is turned on.
    Fix: Send the same request with `one_time_code` or `recovery_code`.
    Try: curl --json '{"email": "'$EMAIL'", "password": "'"$PASSWORD"'"}' $BASE/sessions
    """

    status = 401


class SecondFactorRefused(Refusal):
    """Invalid verification code.

    Cause: The code is wrong, has expired, or was used before; or too many wrong codes were sent, and attempts are
    throttled.
    Fix: Send the current code of the authenticator, or another recovery code. After five wrong codes, wait.
    Try: curl --json '{"email": "'$EMAIL'", "password": "'"$PASSWORD"'", "one_time_code": "000000"}' $BASE/sessions
    """

    status = 401
    keeps = True


def require(user: User, body: Mapping[str, Any]) -> None:
    """Refuse a person whose first factor was right, and whose second one is missing or wrong.

    ``body`` may have ``one_time_code`` or ``recovery_code``, and ``earlier_refresh_token``.  After
    :class:`SecondFactorRefused` the transaction must be committed, so that the attempt stays counted.
    """
    two_factor = TwoFactor.of(user.id)
    if not two_factor.is_active:
        return
    codes = {name: body[name] for name in ("one_time_code", "recovery_code") if body.get(name)}
    if not codes:
        raise SecondFactorRequired()
    if not is_proven(user, two_factor, **codes, device=body.get("earlier_refresh_token")):
        raise SecondFactorRefused()


def is_proven(
    user: User,
    two_factor: TwoFactor,
    one_time_code: str | None = None,
    recovery_code: str | None = None,
    device: str | None = None,
) -> bool:
    """Whether a code is good, which uses it up; the attempt is counted.  Of two codes, only the one-time code is checked."""
    if one_time_code:
        step = one_time_codes.step_of(two_factor, one_time_code, now())
        is_right = step is not None
    else:
        digest = one_time_codes.recovery_digest(user.id, recovery_code or "")
        is_right = two_factor.has_recovery_code(digest)
    if not attempts.check_attempt(attempts.CODE, user.email, is_right, user=user, device=device):
        return False
    return two_factor.spend(step) if one_time_code else two_factor.use_recovery_code(digest)
