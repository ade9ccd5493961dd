"""Guesses at passwords and codes: counted by account and place, so that guessing is slow and nobody is locked out.

A place is a device that shows a refresh token of the account, else the network that is asked from.  Each place waits by
itself.  Places where the person is not known wait together, too; whoever guesses there keeps nobody away who is known.
Addresses without an account are counted in the same way, so that a wait tells nothing.
"""

from datetime import datetime

from models.base.jobs import defer
from models.base.secret import sign
from models.base.work import Work, current, now
from models.identity.attempts import NEVER, ONE_PLACE, STRANGERS, Attempt, KnownPlace, Verdict
from models.identity.sessions import Session
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry
from security.limits import network
from security.reach import NOWHERE
from security.tokens import session_of

PASSWORD, CODE, APP = "password", "code", "app"
REFUSED = {PASSWORD: "session.refused", CODE: "two_factor.refused"}
ANYWHERE = "where the person is not known"


def is_let_in(secret, email, is_right, *, user=None, device=None):
    """Whether a guess at the ``secret`` (``PASSWORD`` or ``CODE``) of an account opens the door.

    It does when it is right and need not wait.  ``user`` is whose address it is, when it is anybody's; ``device`` is a
    refresh token that the device had before.  The counts are part of the transaction: keep it when the guess is refused.
    """
    place, is_known = _place(user, device)
    rules = {_counter(secret, email, place): ONE_PLACE}
    if secret == PASSWORD:
        # Two counters in any case, so that the time does not tell that somebody is known here.
        other = _counter(secret, email, f"{place} once more" if is_known else ANYWHERE)
        rules[other] = NEVER if is_known else STRANGERS
    elif not is_known:  # who guesses codes has the password already, and may have many addresses
        rules = {_counter(secret, email, ANYWHERE): ONE_PLACE}
    verdict = Attempt.judge(rules, is_right)
    if verdict.is_counted and not verdict.is_let_in:
        _tell(secret, user, verdict)
    return verdict.is_let_in


def of_app(app_id, is_right):
    """The :class:`Verdict` on a secret that an app shows.  Each network from which wrong ones come waits by itself.

    Nothing is locked, nor written, of an app that shows the right one as it always does.
    """
    counter = _counter(APP, app_id, network(current().address))
    if is_right and not Attempt.counts(counter):
        return Verdict(True, True)
    return Attempt.judge({counter: ONE_PLACE}, is_right)


def remember_place(user):
    """The person has logged in from here: from now on the place is known."""
    KnownPlace.remember(user.id, _known_as(user.id))


def forgive(user):
    """The person has proven by mail who it is: here, no failure counts any more, and strangers keep nobody away."""
    places = (network(current().address), ANYWHERE)
    Attempt.forget(*(_counter(secret, user.email, place) for secret in (PASSWORD, CODE) for place in places))
    remember_place(user)


def _place(user, device):
    """``(name, whether the person is known there)``.  As many statements for an address that is nobody's."""
    user_id = user.id if user else NOWHERE
    session_id = device and session_of(device)
    if session_id and Session.select().where(Session.id == session_id, Session.user == user_id).exists():
        return f"device {session_id}", True
    return network(current().address), KnownPlace.knows(user_id, _known_as(user_id))


def _counter(secret, email, place):
    return _digest(f"{secret} {email.lower()} {place}")


def _known_as(user_id):
    return _digest(f"{user_id} {network(current().address)}")


def _digest(text):
    """Nobody who reads the tables learns which addresses were tried, or from where."""
    return sign("attempts", text.encode()).hex()


def tell(secret, user_id, minutes, is_news, happened_at, address, agent, request_id):
    """Note a failure in the security log, and the wait that begins with it; write to the person when that is news.

    Called by a job, in its transaction.  ``user_id`` is None for an address that is nobody's, whom nothing is told.
    """
    user = user_id and User.get_or_none(User.id == user_id)
    if not user or user.erased_at:
        return
    moment = datetime.fromisoformat(happened_at)
    with Work(request_id=request_id, now=moment, address=address, agent=agent) as work:
        SecurityEntry.note(REFUSED[secret], user_id=user.id, outcome="failure")
        if minutes:
            SecurityEntry.note(
                "user.locked", user_id=user.id, outcome="failure", secret=secret, minutes=minutes
            )
        if is_news:
            told = {"name": user.name, "minutes": minutes}
            Mail.write(user.email, "account_locked", locale=user.locale, user_id=user.id, **told)
        work.store_events()


def _tell(secret, user, verdict):
    """Have it told by a job, also where there is nobody to tell: the answer takes as long."""
    work = current()
    defer(
        "sessions.tell_of_failure",
        secret=secret,
        user_id=user and user.id,
        minutes=verdict.wait and int(verdict.wait.total_seconds() // 60),
        is_news=verdict.is_news,
        happened_at=now().isoformat(),
        address=work.address,
        agent=work.agent,
        request_id=work.request_id,
    )
