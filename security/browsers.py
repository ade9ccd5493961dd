"""Browsers: who uses one, by a cookie that its pages set, and forms that only these pages can have made.

The cookie is random.  Once somebody has logged in with a page, a session of theirs is kept under its digest; a log-in takes
a new one, so that nobody can be led to use a cookie that somebody else knows.  It opens pages alone, and nothing of the API.
"""

import base64
import re
import secrets
from datetime import timedelta

from models.base.database import database
from models.base.ids import new_id
from models.base.secret import digest, is_signed, sign
from models.base.settings import settings
from models.base.unit_of_work import now
from models.identity.sessions import Session

LIFETIME = timedelta(hours=12)
SECOND_FACTOR_DEADLINE = timedelta(minutes=5)  # between the password and the second factor
SECONDS = re.compile(r"[0-9]{1,12}")
VALUE = re.compile(r"[A-Za-z0-9_-]{43}")


class Browser:
    """The browser that sent ``cookies``; ``session`` is of who has logged in with it, or None."""

    def __init__(self, cookies):
        value = cookies.get(cookie_name(), "")
        self.is_new = not VALUE.fullmatch(value)
        self.value = secrets.token_urlsafe(32) if self.is_new else value
        self.session = None if self.is_new else _session(self.value)

    @property
    def person(self):
        return self.session and self.session.user

    def log_in(self, user):
        """Start a session of ``user`` in this browser with a new cookie, and end the one before it."""
        value = secrets.token_urlsafe(32)
        session = Session.start(user, new_id(), _digest(value))
        if self.session:
            self.session.end()
        self.value, self.session = value, session

    @property
    def cookie(self):
        """The value of ``Set-Cookie``: for this host alone, out of reach of scripts, not sent from other sites' forms."""
        secure = "; Secure" if _is_https() else ""
        return f"{cookie_name()}={self.value}; Path=/; HttpOnly; SameSite=Lax{secure}"

    def signature(self, purpose, text):
        """A keyed tag of this browser, ``purpose`` and ``text``, in base64url: forms send it back, against CSRF."""
        tag = sign("forms", self._signed_text(purpose, text))
        return base64.urlsafe_b64encode(tag).rstrip(b"=").decode()

    def has_signed(self, purpose, text, signature):
        try:
            tag = base64.urlsafe_b64decode(signature + "==")
        except ValueError:
            return False
        return is_signed("forms", self._signed_text(purpose, text), tag)

    def proof_of(self, user):
        """That the password of ``user`` was seen to be right here and now, for the form that asks for the second factor."""
        seconds = int(now().timestamp())
        return f"{seconds}.{self.signature('first factor', _proven(user, seconds))}"

    def has_proven(self, user, proof):
        """Whether the proof is of this browser and of ``user``, whose password is the same still, and not too old."""
        seconds, _, signature = proof.partition(".")
        if (
            not SECONDS.fullmatch(seconds)
            or now().timestamp() - int(seconds) > SECOND_FACTOR_DEADLINE.total_seconds()
        ):
            return False
        return self.has_signed("first factor", _proven(user, seconds), signature)

    def _signed_text(self, purpose, text):
        return f"{self.value}\n{purpose}\n{text}".encode()


def _proven(user, seconds):
    return f"{user.id} {user.password_hash} {seconds}"


def cookie_name():
    """``__Host-`` makes browsers refuse a cookie that another host, or another path, or a plain connection has set."""
    return "__Host-remit" if _is_https() else "remit"


def _is_https():
    return settings().public_url.startswith("https://")


def _session(value):
    database.allow_account_by("browser", _digest(value))
    found = Session.select().where(Session.refresh_digest == _digest(value)).first()
    is_good = found and found.is_open and found.created_at > now() - LIFETIME and not found.user.disabled_at
    return found if is_good else None


def _digest(value):
    """Never that of a refresh token: neither can be used in place of the other."""
    return digest(f"browser {value}")
