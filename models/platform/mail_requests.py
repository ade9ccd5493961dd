"""Mail requests: how often mails were asked for to an address, by whoever it was.

Within an hour for each purpose, when somebody who is not known asks; within a day of all together, when the address may be
anybody's: registrations, new addresses and invitations.  Only what does not depend on whether the address has an account is
counted together, so that nobody learns that from it.  Notices to owners of accounts are not counted: no stranger's mail
suppresses them.
"""

import unicodedata

from peewee import CompositeKey, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import BY_DIGEST, Declaration, Personal
from models.base.fields import UtcField
from models.base.secret import sign
from models.base.statements import rows
from models.base.unit_of_work import current

AN_HOUR = 5
A_DAY = 10
SECONDS = 0.02  # enough to find an account and write its mail, many times over
COUNT = """
insert into mail_requests as known (purpose, who, begun_at, asked) values (%s, %s, now(), 1)
on conflict (purpose, who) do update set
    begun_at = case when known.begun_at > now() - %s::interval then known.begun_at else now() end,
    asked = case when known.begun_at > now() - %s::interval then known.asked + 1 else 1 end
returning asked, extract(epoch from begun_at + %s::interval - now())
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
        declares = Declaration(
            unprotected="It counts mails before it is known who asks, by keyed digests.",
            history="none",
            personal=Personal(exports=BY_DIGEST, erasure="Forgotten after a day."),
        )
        primary_key = CompositeKey("purpose", "who")

    @classmethod
    def is_allowed(cls, purpose, who):
        """Count a request; whether it is one of the first five in its hour.

        An address is counted whether or not it has an account, and what follows takes the same time.  Those who ask for
        one address go one after the other from here to the end of their transactions.
        """
        current().pad_duration(SECONDS)
        return cls._count(purpose, who, "1 hour")[0] <= AN_HOUR

    @classmethod
    def has_room(cls, email):
        """Count a mail to an address that may be anybody's; whether it is one of the first ten in its day."""
        return not cls.full_for(email)

    @classmethod
    def full_for(cls, email):
        """Count a mail to an address that may be anybody's; the seconds until its next day, or 0 while it has room."""
        asked, seconds = cls._count("recipient", _mailbox(email), "1 day")
        return seconds if asked > A_DAY else 0

    @staticmethod
    def _count(purpose, address_or_id, window):
        """``(how often, seconds until the window ends)``."""
        requester = sign("mail requests", address_or_id.encode()).hex()
        return rows(COUNT, (purpose, requester, window, window, window))[0]

    @classmethod
    def forget_old(cls):
        """Delete counters whose window has ended."""
        database.run("delete from mail_requests where begun_at < now() - interval '1 day'")


def _mailbox(email):
    """The mailbox that an address is of, as most servers have it: in any case, quoted or not, whatever follows a plus."""
    local, _, domain = unicodedata.normalize("NFKC", email).casefold().rpartition("@")
    local = local.strip('"')
    return f"{local.partition('+')[0] or local}@{domain}"
