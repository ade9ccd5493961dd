"""API keys: with which programs act for a person, within scopes."""

from peewee import ForeignKeyField, TextField

from models.base.errors import Conflict
from models.base.fields import TextArrayField, UtcField
from models.base.pages import Order
from models.base.table import Table
from models.base.work import now
from models.users import User


class ExpiryInThePast(Conflict):
    """The key would have ended already.

    Cause: `expires_at` is not later than now, by the server's clock.
    Fix: send a later moment, or null for a key that does not end.
    Try: curl -i -H "Authorization: Bearer $TOKEN" $BASE/api-keys
    """


class ApiKey(Table):
    """``digest`` is the SHA-256 of the secret, which is not kept."""

    user = ForeignKeyField(User, column_name="user_id", backref="api_keys", on_delete="CASCADE")
    name = TextField()
    prefix = TextField()
    digest = TextField(unique=True)
    scopes = TextArrayField()
    expires_at = UtcField(null=True)
    revoked_at = UtcField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "api_keys"

    @classmethod
    def visible_to(cls, caller):
        """One's own that are not revoked."""
        caller.ask("api_key.read")
        return cls.select().where(cls.user == caller.user_id, cls.revoked_at.is_null())

    FILTERS: dict = {}

    @classmethod
    def newest_first(cls):
        return Order("created_at", cls.created_at, descending=True)

    @classmethod
    def issue(cls, user, *, expires_at=None, **fields):
        if expires_at is not None and expires_at <= now():
            raise ExpiryInThePast(f"It is {now():%F %R} UTC here.")
        return cls.add("api_key.created", user=user, expires_at=expires_at, **fields)

    @property
    def stream_id(self):
        return self.user_id

    def revoke(self):
        return self.record("api_key.revoked", revoked_at=now())
