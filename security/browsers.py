"""Browsers: who uses one, by a cookie that its pages set, and forms that only these pages can have made.

The cookie is random.  Once somebody has logged in with a page, a session of theirs is kept under its digest; a log-in takes
a new one, so that nobody can be led to use a cookie that somebody else knows.  It opens pages alone, and nothing of the API.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta

from models.base.database import database
from models.base.ids import new_id
from models.base.secret import digest, is_signed, sign
from models.base.settings import settings
from models.base.unit_of_work import now
from models.identity.sessions import Session
from models.identity.users import User

LIFETIME = timedelta(hours=12)
SECOND_FACTOR_DEADLINE = timedelta(minutes=5)  # between the password and the second factor
SECONDS = re.compile(r"[0-9]{1,12}")
VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


class Browser:
    """The browser that sent ``cookies``; ``session`` is of who has logged in with it, or None."""

    def __init__(self, cookies: Mapping[str, str]) -> None:
        value = cookies.get(cookie_name(), "")
        self.is_new = not VALUE.fullmatch(value)
        self.value = secrets.token_urlsafe(32) if self.is_new else value
        self.session: Session | None = None if self.is_new else _session(self.value)

    @property
    def person(self) -> User | None:
        return self.session.user if self.session else None

    def log_in(self, user: User) -> None:
        """Start a session of ``user`` in this browser with a new cookie, and end the one before it."""
        value = secrets.token_urlsafe(32)
        session = Session.start(user, new_id(), _digest(value))
        if self.session:
            self.session.end()
        self.value, self.session = value, session

    @property
    def cookie(self) -> str:
        """The value of ``Set-Cookie``: for this host alone, out of reach of scripts, not sent from other sites' forms."""
        secure = "; Secure" if _is_https() else ""
        return f"{cookie_name()}={self.value}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def signature(self, purpose: str, text: str) -> str:
        """A keyed tag of this browser, ``purpose`` and ``text``, in base64url: forms send it back, against CSRF."""
        tag = sign("forms", self._signed_text(purpose, text))
        return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()

    def has_signed(self, purpose: str, text: str, signature: str) -> bool:
        try:
            tag = base64.urlsafe_b64decode(signature + "==")
        except ValueError:
            return False
        return is_signed("forms", self._signed_text(purpose, text), tag)

    def proof_of(self, user: User) -> str:
        """``<seconds since 1970>.<signature>``: the password of ``user`` was right just now, for the second factor's form."""
        seconds = int(now().timestamp())
        return f"{seconds}.{self.signature('first factor', _proven(user, seconds))}"

    def has_proven(self, user: User, proof: str) -> bool:
        """Whether :meth:`proof_of` made the proof for this browser and ``user`` less than ``SECOND_FACTOR_DEADLINE`` ago.

        A proof ends with the password.
        """
        seconds, _, signature = proof.partition(".")
        if (
            not SECONDS.fullmatch(seconds)
            or now().timestamp() - int(seconds) > SECOND_FACTOR_DEADLINE.total_seconds()
        ):
            return False
        return self.has_signed("first factor", _proven(user, seconds), signature)

    def _signed_text(self, purpose: str, text: str) -> bytes:
        return f"{self.value}\n{purpose}\n{text}".encode()


def _proven(user: User, seconds: int | str) -> str:
    return f"{user.id} {user.password_hash} {seconds}"


def cookie_name() -> str:
    """``__Host-`` makes browsers refuse a cookie that another host, or another path, or a plain connection has set."""
    return "__Host-remit" if _is_https() else "remit"


def _is_https() -> bool:
    return settings().public_url.startswith("https://")


def _session(value: str) -> Session | None:
    database.allow_account_by("browser", _digest(value))
    session = Session.select().where(Session.refresh_digest == _digest(value)).first()
    is_good = (
        session and session.is_open and session.created_at > now() - LIFETIME and not session.user.disabled_at
    )
    return session if is_good else None


def _digest(value: str) -> str:
    """The digest of a cookie in ``Session.refresh_digest``, which no refresh token has: neither can be used as the other."""
    return digest(f"browser {value}")
