"""Attempts at passwords and codes: limited by account and origin, so that guessing is slow and nobody is locked out.

An origin is a device that presents a refresh token of the account, else the network address (NIST SP 800-63B §5.2.2).  Each
origin waits by itself.  Origins that are unknown for the account wait together, too, without delaying those that are known.
Addresses without an account are counted in the same way, so that a wait reveals nothing.
"""

from datetime import datetime

from models.base.queue import defer
from models.base.secret import sign
from models.base.unit_of_work import UnitOfWork, current, now
from models.identity.attempts import NEVER, ONE_ORIGIN, UNKNOWN_ORIGINS, Attempt, AttemptResult, KnownOrigin
from models.identity.sessions import Session
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry
from security.effective_permissions import NIL_UUID
from security.limits import network
from security.tokens import session_of

PASSWORD, CODE, APP = "password", "code", "app"
REFUSED = {PASSWORD: "session.refused", CODE: "two_factor.refused"}
UNKNOWN_ORIGIN = "where the person is not known"


def check_attempt(
    secret: str, email: str, is_right: bool, *, user: User | None = None, device: str | None = None
) -> bool:
    """Whether an attempt at the ``secret`` (``PASSWORD`` or ``CODE``) of an account is accepted.

    It is when it is right and does not have to wait.  ``user`` is the account of the address ``email``, if there is one;
    ``device`` is a refresh token that the device had before.  The counts are part of the transaction, which must be committed
    also when the attempt is rejected.
    """
    origin, is_known = _origin(user, device)
    rules = {_counter(secret, email, origin): ONE_ORIGIN}
    if secret == PASSWORD:
        # Two counters in any case, so that the time does not tell that somebody is known here.
        other = _counter(secret, email, f"{origin} once more" if is_known else UNKNOWN_ORIGIN)
        rules[other] = NEVER if is_known else UNKNOWN_ORIGINS
    elif not is_known:  # who guesses codes has the password already, and may have many addresses
        rules = {_counter(secret, email, UNKNOWN_ORIGIN): ONE_ORIGIN}
    result = Attempt.register(rules, is_right)
    if result.is_counted and not result.is_accepted:
        _enqueue_failure_log(secret, user, result)
    return result.is_accepted


def of_app(app_id: str, is_right: bool) -> AttemptResult:
    """The :class:`AttemptResult` on a secret that an app shows.  Each network from which wrong ones come waits by itself.

    Nothing is locked, nor written, of an app that shows the right one as it always does.
    """
    counter = _counter(APP, app_id, network(current().address))
    if is_right and not Attempt.counts(counter):
        return AttemptResult(True, True)
    return Attempt.register({counter: ONE_ORIGIN}, is_right)


def trust_origin(user: User) -> None:
    """Remember that the person has logged in from this network address: from now on the origin is known."""
    KnownOrigin.remember(user.id, _origin_digest(user.id))


def reset_lockout(user: User) -> None:
    """Reset the failures counted for this origin and for unknown ones, after a proof of identity by email."""
    origins = (network(current().address), UNKNOWN_ORIGIN)
    Attempt.forget(
        *(_counter(secret, user.email, origin) for secret in (PASSWORD, CODE) for origin in origins)
    )
    trust_origin(user)


def _origin(user: User | None, device: str | None) -> tuple[str, bool]:
    """``(origin, whether it is known)``, by as many statements for an address without an account."""
    user_id = user.id if user else NIL_UUID
    session_id = device and session_of(device)
    if session_id and Session.select().where(Session.id == session_id, Session.user == user_id).exists():
        return f"device {session_id}", True
    return network(current().address), KnownOrigin.knows(user_id, _origin_digest(user_id))


def _counter(secret: str, email: str, origin: str) -> str:
    return _digest(f"{secret} {email.lower()} {origin}")


def _origin_digest(user_id: str) -> str:
    return _digest(f"{user_id} {network(current().address)}")


def _digest(text: str) -> str:
    """A keyed digest (16 bytes in hexadecimal): the tables do not tell which addresses were tried, or from where."""
    return sign("attempts", text.encode()).hex()


def log_failure(
    secret: str,
    user_id: str | None,
    minutes: int | None,
    is_news: bool,
    happened_at: str,
    address: str,
    agent: str,
    request_id: str,
) -> None:
    """Log a failure and the wait that it causes, if any, in the security log; email the person when ``is_news``.

    Called by a queue task, in its transaction.  ``user_id`` is None for an address without an account: nothing is logged.
    """
    user = user_id and User.get_or_none(User.id == user_id)
    if not user or user.erased_at:
        return
    moment = datetime.fromisoformat(happened_at)
    with UnitOfWork(request_id=request_id, now=moment, address=address, agent=agent) as work:
        SecurityEntry.note(REFUSED[secret], user_id=user.id, outcome="failure")
        if minutes:
            SecurityEntry.note(
                "user.locked", user_id=user.id, outcome="failure", secret=secret, minutes=minutes
            )
        if is_news:
            facts = {"name": user.name, "minutes": minutes}
            Mail.write(user.email, "account_locked", locale=user.locale, user_id=user.id, **facts)
        work.store_events()


def _enqueue_failure_log(secret: str, user: User | None, result: AttemptResult) -> None:
    """Enqueue :func:`log_failure`, also for an address without an account: the answer takes as long."""
    work = current()
    defer(
        "sessions.tell_of_failure",
        secret=secret,
        user_id=user and user.id,
        minutes=result.wait and int(result.wait.total_seconds() // 60),
        is_news=result.is_news,
        happened_at=now().isoformat(),
        address=work.address,
        agent=work.agent,
        request_id=work.request_id,
    )
