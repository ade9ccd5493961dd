"""Authorizations: what came of a consent, or of an app that acts for itself: a code, once, and tokens.

A code and the tokens that come of it are one authorization, and end together: whoever shows a code or a refresh token a
second time has stolen it, or was stolen from.
"""

from datetime import timedelta

from peewee import BigIntegerField, ForeignKeyField, Model, TextField

from models.apps.apps import App
from models.apps.consents import Consent
from models.base.database import database
from models.base.declarations import DRAWN, Declaration, Export, Personal
from models.base.fields import IdField, TextArrayField, UtcField
from models.base.ids import new_id
from models.base.secret import digest
from models.base.statements import execute
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.security_log import SecurityEntry

CODE_LIFETIME = timedelta(seconds=60)
ACCESS_LIFETIME = timedelta(hours=1)
REFRESH_LIFETIME = timedelta(days=30)  # of a refresh token that is not used
GRACE = timedelta(
    seconds=10
)  # in which a refresh token may be shown again, while the one after it was not used
LIFETIME = timedelta(days=90)  # of all together, however often it is refreshed
AUTHORIZATION_RETENTION = timedelta(days=7)  # after its end, so that what is shown too late is known
FORGET = """
delete from authorizations where id in (select id from authorizations where expires_at < now() - %s::interval limit %s)
"""
INTERRUPT = """
update oauth_tokens set expires_at = now() where purpose = 'access' and expires_at > now()
    and authorization_id in (select id from authorizations where user_id = %s)
"""


class Authorization(Table):
    """``consent`` is None for an app that acts for itself, and then there was no code.

    Of a code its SHA-256 is kept, and what it is bound to; ``authenticated_at`` is when the person logged in.
    """

    app = ForeignKeyField(App, column_name="app_id", on_delete="CASCADE")
    user = ForeignKeyField(User, column_name="user_id", on_delete="CASCADE")
    consent = ForeignKeyField(Consent, column_name="consent_id", null=True, on_delete="CASCADE")
    scopes = TextArrayField()
    expires_at = UtcField()
    code_digest = TextField(null=True, unique=True)
    code_expires_at = UtcField(null=True)
    redirect_uri = TextField(null=True)
    code_challenge = TextField(null=True)
    authenticated_at = UtcField(null=True)
    nonce = TextField(null=True)
    redeemed_at = UtcField(null=True)
    refreshed_at = UtcField(null=True)
    revoked_at = UtcField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "authorizations"
        declares = Declaration(
            account="user",
            personal=Personal(
                exports=(Export("authorizations", "Authorization", columns=("authenticated_at",)),),
                erasure="Deleted at once, and with them what apps hold.",
                is_deleted=True,
            ),
            unviolated={"authorizations_code": DRAWN},
        )

    @classmethod
    def give(cls, consent, code, **bound):
        """What a person agreed to, as a code.  ``bound`` is what the code is bound to, and its scopes."""
        return cls.add(
            "authorization.granted",
            consent=consent,
            app=consent.app_id,
            user=consent.user_id,
            code_digest=digest(code),
            code_expires_at=now() + CODE_LIFETIME,
            expires_at=now() + LIFETIME,
            **bound,
        )

    @classmethod
    def has_led_to(cls, consent, redirect_uri):
        """Whether a code of this consent was sent to just this address, as long ago as an authorization lasts at most."""
        lasting = cls.select().where(cls.consent == consent, cls.expires_at > now())
        return lasting.where(cls.redirect_uri == redirect_uri).exists()

    @classmethod
    def take(cls, app, scopes):
        """What an app may do for itself, until its one access token ends."""
        expires_at = now() + ACCESS_LIFETIME
        return cls.add(
            "authorization.granted", app=app, user=app.service_user_id, scopes=scopes, expires_at=expires_at
        )

    @classmethod
    def of_code(cls, code):
        """The authorization that a code was given for, locked."""
        database.allow_account_by("code", digest(code))
        return next(iter(cls.locked(cls.select().where(cls.code_digest == digest(code)))), None)

    @classmethod
    def of_token(cls, token):
        """The authorization that a token belongs to, locked, and the token; both None when it is unknown."""
        database.allow_account_by("token", digest(token))
        match = Token.select().where(Token.digest == digest(token)).first()
        if match is None:
            return None, None
        authorization = next(iter(cls.locked(cls.select().where(cls.id == match.authorization_id))), None)
        # Read again now that it is locked.
        return authorization, Token.select().where(Token.id == match.id).first()

    @classmethod
    def end_all(cls, user):
        """Revoke every authorization of apps to act for a person."""
        query = cls.select().where(cls.user == user, cls.revoked_at.is_null(), cls.expires_at > now())
        for authorization in cls.locked(query.order_by(cls.id)):
            authorization.revoke().note("authorization.revoked")

    @staticmethod
    def interrupt(user):
        """End the access tokens of apps that act for a person; apps with refresh tokens can get new ones."""
        execute(INTERRUPT, (user.id,))

    @property
    def stream_id(self):
        return self.user_id

    def note(self, kind, outcome="success", **facts):
        """Add what happened to the authorization to the security log of the person."""
        facts |= {"app_id": self.app_id, "app_name": self.app.name}
        SecurityEntry.note(kind, user_id=self.user_id, outcome=outcome, **facts)

    @property
    def is_over(self):
        """Whether nothing can come of it any more."""
        taken_back = self.consent_id is not None and self.consent.revoked_at is not None
        ended = self.revoked_at is not None or self.expires_at <= now()
        return ended or taken_back or self.user.disabled_at is not None

    @property
    def code_is_good(self):
        return self.redeemed_at is None and self.code_expires_at > now() and not self.is_over

    def redeem(self):
        return self.record("authorization.redeemed", redeemed_at=now())

    def refresh(self, token):
        """Note that a refresh token was used, after which it is good for nothing; forget what has ended long ago."""
        execute("update oauth_tokens set used_at = %s where id = %s", (now(), token.id))
        execute(
            "delete from oauth_tokens where authorization_id = %s and expires_at < %s",
            (self.id, now() - AUTHORIZATION_RETENTION),
        )
        return self.record("authorization.refreshed", refreshed_at=now())

    def revoke(self):
        return self.record("authorization.revoked", revoked_at=self.revoked_at or now())

    def issue(self, purpose, token, scopes):
        """Keep the digest of a new token; its end."""
        lifetime = ACCESS_LIFETIME if purpose == "access" else REFRESH_LIFETIME
        ends = min(now() + lifetime, self.expires_at)
        Token.create(
            authorization=self,
            purpose=purpose,
            digest=digest(token),
            scopes=scopes,
            epoch=self.user.token_epoch,
            expires_at=ends,
        )
        return ends

    def asks_again(self, token, following):
        """Whether a refresh token that was used is shown again by who has not used the answer yet: ``following``, the one
        after it, is as good as it was, and the first use was a moment ago."""
        is_early = token.used_at is not None and now() - token.used_at <= GRACE
        after = Token.select().where(Token.digest == digest(following), Token.used_at.is_null())
        return is_early and self.revoked_at is None and after.exists()

    @staticmethod
    def has_issued(token):
        return Token.select().where(Token.digest == digest(token)).exists()

    @staticmethod
    def forget_old():
        """Delete what ended long ago, with its tokens, a few at a time so that nobody waits."""
        database.delete_in_batches(FORGET, (AUTHORIZATION_RETENTION,))


class Token(Model):
    """``digest`` is the SHA-256 of the token.  A refresh token that was used is kept, so that a second use is known.

    An access token holds in the ``epoch`` of the user's in which it was issued, as those of sessions do.
    """

    id = IdField(primary_key=True, default=new_id)
    authorization = ForeignKeyField(
        Authorization, column_name="authorization_id", backref="tokens", on_delete="CASCADE"
    )
    purpose = TextField()
    digest = TextField(unique=True)
    scopes = TextArrayField()
    epoch = BigIntegerField()
    created_at = UtcField(default=now)
    expires_at = UtcField()
    used_at = UtcField(null=True)

    class Meta:
        database = database
        table_name = "oauth_tokens"
        declares = Declaration(
            policy="exists (select from authorizations a where a.id = oauth_tokens.authorization_id)",
            history="none",
            personal=Personal(
                exports="It has digests of what apps were given; authorizations tell of them.",
                erasure="Deleted with authorizations.",
            ),
            unviolated={"oauth_tokens_digest": DRAWN},
        )
