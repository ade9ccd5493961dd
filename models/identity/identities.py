"""Identities: who people are at providers that they sign in with, each of which opens one account."""

from peewee import ForeignKeyField, TextField

from models.base.database import database
from models.base.declarations import AT_ONCE, Declaration, Export, Personal
from models.base.errors import Conflict, RuleViolation
from models.base.fields import UtcField
from models.base.settings import settings
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry

NAMES = {"google": "Google", "github": "GitHub"}


class ProviderNotConfigured(RuleViolation):
    """Nobody can sign in with this provider here.

    Cause: whoever runs the server has not registered it with the provider.
    Fix: choose one of those that are offered.
    Try: curl $BASE/identity-providers
    """

    status = 404


class ProviderUnavailable(RuleViolation):
    """The provider does not answer as it should.

    Cause: it cannot be reached, takes too long, or answers what its protocol does not have.
    Fix: send the same request again after `Retry-After`; when its code is taken no more, begin the sign-in again.
    Try: curl $BASE/identity-providers
    """

    status = 503
    retryable = True


class IdentityTaken(Conflict):
    """The identity opens an account already.

    Cause: it is linked to your account, or to another one.
    Fix: look at your identities; or sign in with it, unlink it there, and link it here.
    Try: curl -H "Authorization: Bearer $TOKEN" $BASE/identities
    """


class LastWayIn(Conflict):
    """Without it you could not come in any more.

    Cause: your account has no password, and no other identity at a provider that is offered here.
    Fix: set a password by a mail, or link another identity, and unlink this one then.
    Try: curl -X POST -H "Content-Type: application/json" -d '{"email":"…"}' $BASE/password-resets
    """


class Identity(Table):
    """``subject`` is the provider's own id of the person, which never changes; ``email`` is the last that it sent."""

    user = ForeignKeyField(User, column_name="user_id", backref="identities", on_delete="CASCADE")
    provider = TextField()
    subject = TextField()
    email = TextField(null=True)
    last_used_at = UtcField(null=True)

    event_organization_id = None
    unique_by = "(provider, subject)"

    class Meta:
        table_name = "identities"
        declares = Declaration(
            account="user",
            personal=Personal(
                exports=(Export("identities", "Identity"),),
                erasure=AT_ONCE,
                is_deleted=True,
                replaced={"subject": "deleted", "email": None},
            ),
        )
        indexes = ((("provider", "subject"), True),)

    FILTERS: dict = {}

    @classmethod
    def visible_to(cls, caller):
        """One's own."""
        caller.ask("identity.read")
        return cls.select().where(cls.user == caller.user_id)

    @classmethod
    def of(cls, claims):
        """The identity with the claims of a provider, locked; None when it is not linked."""
        database.allow_account_by("identity", f"{claims.provider} {claims.subject}")
        query = cls.select().where(cls.provider == claims.provider, cls.subject == claims.subject)
        return next(iter(cls.locked(query)), None)

    @classmethod
    def link(cls, user, claims):
        """Link an identity to the account of ``user``; None where it is linked already, perhaps since this very moment."""
        fields = {"provider": claims.provider, "subject": claims.subject, "email": claims.email}
        linked = cls.add_once("identity.linked", user=user, **fields)
        return linked and linked._log_entry("identity.linked")

    def use(self, email):
        """Record a login with the identity."""
        return self.record("identity.used", last_used_at=now(), email=email)

    def unlink(self):
        """Unlink the identity.  Two requests at once are serialized, so that one sign-in method remains."""
        self.erase("identity.unlinked")
        self._log_entry("identity.unlinked")

    @classmethod
    def unlink_all(cls, user):
        """Unlink every identity of a person, who is locked and has a password.  Returns how many there were."""
        linked = cls.locked(cls.select().where(cls.user == user).order_by(cls.id))
        for identity in linked:
            identity.unlink()
        return len(linked)

    def refuse_when_last(self):
        """Refuse when it is the only sign-in method of the account, which stays locked.  Returns the account."""
        (user,) = User.locked(User.select().where(User.id == self.user_id))
        others = Identity.select().where(
            Identity.user == user,
            Identity.id != self.id,
            Identity.provider.in_(settings().identity_providers),
        )
        if not user.has_password and not others.exists():
            raise LastWayIn()
        return user

    @classmethod
    def note_refusal(cls, user, claims):
        """Log that an identity could not be linked, since it is linked already."""
        SecurityEntry.note("identity.linked", user_id=user.id, outcome="failure", provider=claims.provider)

    def tell(self, user, template):
        """Email the person that the identity was linked or unlinked."""
        if user.email:
            Mail.write(
                user.email,
                template,
                locale=user.locale,
                user_id=user.id,
                name=user.name,
                provider=NAMES[self.provider],
            )

    @property
    def stream_id(self):
        return self.user_id

    def _log_entry(self, kind):
        facts = {"identity_id": self.id, "provider": self.provider, "email": self.email}
        SecurityEntry.note(kind, user_id=self.user_id, **facts)
        return self
