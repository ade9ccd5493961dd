"""E-mail tokens: secrets in links that are mailed, by which a person shows that an address is theirs."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from peewee import ForeignKeyField, TextField

from models.base.database import database
from models.base.declarations import AT_ONCE, DRAWN, Declaration, Export, Personal
from models.base.errors import Conflict
from models.base.fields import UtcField
from models.base.secret import digest
from models.base.settings import settings
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry


class Purpose(NamedTuple):
    """``page`` is where the link leads (below ``/account``), ``kind`` what the security log tells of its use."""

    page: str
    lasts: timedelta
    kind: str


# By the name of the mail's template.
PURPOSES = {
    "verify_email": Purpose("verification", timedelta(hours=24), "email.verified"),
    "reset_password": Purpose("password-reset", timedelta(hours=1), "password.reset"),
    "verify_new_email": Purpose("email", timedelta(hours=24), "email.changed"),
}


class LinkNotValid(Conflict):
    """The link is invalid or has expired.

    Cause: The link was used, is too old, was replaced by a newer one, is unknown, or the account has changed since.
    Fix: Request another email, and use the newest link.
    Try: curl -X PUT --json '{"token": "'"$(printf %043d 0)"'", "new_password": "'"$PASSWORD"'"}' $BASE/password-resets/completion
    """


class EmailToken(Table):
    """``digest`` is the SHA-256 of the token, which is not kept; ``email`` is the address that it was mailed to.

    It is good once, until ``expires_at``.  Of each purpose a person has one that is good.
    """

    user = ForeignKeyField(User, column_name="user_id", backref="email_tokens", on_delete="CASCADE")
    purpose = TextField()
    email = TextField()
    digest = TextField(unique=True)
    expires_at = UtcField()
    ended_at = UtcField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "email_tokens"
        declares = Declaration(
            account="user",
            personal=Personal(
                exports=(
                    Export(
                        "mailed_links", columns=("purpose", "email", "created_at", "expires_at", "ended_at")
                    ),
                ),
                erasure=AT_ONCE,
                is_deleted=True,
            ),
            unviolated={
                "email_tokens_digest": DRAWN,
                "email_tokens_open": "the token before is ended first, while the account is locked",
            },
        )

    @classmethod
    def mail(cls, purpose, user, email, locale=None):
        """Email a link to ``email``, without any text of the requester.  The previous link is revoked."""
        token, properties = secrets.token_urlsafe(32), PURPOSES[purpose]
        cls.revoke(user, purpose)
        ends = now() + properties.lasts
        fields = {"purpose": purpose, "email": email, "digest": digest(token), "expires_at": ends}
        cls.add("email_token.issued", user=user, **fields)
        # Behind the #, which a browser does not send: neither to our logs, nor as a Referer to other servers.
        url = f"{settings().public_url}/account/{properties.page}#token={token}"
        Mail.write(
            email,
            purpose,
            locale=locale or user.locale,
            user_id=user.id,
            url=url,
            expires_at=ends.isoformat(),
        )

    @classmethod
    def mail_verification(cls, user, locale=None):
        """Email a link to verify a registration or, to a verified account, that it exists already."""
        if user.verified_at is None:
            cls.mail("verify_email", user, user.email, locale)
        else:
            Mail.write(user.email, "already_registered", locale=user.locale, user_id=user.id)

    @classmethod
    def redeem(cls, token, *purposes):
        """Use the token: the token with its user locked; None when it is not valid, or another request has just used it."""
        held = cls.held(token, *purposes)
        return held and held.use()

    @classmethod
    def held(cls, token, *purposes):
        """The token, locked and not used yet, with its user locked; None when it is not valid."""
        database.allow_account_by("email_token", digest(token))
        unlocked = cls.get_or_none(cls.digest == digest(token), cls.purpose.in_(purposes))
        # The person is locked first, as in all changes of tokens, so that there are no deadlocks.
        people = User.locked(User.select().where(User.id == unlocked.user_id)) if unlocked else []
        if not people:
            return None
        held = cls.locked(
            cls.select().where(cls.id == unlocked.id, cls.ended_at.is_null(), cls.expires_at > now())
        )
        if not held:
            SecurityEntry.note(PURPOSES[unlocked.purpose].kind, user_id=unlocked.user_id, outcome="failure")
            return None
        held[0].user = people[0]
        return held[0]

    def use(self):
        return self.record("email_token.used", ended_at=now())

    @classmethod
    def revoke(cls, user, *purposes):
        """End the tokens of a person, of all purposes or of some.  The person is locked."""
        wanted = cls.purpose.in_(purposes or tuple(PURPOSES))
        for email_token in cls.locked(
            cls.select().where(cls.user == user.id, wanted, cls.ended_at.is_null())
        ):
            email_token.record("email_token.revoked", ended_at=now())

    @classmethod
    def forget_old(cls):
        """Delete tokens that became unusable ``REMIT_LINK_DAYS`` ago; their events stay."""
        sql = "delete from email_tokens where least(ended_at, expires_at) < now() - make_interval(days => %s)"
        database.run(sql, (settings().link_days,))

    @property
    def stream_id(self):
        return self.user_id
