"""Consents: what people let apps do for them, until they take it back."""

from peewee import ForeignKeyField, Query, fn

from models.apps.apps import App
from models.base.declarations import AT_ONCE, Declaration, Export, Personal
from models.base.fields import TextArrayField, UtcField
from models.base.secret import digest
from models.base.statements import execute
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User

# As of sessions: once a minute at most, and never waiting.
NOTICE = """
update consents set last_used_at = now() where id = (
    select c.id from oauth_tokens t join authorizations a on a.id = t.authorization_id join consents c on c.id = a.consent_id
    where t.digest = %s and (c.last_used_at is null or c.last_used_at < now() - interval '1 minute')
    for no key update of c skip locked)
"""


class Consent(Table):
    """A person and an app have one that is not revoked; it grows with what the person agrees to later."""

    user = ForeignKeyField(User, column_name="user_id", backref="consents", on_delete="CASCADE")
    app = ForeignKeyField(App, column_name="app_id", backref="consents", on_delete="CASCADE")
    scopes = TextArrayField()
    last_used_at = UtcField(null=True)  # by an access token of the app
    revoked_at = UtcField(null=True)

    event_organization_id = None
    unique_by = "(user_id, app_id) where revoked_at is null"
    FILTERS: dict = {}

    class Meta:
        table_name = "consents"
        declares = Declaration(
            account="user",
            write_only=frozenset({"revoked_at"}),
            personal=Personal(
                exports=(
                    Export(
                        "consents",
                        "Consent",
                        query=lambda person: Consent.with_names().where(Consent.user == person.id),
                        columns=("revoked_at",),
                    ),
                ),
                erasure=AT_ONCE,
                is_deleted=True,
                # What somebody lets an app do tells where they are; the app's id stays.
                replaced={"app_name": "Deleted app", "organization_name": "Deleted organization"},
            ),
            unviolated={"consents_open": "stored by add_once"},
        )

    @classmethod
    def visible_to(cls, caller):
        """One's own that are not revoked, with what the app and its organization are called."""
        caller.ask("consent.read")
        return cls.with_names().where(cls.user == caller.user_id, cls.revoked_at.is_null())

    @classmethod
    def with_names(cls) -> Query:
        """Consents with what the app and its organization are called, as a query."""
        names = (
            App.name.alias("app_name"),
            App.version.alias("app_version"),
            fn.remit_organization_name(App.organization).alias("organization_name"),
        )
        return cls.select(cls, *names).join(App)

    @classmethod
    def newest_of(cls, user_id, most):
        """What a person has agreed to and not revoked, the newest first, as values by name."""
        query = cls.with_names().where(cls.user == user_id, cls.revoked_at.is_null())
        return list(query.order_by(cls.created_at.desc(), cls.id.desc()).limit(most).dicts())

    @classmethod
    def open_of(cls, user_id, id):
        """The consent of a person with this ID, locked; None when there is none that is not revoked."""
        query = cls.select().where(cls.id == id, cls.user == user_id, cls.revoked_at.is_null())
        return next(iter(cls.locked(query)), None)

    @classmethod
    def notice(cls, token_digest):
        """Remember that the app acts, by the digest of its access token."""
        execute(NOTICE, (token_digest,))

    @classmethod
    def of(cls, user_id, app):
        """The consent of a person to an app, locked; None when there is none."""
        query = cls.select().where(cls.user == user_id, cls.app == app, cls.revoked_at.is_null())
        return next(iter(cls.locked(query)), None)

    @classmethod
    def give(cls, user_id, app, scopes):
        """Store that a person consents to ``scopes``, in addition to their earlier consent."""
        fields = {"user": user_id, "app": app, "scopes": sorted(scopes)}
        while (existing := cls.of(user_id, app)) is None:
            if added := cls.add_once("consent.granted", **fields):
                return added
        return existing.record("consent.extended", scopes=sorted({*existing.scopes, *scopes}))

    @property
    def stream_id(self):
        return self.user_id

    @property
    def app_name(self):
        return self._of("app_name", lambda app: app.name)

    @property
    def app_version(self):
        return self._of("app_version", lambda app: app.version)

    @property
    def organization_name(self):
        return self._of("organization_name", lambda app: app.organization_name)

    def _of(self, column, read):
        """What ``visible_to`` has read with the consent; of a new one, what the app has."""
        return self.extra[column] if column in self.extra else read(self.app)

    @property
    def etag(self):
        """Of the consent, of what the app and its organization are called, and of the last use."""
        used = self.last_used_at.timestamp() if self.last_used_at else 0
        return f'"{self.version}.{self.app_version}.{digest(self.organization_name)[:8]}.{used:.0f}"'

    def covers(self, scopes):
        return set(scopes) <= set(self.scopes)

    def revoke(self):
        return self.record("consent.revoked", revoked_at=now())
