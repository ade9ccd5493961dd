"""Users: the people, and how each of them is known."""

from peewee import BigIntegerField, IntegrityError, TextField

from models.base.database import database
from models.base.errors import Conflict, Unauthenticated
from models.base.fields import UtcField
from models.base.statements import rows, touch
from models.base.table import Table
from models.security_log import SecurityEntry

UNCHANGED = """
select 1 from users where id = %s and password_hash is not distinct from %s and disabled_at is null for share
"""


class EmailTaken(Conflict):
    """Somebody is registered with this address.

    Cause: the address, in upper or lower case, belongs to an account already.
    Fix: log in, or register with another address.
    Try: curl -X POST -H "Content-Type: application/json" -d '{"email":"…","password":"…"}' $BASE/sessions
    """


class User(Table):
    """A person, or by its ``kind`` a ``service``: an account of no person, which nobody logs in to.

    ``rate_class`` names what is allowed in a minute (``x-rate-limits``).
    Access tokens hold for one ``token_epoch``.  Who is disabled is let in by nothing: no password, session or API key.
    """

    email = TextField(unique=True)
    name = TextField()
    password_hash = TextField()
    time_zone = TextField(default="UTC")
    locale = TextField(default="en")
    rate_class = TextField(default="default")
    token_epoch = BigIntegerField(default=0)
    disabled_at = UtcField(null=True)
    kind = TextField(default="person")

    event_organization_id = None

    class Meta:
        table_name = "users"

    @classmethod
    def visible_to(cls, caller):
        """Oneself.  Others are seen as members of an organization."""
        caller.ask("user.read")
        return cls.select().where(cls.id == caller.user_id)

    @classmethod
    def with_email(cls, email):
        """The user who is known by ``email``, in whatever case, as a query."""
        return cls.select().where(cls.email == email.lower())

    @classmethod
    def register(cls, email, **fields):
        """A new account.  The address is unique, whatever its case."""
        try:
            with database.atomic():
                user = cls.add("user.registered", email=email.lower(), **fields)
        except IntegrityError:
            raise EmailTaken(f"{email} is registered.") from None
        SecurityEntry.note("user.registered", user_id=user.id)
        return user

    @classmethod
    def of(cls, tasks):
        """The people who made these tasks or are assigned to them, by name."""
        ids = {task.created_by_id for task in tasks}.union(*(task.assignee_ids for task in tasks))
        return list(cls.select().where(cls.id.in_(ids)).order_by(cls.name, cls.id)) if ids else []

    @classmethod
    def cut_off(cls, user_id):
        """Make every access token that the user was given so far worthless.  Sessions stay: refreshing gives new ones.

        The epoch is shown nowhere and is part of whatever made this necessary, which leaves the event.
        """
        touch("update users set token_epoch = token_epoch + 1 where id = %s", (user_id,))

    def hold(self):
        """Keep password and state as they were read until this transaction ends.  Refused when they have changed since:
        who was let in by what does not hold any more, is not let in."""
        if not rows(UNCHANGED, (self.id, self.password_hash)):
            raise Unauthenticated("The account was changed at the same moment.")

    @property
    def stream_id(self):
        return self.id

    def change(self, **fields):
        return self.record("user.updated", **fields)
