"""Users: the people, and how each of them is known."""

from peewee import IntegrityError, TextField

from models.base.database import database
from models.base.errors import Conflict
from models.base.fields import UtcField
from models.base.table import Table


class EmailTaken(Conflict):
    """Somebody is registered with this address.

    Cause: the address, in upper or lower case, belongs to an account already.
    Fix: log in, or register with another address.
    Try: curl -X POST -H "Content-Type: application/json" -d '{"email":"…","password":"…"}' $BASE/sessions
    """


class User(Table):
    """A person, or by its ``kind`` a ``service``: an account of no person, which nobody logs in to.

    ``rate_class`` names what is allowed in a minute (``x-rate-limits``).  Who is disabled is let in by nothing.
    """

    email = TextField(unique=True, null=True)
    name = TextField()
    password_hash = TextField(null=True)
    time_zone = TextField(default="UTC")
    locale = TextField(default="en")
    rate_class = TextField(default="default")
    kind = TextField(default="person")
    disabled_at = UtcField(null=True)

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
    def address_of(cls, user_id):
        """The address that is known to be the person's own, as a query."""
        return cls.select(cls.email).where(cls.id == user_id)

    @classmethod
    def register(cls, email, **fields):
        """A new account.  The address is unique, whatever its case."""
        try:
            with database.atomic():
                return cls.add("user.registered", email=email.lower(), **fields)
        except IntegrityError:
            raise EmailTaken(f"{email} is registered.") from None

    @classmethod
    def of(cls, tasks):
        """The people who made these tasks or are assigned to them, by name."""
        ids = {task.created_by_id for task in tasks}.union(*(task.assignee_ids for task in tasks))
        return list(cls.select().where(cls.id.in_(ids)).order_by(cls.name, cls.id)) if ids else []

    @property
    def stream_id(self):
        return self.id

    def change(self, **fields):
        return self.record("user.updated", **fields)
