"""Mail requests: how often somebody who is not known had mails sent to an address within an hour."""

from peewee import CompositeKey, IntegerField, Model, TextField

from models.base.database import database
from models.base.fields import UtcField
from models.base.secret import sign
from models.base.statements import rows
from models.base.work import current

AN_HOUR = 5
SECONDS = 0.02  # enough to find an account and write its mail, many times over
COUNT = """
insert into mail_requests as known (purpose, who, begun_at, asked) values (%s, %s, now(), 1)
on conflict (purpose, who) do update set
    begun_at = case when known.begun_at > now() - interval '1 hour' then known.begun_at else now() end,
    asked = case when known.begun_at > now() - interval '1 hour' then known.asked + 1 else 1 end
returning asked
"""


class MailRequest(Model):
    """``who`` is a keyed digest of the address, so that nobody can read whose mail was asked for."""

    purpose = TextField()
    who = TextField()
    begun_at = UtcField()
    asked = IntegerField()

    class Meta:
        database = database
        table_name = "mail_requests"
        primary_key = CompositeKey("purpose", "who")

    @classmethod
    def is_allowed(cls, purpose, who):
        """Count a request; whether it is one of the first five in its hour.

        An address is counted whether or not it has an account, and what follows takes the same time.  Those who ask for
        one address go one after the other from here to the end of their transactions.
        """
        current().last(SECONDS)
        ((asked,),) = rows(COUNT, (purpose, sign("mail requests", who.encode()).hex()))
        return asked <= AN_HOUR

    @classmethod
    def forget_old(cls):
        """Delete what counts no more."""
        database.run("delete from mail_requests where begun_at < now() - interval '1 hour'")
