"""Users: the people, and how each of them is known."""

from peewee import BigIntegerField, TextField

from models.base.database import database
from models.base.declarations import ANONYMOUS_NAME, Declaration, Export, Personal
from models.base.errors import Conflict, Unauthenticated
from models.base.fields import IdListField, UtcField
from models.base.ids import new_id
from models.base.statements import execute, rows
from models.base.table import Table
from models.base.unit_of_work import current, now
from models.platform.security_log import mark_erased, organizations_of_account

# No other account ever saw one that never verified its address, and nobody can read its events: all of it is deleted.
UNVERIFIED = """
select email from users u where u.verified_at is null and u.email is not null and u.places = '{}'
    and u.created_at < now() - interval '7 days' and not exists (
        select from email_tokens t where t.user_id = u.id and t.ended_at is null and t.expires_at > now())
"""
ORGANIZATIONS = "select unnest(places) from users where id = %s"
INTERNAL = frozenset(
    ["access_version", "disabled_at", "erased_at", "known_in", "places", "rate_class", "token_epoch"]
)
UNCHANGED = """
select 1 from users where id = %s and password_hash is not distinct from %s and disabled_at is null for share
"""


class EmailTaken(Conflict):
    """Another account has this email address.

    Cause: The email address was registered by another account before yours was changed.
    Fix: Log in to that account, or request a change to another address.
    Try: curl -X PUT --json '{"token": "'$LINK_TOKEN'", "password": "'"$PASSWORD"'"}' $BASE/email-verifications/completion
    """


class User(Table):
    """A person, or by its ``kind`` a ``service``: an account of no person, which has no address and no password.

    ``rate_class`` names what is allowed in a minute (``x-rate-limits``).
    Access tokens hold for one ``token_epoch``.  Who is disabled is let in by nothing: no password, session or API key.

    An account is usable from ``verified_at`` on, when the person has shown that the address is theirs.  Who has no
    ``password_hash`` comes in by other means, until they set a password by a mail.  Who was erased (``erased_at``) stays as
    a row without a person, for what refers to it.
    """

    email = TextField(unique=True, null=True)
    name = TextField()
    password_hash = TextField(null=True)
    time_zone = TextField(default="UTC")
    locale = TextField(default="en")
    rate_class = TextField(default="default")
    kind = TextField(default="person")
    verified_at = UtcField(null=True)
    access_version = BigIntegerField(default=0)  # raised, as places are kept, by triggers
    places = IdListField(default=())
    known_in = IdListField(default=())
    token_epoch = BigIntegerField(default=0)
    disabled_at = UtcField(null=True)
    erased_at = UtcField(null=True)

    event_organization_id = None
    unique_by = "(email)"

    class Meta:
        table_name = "users"
        declares = Declaration(
            account="id",
            write_only=INTERNAL,
            policy="id = any ((select remit_accounts())::uuid[]) or known_in && (select remit_places())::uuid[]",
            personal=Personal(
                exports=(Export("profile", "User"),),
                erasure="The row stays, without a person: no address, no name, no password, no settings.",
                replaced={"name": ANONYMOUS_NAME, "email": None, "time_zone": "UTC", "locale": "en"},
            ),
        )

    @classmethod
    def _added(cls, event_type, fields, conflict=""):
        """A new account, which the request acts for from now on."""
        fields.setdefault("id", new_id())
        database.allow_account(fields["id"])
        return super()._added(event_type, fields, conflict)

    @classmethod
    def visible_to(cls, caller):
        """Oneself.  Others are seen as members of an organization."""
        caller.ask("user.read")
        return cls.select().where(cls.id == caller.user_id)

    @classmethod
    def with_email(cls, email):
        """The user who is known by ``email``, in whatever case, as a query.  The request sees the account from now on."""
        database.allow_account_by("email", email.lower())
        return cls.select().where(cls.email == email.lower())

    @classmethod
    def address_of(cls, user_id):
        """The address that a person has shown to be their own, as a query."""
        return cls.select(cls.email).where(cls.id == user_id, cls.verified_at.is_null(False))

    @classmethod
    def who_may_log_in(cls, email):
        """The user who is known by ``email``, has verified it and is not disabled, as a query."""
        return cls.with_email(email).where(cls.verified_at.is_null(False), cls.disabled_at.is_null())

    @classmethod
    def locked_by_email(cls, email):
        """The user who is known by ``email``, locked for being changed; None for nobody."""
        return next(iter(cls.locked(cls.with_email(email))), None)

    @classmethod
    def register(cls, email, **fields):
        """A new account.  The address is unique, whatever its case: None where it is somebody's already."""
        return cls.add_once("user.registered", email=email.lower(), **fields)

    @classmethod
    def sign_up(cls, email, name):
        """The account of an address: the one that is there, locked, or a new one, which has no password before the address
        is verified.
        """
        while (user := cls.locked_by_email(email)) is None:
            if user := cls.register(email, name=name):
                return user
        return user

    @classmethod
    def get_or_create_verified(cls, email, name):
        """The account of an address that somebody has shown to be theirs, locked and verified: the one that is there, or a
        new one without a password.

        One that was never verified becomes theirs as if it were new: no registration of it is activated.
        """
        while (user := cls.locked_by_email(email)) is None:
            if user := cls.register(email, name=name, verified_at=now()):
                return user
        if user.verified_at is None:
            user.change(name=name, time_zone="UTC", locale="en")
            user.verify()
        return user

    @classmethod
    def forget_unverified(cls):
        """Delete accounts that never verified their address within a week of registering.  Returns how many there were."""
        emails = database.rows(UNVERIFIED)
        for (email,) in emails:
            cls.make_room(email)
        return len(emails)

    @staticmethod
    def make_room(email):
        """Delete the account that registered an address and never verified it, and erase its security log."""
        mark_erased(rows("select id, hash from remit_forget_unverified(%s)", (email,)))

    @classmethod
    def of(cls, tasks):
        """The people who made these tasks or are assigned to them, by name."""
        ids = {task.created_by_id for task in tasks}.union(*(task.assignee_ids for task in tasks))
        return cls.named(ids)

    @classmethod
    def named(cls, ids):
        """The people with these IDs, by name."""
        named = cls.select(cls.id, cls.name).where(cls.id.in_(ids)).order_by(cls.name, cls.id)
        return list(named) if ids else []

    @classmethod
    def revoke_access_tokens(cls, user_id):
        """Revoke every access token of the user by raising ``token_epoch``.  Sessions stay: refreshing gives new tokens.

        There is no event of it: what made it necessary leaves one.
        """
        execute("update users set token_epoch = token_epoch + 1 where id = %s", (user_id,))

    def hold(self):
        """Keep password and state as they were read until this transaction ends.  Refused when they have changed since:
        who was let in by what does not hold any more, is not let in."""
        if not rows(UNCHANGED, (self.id, self.password_hash)):
            raise Unauthenticated("Another request changed the account at the same time.")

    @property
    def stream_id(self):
        return self.id

    @property
    def has_password(self):
        return self.password_hash is not None

    def record(self, event_type, **fields):
        """As of any row; refused when the person was erased at the same moment.  Programs are changed by others."""
        self.refuse_erased()
        if self.kind == "service":
            database.allow_account(self.id)
        return super().record(event_type, **fields)

    def refuse_erased(self):
        if self.erased_at:
            raise Unauthenticated("The account was erased.")

    def change(self, **fields):
        return self.record("user.updated", **fields)

    def verify(self):
        """The address is the person's: the account can be used."""
        return self.record("user.verified", verified_at=self.verified_at or now())

    def set_password(self, password_hash):
        return self.record("user.password_changed", password_hash=password_hash)

    def move_to(self, email):
        """Be known by another address, which was verified.  Who has registered it and never verified it makes room."""
        self.make_room(email)
        return self.record("user.email_changed", email=email)

    def anonymize(self):
        """Replace the personal data by placeholders; the row stays for what refers to it.  The event has no earlier values."""
        was = {
            "email": None,
            "name": ANONYMOUS_NAME,
            "password_hash": None,
            "time_zone": "UTC",
            "locale": "en",
        }
        fields = was | {
            "disabled_at": now(),
            "erased_at": now(),
            "updated_at": now(),
            "version": self.version + 1,
        }
        User.update(**fields, token_epoch=User.token_epoch + 1).where(User.id == self.id).execute()
        for name, value in fields.items():
            setattr(self, name, value)
        current().note("user.erased", self, [], current().represent(self))

    def update_hash(self, password_hash):
        """Store another hash of the same password, without an event: nothing that anybody can see has changed."""
        sql = "update users set password_hash = %s where id = %s and password_hash = %s"
        if execute(sql, (password_hash, self.id, self.password_hash)):
            self.password_hash = password_hash


@organizations_of_account.register
def organizations_of(user_id: str) -> list[str]:
    """The ids of the organizations that the person belongs to, as the account itself tells."""
    return [id for (id,) in rows(ORGANIZATIONS, (user_id,))]
