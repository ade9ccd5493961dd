"""Sessions: a person who is logged in, on which device, and the one refresh token that is good next."""

from datetime import timedelta

from peewee import SQL, ForeignKeyField, TextField, fn

from models.base.agents import device
from models.base.database import database
from models.base.declarations import AT_ONCE, DRAWN, Declaration, Expiry, Export, Personal
from models.base.errors import Conflict
from models.base.fields import UtcField
from models.base.secret import digest
from models.base.statements import execute
from models.base.table import Table
from models.base.unit_of_work import current, now
from models.identity.users import User
from models.platform.security_log import SecurityEntry

LIFETIME = timedelta(days=30)  # from its start, however often it is refreshed
GRACE = timedelta(seconds=10)  # in which who did not get the answer to a refresh may ask again
# Once a minute at most, and never waiting for whoever holds the row: nobody's answer takes longer for being noticed.
NOTICE = """
update sessions set last_used_at = now(), address = %s where id = (
    select id from sessions where id = %s and last_used_at < now() - interval '1 minute' for no key update skip locked)
"""


class NotASession(Conflict):
    """The request was not made from a session.

    Cause: The request was made with a credential other than the access token of a session.
    Fix: Send the access token of the session. To end an API key, revoke it.
    Try: curl -X DELETE -H "X-API-Key: $KEY" $BASE/sessions/current
    """


class Session(Table):
    """``refresh_digest`` is the SHA-256 of the refresh token that may be exchanged next, ``previous_digest`` of the one
    that was exchanged last, by ``refreshed_by``: the digest of address and agent.  ``address`` is where it was used last."""

    user = ForeignKeyField(User, column_name="user_id", backref="sessions", on_delete="CASCADE")
    refresh_digest = TextField(unique=True)
    expires_at = UtcField()
    ended_at = UtcField(null=True)
    address = TextField(default="")
    agent = TextField(default="")
    last_used_at = UtcField(default=now)
    previous_digest = TextField(null=True)
    refreshed_at = UtcField(null=True)
    refreshed_by = TextField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "sessions"
        declares = Declaration(
            account="user",
            write_only=frozenset(
                {
                    "ended_at",
                    "previous_digest",
                    "refresh_digest",
                    "refreshed_at",
                    "refreshed_by",
                    "updated_at",
                }
            ),
            personal=Personal(
                exports=(
                    Export(
                        "sessions",
                        "ActiveSession",
                        query=lambda person: Session.select(Session, SQL("false").alias("is_current")).where(
                            Session.user == person.id
                        ),
                        columns=("ended_at",),
                    ),
                ),
                erasure=AT_ONCE,
                is_deleted=True,
            ),
            expiry=Expiry(days="session_days", since="least(ended_at, expires_at)"),
            unviolated={"sessions_refresh": DRAWN},
        )

    FILTERS: dict = {}

    @classmethod
    def start(cls, user, id, refresh_digest, **facts):
        """A new session of a user who was let in.  Its id is given, because the refresh token is made of it; ``facts`` are
        told in the security log."""
        user.hold()
        session = cls.add(
            "session.started",
            id=id,
            user=user,
            refresh_digest=refresh_digest,
            expires_at=now() + LIFETIME,
            address=current().address,
            agent=current().agent,
        )
        return session._log_entry("session.started", **facts)

    @classmethod
    def visible_to(cls, caller):
        """One's own that are open, and whether each is the one that the request is made with."""
        caller.ask("session.read")
        is_current = fn.coalesce(cls.id == caller.session_id, False).alias("is_current")
        return cls.select(cls, is_current).where(
            cls.user == caller.user_id, cls.ended_at.is_null(), cls.expires_at > fn.now()
        )

    @classmethod
    def with_id(cls, session_id):
        """The session with this id, as a query, for who has shown a token of it."""
        database.allow_account_by("session", session_id)
        return cls.select().where(cls.id == session_id)

    @classmethod
    def notice(cls, id, address):
        """Remember that the session is used, from an address."""
        execute(NOTICE, (address, id))

    @classmethod
    def end_all(cls, user, except_id=None):
        """End every session of a user, but for one perhaps."""
        open_ones = cls.select().where(cls.user == user, cls.ended_at.is_null())
        if except_id is not None:
            open_ones = open_ones.where(cls.id != except_id)
        for session in cls.locked(open_ones.order_by(cls.id)):
            session.revoke()

    @property
    def stream_id(self):
        return self.user_id

    @property
    def etag(self):
        """Of the session, of its last use, and of whether the request is made with it, which its representation tells."""
        is_current = self.extra.get("is_current") if isinstance(self, Session) else self.is_current
        return f'"{self.version}.{self.last_used_at.timestamp():.0f}{".current" if is_current else ""}"'

    @property
    def device(self):
        return device(self.agent)

    @property
    def is_open(self):
        return self.ended_at is None and self.expires_at > now()

    def accepts(self, refresh_digest):
        """Whether the refresh token may be exchanged: it is the next one, or the one before asks for its answer again."""
        if refresh_digest == self.refresh_digest:
            return True
        again = refresh_digest == self.previous_digest and self.refreshed_by == _asker()
        return again and now() - self.refreshed_at <= GRACE

    def rotate(self, refresh_digest, following_digest):
        """RequestContext a refresh token that is accepted.  What was exchanged already has the same one following it."""
        if refresh_digest == self.previous_digest:
            return self
        return self.record(
            "session.refreshed",
            refresh_digest=following_digest,
            previous_digest=refresh_digest,
            refreshed_at=now(),
            refreshed_by=_asker(),
            last_used_at=now(),
            address=current().address,
            agent=current().agent,
        )

    def end(self):
        """Log out."""
        return self.record("session.ended", ended_at=now())._log_entry("session.ended")

    def revoke(self):
        """End it from elsewhere."""
        return self.record("session.ended", ended_at=now())._log_entry("session.revoked")

    def end_because_reused(self):
        """A refresh token was used twice: one of the two who have it is not its owner, and nobody knows which."""
        self.record("session.ended", ended_at=now())
        self._log_entry("session.refresh_reused", outcome="failure")

    def _log_entry(self, kind, outcome="success", **facts):
        SecurityEntry.note(kind, user_id=self.user_id, outcome=outcome, session_id=self.id, **facts)
        return self


def _asker():
    return digest(f"{current().address} {current().agent}")
