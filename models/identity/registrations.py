"""Registrations: requests to register an address that nobody has shown to be theirs yet, side by side."""

from peewee import ForeignKeyField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.extensions import ExtensionPoint
from models.base.fields import IdField, UtcField
from models.base.ids import new_id
from models.base.statements import execute
from models.base.unit_of_work import now
from models.identity.users import User

MAX_PENDING_PER_ADDRESS = 5  # an address gets as many emails in an hour
# Asked with a token that was mailed to an address, and the address: true, or the refusal of the token.
proofs_of_address: ExtensionPoint[[str, str], bool] = ExtensionPoint("identity.proof_of_address")
DROP = """
delete from registrations where user_id = %s and id not in (
    select id from registrations where user_id = %s order by created_at desc, id desc limit %s)
"""


class Registration(Model):
    """What the account will be when this registration is the one that is activated.

    Whoever registers an address has not shown that it is theirs: until then the account itself has no password, and no
    registration replaces another.
    """

    id = IdField(primary_key=True, default=new_id)
    created_at = UtcField(default=now)
    user = ForeignKeyField(User, column_name="user_id", on_delete="CASCADE", index=False)
    password_hash = TextField()
    name = TextField()
    time_zone = TextField(default="UTC")
    locale = TextField(default="en")

    class Meta:
        database = database
        table_name = "registrations"
        declares = Declaration(
            account="user",
            history="none",
            personal=Personal(
                exports="It is of nobody who could ask: no one has shown whose the address is.",
                erasure="Deleted on activation.",
            ),
        )

    @classmethod
    def keep(cls, user, **fields):
        """Store a registration of ``user``, who is locked and not verified.  Only the newest few are kept."""
        registration = cls.create(user=user, **fields)
        execute(DROP, (user.id, user.id, MAX_PENDING_PER_ADDRESS))
        return registration

    @classmethod
    def of(cls, user):
        """The registrations of a person, newest first."""
        return list(cls.select().where(cls.user == user.id).order_by(cls.created_at.desc(), cls.id.desc()))

    @classmethod
    def locale_of(cls, user):
        """The language of the newest registration; None without any."""
        return next((registration.locale for registration in cls.of(user)), None)

    @classmethod
    def forget(cls, user):
        """Delete every registration of a person, who has shown who they are."""
        execute("delete from registrations where user_id = %s", (user.id,))

    def activate(self):
        """Apply this registration to the account, verify it, and delete the other registrations."""
        names = ("password_hash", "name", "time_zone", "locale")
        self.user.change(**{name: getattr(self, name) for name in names})
        self.forget(self.user)
        return self.user.verify()
