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
    """The identity provider is not configured.

    Cause: The operator of the server has not configured this identity provider.
    Fix: Choose one of the configured providers (`get_identity_providers`).
    Try: curl --json '{"provider": "github"}' $BASE/identity-authorizations
    """

    status = 404


class ProviderUnavailable(RuleViolation):
    """The identity provider is unavailable.

    Cause: The provider cannot be reached, does not respond in time, or sent an invalid response.
    Fix: Send the same request again after `Retry-After`. If the code has expired in the meantime, start the login again.
    Try: No single command produces it: the provider has to be out of reach at that moment.
    """

    status = 503
    retryable = True


class IdentityTaken(Conflict):
    """The identity is already linked to an account.

    Cause: The identity is linked to your account, or to another one.
    Fix: Check your linked identities. If another account has it, log in to that account, unlink it, and link it here.
    Try: curl --json '{"code": "'$CODE'", "handoff_secret": "'$HANDOFF_SECRET'", "password": "'"$PASSWORD"'"}' -H "Authorization:
        Bearer $TOKEN" $BASE/identities
    """


class LastWayIn(Conflict):
    """You cannot remove your only sign-in method.

    Cause: Your account has no password, and no other identity with a configured provider.
    Fix: Set a password by email, or link another identity; then unlink this one.
    Try: curl -X PUT --json '{"password": "none"}' -H "Authorization: Bearer $TOKEN" $BASE/identities/$ONLY_IDENTITY/unlinking
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
