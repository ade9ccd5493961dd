"""Sessions: a person who is logged in, and the one refresh token that is good next."""

from datetime import timedelta

from peewee import ForeignKeyField, TextField

from models.base.errors import Conflict
from models.base.fields import UtcField
from models.base.table import Table
from models.base.work import now
from models.users import User

LIFETIME = timedelta(days=30)


class NotASession(Conflict):
    """There is no session to end.

    Cause: the request was made with an API key, which has no session.
    Fix: revoke the key instead, or send the access token of the session.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/api-keys/$KEY
    """


class Session(Table):
    """``refresh_digest`` is the SHA-256 of the refresh token that may be exchanged next."""

    user = ForeignKeyField(User, column_name="user_id", backref="sessions", on_delete="CASCADE")
    refresh_digest = TextField(unique=True)
    expires_at = UtcField()
    ended_at = UtcField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "sessions"

    @classmethod
    def start(cls, user, id, refresh_digest):
        """A new session.  Its id is given, because the refresh token is made of it."""
        expires_at = now() + LIFETIME
        return cls.add(
            "session.started", id=id, user=user, refresh_digest=refresh_digest, expires_at=expires_at
        )

    @classmethod
    def visible_to(cls, caller):
        """The session that the request is made with."""
        caller.ask("session.end")
        return cls.select().where(cls.id == caller.session_id)

    @classmethod
    def end_all(cls, user, except_id=None):
        """End every session of a user, but for one perhaps."""
        open_ones = cls.select().where(cls.user == user, cls.ended_at.is_null())
        if except_id is not None:
            open_ones = open_ones.where(cls.id != except_id)
        for session in cls.locked(open_ones.order_by(cls.id)):
            session.end()

    @property
    def stream_id(self):
        return self.user_id

    @property
    def is_open(self):
        return self.ended_at is None and self.expires_at > now()

    def rotate(self, refresh_digest):
        """Make ``refresh_digest`` the one that is good next."""
        return self.record("session.refreshed", refresh_digest=refresh_digest)

    def end(self):
        return self.record("session.ended", ended_at=self.ended_at or now())
