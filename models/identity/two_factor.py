"""Two-factor authentication: that a person proves who it is by a second secret, too, and the codes for when it is lost."""

from peewee import BigIntegerField, CompositeKey, ForeignKeyField, Model, TextField

from models.base.database import database
from models.base.declarations import AT_ONCE, Declaration, Export, Personal
from models.base.errors import Conflict
from models.base.extensions import ExtensionPoint
from models.base.fields import UtcField
from models.base.secret import digest
from models.base.statements import execute, rows
from models.base.table import Table
from models.base.unit_of_work import now
from models.identity.users import User
from models.platform.mails import Mail
from models.platform.security_log import SecurityEntry

# Asked with the id of a person: the ids of the organizations that let them in only with two-factor authentication.
requirements: ExtensionPoint[[str], list[str]] = ExtensionPoint("identity.two_factor_requirements")


class TwoFactorAlreadyOn(Conflict):
    """Two-factor authentication is already turned on.

    Cause: Two-factor authentication was set up and confirmed before.
    Fix: To set up another device, turn two-factor authentication off first.
    Try: curl --json '{"password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN" $BASE/users/me/two-factor
    """


class TwoFactorNotEnrolled(Conflict):
    """Two-factor authentication is not set up.

    Cause: There is no setup to confirm, or two-factor authentication was turned off since.
    Fix: Set up two-factor authentication, and confirm it with a code of the authenticator.
    Try: curl -X PUT --json '{"one_time_code": "000000"}' -H "Authorization: Bearer $TOKEN" $BASE/users/me/two-factor/confirmation
    """


class TwoFactorOff(Conflict):
    """Two-factor authentication is turned off.

    Cause: The operation requires two-factor authentication to be turned on for your account.
    Fix: Set up two-factor authentication and confirm it first.
    Try: curl -X PATCH --json '{"requires_two_factor": true}' -H "Authorization: Bearer $TOKEN" $BASE/organizations/$ORGANIZATION
    """


class OneTimeCodeWrong(Conflict):
    """Invalid verification code.

    Cause: The code is mistyped, older than half a minute, or was used before; a clock is wrong; or too many wrong codes
    were sent, and attempts are throttled.
    Fix: Send the current code of the authenticator, and compare its clock with `Date`. After five wrong codes, wait.
    Try: curl -X PUT --json '{"one_time_code": "000000"}' -H "Authorization: Bearer $TOKEN" $BASE/users/me/two-factor/confirmation
    """

    keeps = True


class TwoFactor(Table):
    """One for each person who ever enrolled; its id is the person's.

    ``secret`` is encrypted.  ``last_step`` is the step of time (RFC 6238) whose code was used last: no code is good twice.
    """

    user = ForeignKeyField(User, column_name="user_id", unique=True, on_delete="CASCADE")
    secret = TextField(null=True)
    turned_on_at = UtcField(null=True)
    last_step = BigIntegerField(null=True)
    recovery_codes_made_at = UtcField(null=True)

    event_organization_id = None

    class Meta:
        table_name = "two_factors"
        declares = Declaration(
            account="user",
            personal=Personal(exports=(Export("two_factor", "TwoFactor", columns=("created_at",)),),
                              erasure=AT_ONCE, is_deleted=True),
            unviolated={"two_factors_user_id_key": "stored while the account is locked"},
        )  # fmt: skip

    @classmethod
    def visible_to(cls, caller):
        """One's own."""
        caller.ask("two_factor.read")
        return cls.select().where(cls.id == caller.user_id)

    @classmethod
    def of(cls, user_id):
        """The person's; one that is off, and stored nowhere, when it was never enrolled."""
        return cls.get_or_none(cls.id == user_id) or cls(id=user_id, user=user_id, version=0)

    @classmethod
    def needed_of(cls, user_id):
        """The id of a person's two-factor authentication, which must be active."""
        return cls.of(user_id).needed().id

    @classmethod
    def enrolled_of(cls, user_id):
        """The id of a person's two-factor authentication, which must be enrolled."""
        two_factor = cls.of(user_id)
        if two_factor.secret is None:
            raise TwoFactorNotEnrolled()
        return two_factor.id

    @classmethod
    def enrol(cls, user, secret):
        """Store a new secret, which is active once it is confirmed.  Concurrent enrolments are serialized."""
        User.select(User.id).where(User.id == user.id).for_update("FOR NO KEY UPDATE").get()
        two_factor = cls.of(user.id)
        two_factor.refuse_when_on()
        SecurityEntry.note("two_factor.enrolled", user_id=user.id)
        if two_factor.version:
            return two_factor.record("two_factor.enrolled", secret=secret, last_step=None)
        return cls.add("two_factor.enrolled", id=user.id, user=user, secret=secret)

    @property
    def stream_id(self):
        return self.user_id

    @property
    def etag(self):
        """The validator also covers the parts of the representation that other rows change."""
        content_digest = digest(" ".join([str(self.recovery_codes_left), *self.organizations_requiring]))
        return f'"{self.version}.{content_digest[:16]}"'

    @property
    def is_active(self):
        return self.turned_on_at is not None

    @property
    def recovery_codes_left(self):
        unused = RecoveryCode.select().where(
            RecoveryCode.two_factor == self.id, RecoveryCode.used_at.is_null()
        )
        return unused.count() if self.is_active else 0

    @property
    def organizations_requiring(self):
        """The ids of the person's organizations that let in only who has it on."""
        return [id for ids in requirements(self.user_id) for id in ids]

    def needed(self):
        if not self.is_active:
            raise TwoFactorOff()
        return self

    def refuse_when_on(self):
        if self.is_active:
            raise TwoFactorAlreadyOn(f"Turned on at {self.turned_on_at:%F %R} UTC.")

    def turn_on(self, step, digests):
        """Confirm it by the code of ``step``; None when the code is not good."""
        self.refuse_when_on()
        if step is None or not self.spend(step):
            raise OneTimeCodeWrong()
        self._store_codes(digests)
        return self._log_entry(
            "two_factor.turned_on", "it was turned on", turned_on_at=now(), recovery_codes_made_at=now()
        )

    def replace_codes(self, digests):
        self.needed()
        self._store_codes(digests)
        return self._log_entry(
            "two_factor.recovery_codes_replaced", "there are new recovery codes", recovery_codes_made_at=now()
        )

    def turn_off(self):
        self.needed()
        self._store_codes(())
        return self._log_entry(
            "two_factor.turned_off", "it was turned off", secret=None, turned_on_at=None, last_step=None
        )

    def spend(self, step):
        """Use the code of a step; false when it, or a later one, was used already.  Of two at once, one succeeds."""
        sql = "update two_factors set last_step = %s where id = %s and coalesce(last_step, -1) < %s"
        return execute(sql, (step, self.id, step)) == 1

    def use_recovery_code(self, code_digest):
        """Use one of the recovery codes; false when it is none, or used already.  Of two at once, one succeeds."""
        sql = "update recovery_codes set used_at = %s where two_factor_id = %s and digest = %s and used_at is null"
        if execute(sql, (now(), self.id, code_digest)) == 0:
            return False
        SecurityEntry.note("two_factor.recovery_code_used", user_id=self.user_id)
        self.tell("a recovery code was used")
        return True

    def has_recovery_code(self, code_digest):
        sql = "select 1 from recovery_codes where two_factor_id = %s and digest = %s and used_at is null"
        return bool(rows(sql, (self.id, code_digest)))

    def _log_entry(self, event_type, what, **fields):
        """Record the change and add it to the security log; the person gets an email about ``what`` was changed."""
        SecurityEntry.note(event_type, user_id=self.user_id)
        self.tell(what)
        return self.record(event_type, **fields)

    def tell(self, what):
        """Write to the person, who may not have done it."""
        Mail.write(
            self.user.email,
            "two_factor_changed",
            locale=self.user.locale,
            user_id=self.user_id,
            name=self.user.name,
            what=what,
        )

    def _store_codes(self, digests):
        execute("delete from recovery_codes where two_factor_id = %s", (self.id,))
        for code_digest in digests:
            RecoveryCode.create(two_factor=self, digest=code_digest)


class RecoveryCode(Model):
    """A code that is good once in place of the authenticator's.  ``digest`` is a tag that only this server can make."""

    two_factor = ForeignKeyField(TwoFactor, column_name="two_factor_id", on_delete="CASCADE")
    digest = TextField()
    used_at = UtcField(null=True)

    class Meta:
        database = database
        table_name = "recovery_codes"
        declares = Declaration(
            account="two_factor", history="none",
            personal=Personal(exports="It has digests of secrets; two_factor tells how many are left.",
                              erasure="Deleted with two_factors."),
        )  # fmt: skip
        primary_key = CompositeKey("two_factor", "digest")
