"""API keys: with which programs act for a person, within scopes."""

from datetime import timedelta

from peewee import ForeignKeyField, TextField, fn

from models.base.declarations import AT_ONCE, DRAWN, Declaration, Expiry, Export, Personal
from models.base.errors import InvalidValue
from models.base.fields import TextArrayField, UtcField
from models.base.pages import Is
from models.base.statements import execute
from models.base.table import Table
from models.base.unit_of_work import current, now
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry

# As of sessions: once a minute at most, and never waiting.
NOTICE = """
update api_keys set last_used_at = now(), last_used_address = %s,
                    secret_used_at = case when digest = %s then now() else secret_used_at end
where id = (
    select id from api_keys where (digest = %s or previous_digest = %s)
        and (last_used_at is null or last_used_at < now() - interval '1 minute' or (secret_used_at is null and digest = %s))
    for no key update skip locked)
"""


class ExpiryInThePast(InvalidValue):
    """The expiration time of the key is in the past.

    Cause: `expires_at` is not later than the server's current time.
    Fix: Send a later time, or null for a key that does not expire.
    Try: curl --json '{"name": "Late", "scopes": ["keys:read"], "expires_at": "2020-01-01T00:00:00Z"}' -H "X-API-Key: $KEY"
        $BASE/api-keys
    """


class ApiKey(Table):
    """``digest`` is the SHA-256 of the secret, which is not kept; ``secret_used_at`` is when that was used last.

    ``previous_digest`` is of the secret before the last rotation, which holds until ``overlap_ends_at``.
    """

    user = ForeignKeyField(User, column_name="user_id", backref="api_keys", on_delete="CASCADE")
    name = TextField()
    prefix = TextField()
    digest = TextField(unique=True)
    scopes = TextArrayField()
    expires_at = UtcField(null=True)
    revoked_at = UtcField(null=True)
    last_used_at = UtcField(null=True)
    last_used_address = TextField(null=True)
    secret_used_at = UtcField(null=True)
    previous_digest = TextField(null=True, unique=True)
    overlap_ends_at = UtcField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "api_keys"
        declares = Declaration(
            account="user",
            write_only=frozenset({"digest", "previous_digest", "secret_used_at", "revoked_at"}),
            policy="user_id = any ((select remit_accounts())::uuid[])"
            " or exists (select from service_accounts s where s.id = api_keys.user_id)",
            personal=Personal(
                exports=(Export("api_keys", "ApiKey", columns=("revoked_at",)),),
                erasure=AT_ONCE,
                is_deleted=True,
                replaced={"name": "Deleted key", "last_used_address": None},
            ),
            expiry=Expiry(days="api_key_days", since="least(revoked_at, expires_at)"),
            unviolated={"api_keys_digest": DRAWN, "api_keys_previous": DRAWN},
        )

    @classmethod
    def visible_to(cls, caller):
        """One's own that are not revoked."""
        caller.ask("api_key.read")
        return cls.select().where(cls.user == caller.user_id, cls.revoked_at.is_null())

    @classmethod
    def issue(cls, user, *, expires_at=None, **fields):
        refuse_past(expires_at)
        return cls.add("api_key.created", user=user, expires_at=expires_at, **fields)._log_entry(
            "api_key.created"
        )

    @classmethod
    def notice(cls, digest, address):
        """Remember that a secret of the key is used, from an address."""
        execute(NOTICE, (address, *[digest] * 4))

    @property
    def stream_id(self):
        return self.user_id

    @property
    def etag(self):
        """Of the key and of its last use."""
        used = f".{self.last_used_at.timestamp():.0f}" if self.last_used_at else ""
        return f'"{self.version}{used}"'

    def is_widened_by(self, fields):
        """Whether a change would let it do more, or for longer."""
        ends = fields.get("expires_at", self.expires_at)
        ends_later = self.expires_at is not None and (ends is None or ends > self.expires_at)
        return ends_later or not set(fields.get("scopes", ())) <= set(self.scopes)

    def change(self, **fields):
        if "expires_at" in fields:
            refuse_past(fields["expires_at"])
        changed = self.record("api_key.updated", **fields)
        return changed._log_entry(
            "api_key.updated", **{name: _joined(value) for name, value in fields.items()}
        )

    def rotate(self, prefix, digest, overlap_seconds=86_400):
        """Give the key a new secret.  The one that programs have holds for a while: the present one, or, when nobody has
        used that yet, because its answer was lost for one, the one before."""
        ends = now() + timedelta(seconds=overlap_seconds)
        previous = self.digest
        if self.secret_used_at is None and self.overlap_ends_at and self.overlap_ends_at > now():
            previous, ends = self.previous_digest, min(ends, self.overlap_ends_at)
        fields = {"prefix": prefix, "digest": digest, "secret_used_at": None}
        fields |= {"previous_digest": previous, "overlap_ends_at": ends}
        return self._rotated(fields)

    def _rotated(self, fields):
        rotated = self.record("api_key.rotated", **fields)
        return rotated._log_entry("api_key.rotated", overlap_ends_at=fields["overlap_ends_at"])

    def revoke(self):
        return self.record("api_key.revoked", revoked_at=now())._log_entry("api_key.revoked")

    @classmethod
    def revoke_all(cls, user):
        """Revoke every API key of a person; how many there were."""
        keys = cls.locked(cls.select().where(cls.user == user.id, cls.revoked_at.is_null()).order_by(cls.id))
        for key in keys:
            key.revoke()
        return len(keys)

    def tell(self, what):
        """Notify the person, who may not have done it, of ``what`` was done to the key."""
        person = self.user
        facts = {
            "key": self.name,
            "key_id": self.id,
            "prefix": self.prefix,
            "scopes": len(self.scopes),
            "what": what,
        }
        facts |= {"at": now().isoformat(), "address": current().address or "an unknown address"}
        facts |= {"name": person.name, "user_id": person.id, "locale": person.locale}
        Mail.write(person.email, "api_key_changed", **facts)

    def _log_entry(self, kind, **facts):
        own_facts = {
            "api_key_id": self.id,
            "prefix": self.prefix,
            "name": self.name,
            "scopes": _joined(self.scopes),
        }
        SecurityEntry.note(kind, user_id=self.user_id, **(own_facts | facts))
        return self


# The filters of the contract, by the names of its parameters.
ApiKey.FILTERS = {"prefix": Is(lambda value: fn.starts_with(ApiKey.prefix, value))}


def refuse_past(expires_at, field="expires_at"):
    """Refuse a credential that has ended.  ``field`` is the property of the request that says when it ends."""
    if expires_at is not None and expires_at <= now():
        raise ExpiryInThePast(f"The server time is {now():%F %R} UTC.", fields=[field])


def _joined(value):
    return " ".join(value) if isinstance(value, list) else value
