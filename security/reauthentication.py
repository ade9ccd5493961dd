"""Reauthentication: a person proves again who they are, before what a stolen session must not do.

The operations that require it, and when, are those with ``x-proof`` in the contract.
"""

from collections.abc import Mapping
from typing import Any

from models.base.errors import Refusal
from models.identity.two_factor import TwoFactor
from models.identity.users import User
from security import attempts, passwords, second_factor
from security.callers import Caller

MEMBERS = ("password", "one_time_code", "recovery_code")  # of a body: the proof


class ReauthenticationFailed(Refusal):
    """Proof of identity is missing or wrong.

    Cause: The password or code is missing or wrong; a password was sent while two-factor authentication requires a code; or
    too many wrong ones were sent, and attempts are throttled.
    Fix: Send `password` or, if two-factor authentication is turned on, a code as `one_time_code` or `recovery_code`. If you have
    no password, set one by email first.
    Try: curl --json '{"password": "wrong"}' -H "Authorization: Bearer $TOKEN" $BASE/users/me/two-factor
    """

    status = 403
    keeps = True


class SessionRequired(Refusal):
    """The operation requires a session.

    Cause: The operation requires proof of identity, and was called with an API key or an app token.
    Fix: Log in, and send the access token of the session together with the proof of identity.
    Try: curl --json '{"password": "wrong"}' -H "X-API-Key: $KEY" $BASE/users/me/two-factor
    """

    status = 403


def take_proof(body: dict[str, Any]) -> dict[str, str]:
    """Remove the members of the proof from a body, and return them."""
    return {name: body.pop(name) for name in MEMBERS if name in body}


def reauthenticate(caller: Caller, proof: Mapping[str, str], user: User | None = None) -> None:
    """Refuse a caller who is not in a session, or does not prove to be the person of it.

    ``proof`` is what :func:`take_proof` has found.  Wrong passwords and codes are counted together with those of logins.
    Called before anything else is written: when it refuses, what the transaction has written stays.
    """
    require_session(caller)
    user = user or User.get_by_id(caller.user_id)
    user.refuse_erased()
    _refuse_unproven(user, **proof)
    caller.is_proven = True


def require_session(caller: Caller) -> None:
    """Refuse API keys and apps: they prove nothing of a person."""
    if caller.session_id is None:
        raise SessionRequired()


def reauthenticate_session(caller: Caller, proof: Mapping[str, str]) -> None:
    """As :func:`reauthenticate`, but of sessions alone: an API key hands on no more than its own power."""
    if caller.scopes is None:
        reauthenticate(caller, proof)


def refuse_without_password(user: User, password: str | None) -> None:
    """Refuse a wrong or missing password of the account, with or without a session."""
    if password is None:
        raise ReauthenticationFailed("The password is missing.")
    is_right = passwords.matches(user.password_hash, password)
    if not attempts.check_attempt(attempts.PASSWORD, user.email, is_right, user=user):
        raise ReauthenticationFailed("The password is wrong, or attempts are throttled.")


def _refuse_unproven(
    user: User,
    password: str | None = None,
    one_time_code: str | None = None,
    recovery_code: str | None = None,
) -> None:
    if password is not None:
        refuse_without_password(user, password)
    two_factor = TwoFactor.of(user.id)
    if two_factor.is_active:
        if not (one_time_code or recovery_code):
            raise ReauthenticationFailed("Two-factor authentication is turned on: send a code.")
        if not second_factor.is_proven(user, two_factor, one_time_code, recovery_code):
            raise ReauthenticationFailed("The code is wrong, or attempts are throttled.")
    elif password is None:
        raise ReauthenticationFailed("The password is missing.")
