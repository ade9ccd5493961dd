"""Mails: what is to be sent to whom, written in the transaction of its reason and sent by a job."""

from datetime import timedelta

from peewee import IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Deletion, Export, Personal
from models.base.fields import IdField, JsonField, UtcField
from models.base.ids import new_id
from models.base.queue import defer
from models.base.secret import decrypt, encrypt
from models.base.statements import insert
from models.base.unit_of_work import now

LAST = {"account_erased"}  # mails of which nothing is kept once they are settled: neither is their address


def with_encrypted_url(mail_id, facts):
    """The facts of a mail as they wait: a link is readable for the server alone, and in this mail alone."""
    rest = {name: fact for name, fact in facts.items() if name != "url"}
    return {**rest, "sealed_url": encrypt("mails", facts["url"], mail_id)} if "url" in facts else rest


def with_decrypted_url(mail_id, facts):
    """The facts again.  Those that were written before links were encrypted are as they were."""
    rest = {name: fact for name, fact in facts.items() if name != "sealed_url"}
    return {**rest, "url": decrypt("mails", facts["sealed_url"], mail_id)} if "sealed_url" in facts else rest


class Mail(Model):
    """``template`` names its texts, which are made of ``facts`` and of what is read when it is sent.  URLs grant access:
    they are encrypted while they wait, so that who reads the database reads none, and all facts are forgotten as soon as it is
    ``sent``, is ``withdrawn``, or has ``failed`` for good."""

    id = IdField(primary_key=True, default=new_id)
    created_at = UtcField(default=now)
    user_id = IdField(null=True)
    names_id = IdField(null=True)
    recipient = TextField()
    template = TextField()
    locale = TextField(default="en")
    facts = JsonField(null=True)
    status = TextField(default="waiting")
    attempts = IntegerField(default=0)
    settled_at = UtcField(null=True)
    failure = TextField(null=True)

    class Meta:
        database = database
        table_name = "mails"
        declares = Declaration(
            account="user_id",
            policy="false",
            is_written_unseen=True,
            history="none",
            personal=Personal(
                exports=(
                    Export(
                        "mails",
                        # Also what was written to the address before anybody knew whose it is.
                        query=lambda person: Mail.select().where(
                            (Mail.user_id == person.id)
                            | (Mail.user_id.is_null() & (Mail.recipient == person.email))
                        ),
                        columns=("recipient", "template", "locale", "status", "created_at", "settled_at"),
                    ),
                ),
                erasure="Deleted, also what waits and names the person; the last one when it is sent.",
                deletions=(
                    # An address may be somebody else's by now, who has mails there, too.
                    Deletion(
                        "mails",
                        """(user_id = %(user)s::uuid
                            or user_id is null and recipient = any (%(addresses)s) and created_at <= %(since)s)
                            and id is distinct from %(last_mail)s::uuid""",
                    ),
                    Deletion("mails_naming", "names_id = %(user)s::uuid and status = 'waiting'"),
                ),
            ),
        )

    @classmethod
    def claim(cls, mail_id):
        """The mail, for one attempt at sending it; None when there is none to send."""
        query = cls.update(attempts=cls.attempts + 1).where(cls.id == mail_id, cls.status == "waiting")
        return next(iter(query.returning(cls).execute()), None)

    @classmethod
    def write(cls, recipient, template, *, locale="en", user_id=None, names_id=None, **facts):
        """Enqueue an email, which is sent once this transaction is committed.

        ``user_id`` is the account of the recipient, if any; ``names_id`` another person who is named in it.
        """
        people, id = {"user_id": user_id, "names_id": names_id}, new_id()
        fields = {
            "recipient": recipient,
            "template": template,
            "locale": locale,
            "facts": with_encrypted_url(id, facts),
        }
        mail = cls(id=id, **fields, **people)
        insert(mail)
        defer("mails.send_mail", mail_id=mail.id)
        return mail

    @property
    def template_values(self):
        """The facts as the templates use them; ``cryptography.exceptions.InvalidTag`` when ``REMIT_SECRET`` has changed."""
        return with_decrypted_url(self.id, self.facts)

    @classmethod
    def forget_old(cls, days):
        """Delete mails that were settled so many days ago."""
        cls.delete().where(cls.settled_at < now() - timedelta(days=days)).execute()

    def settle(self, status, failure=None):
        """Mark it as ``sent``, ``failed`` or ``withdrawn``, and delete its facts.  Whether no later attempt has begun."""
        if self.template in LAST:
            return bool(Mail.delete().where(*self._mine()).execute())
        return self._update(status=status, settled_at=now(), failure=failure, facts=None)

    def delay(self, failure):
        """Store why the mail server did not accept it; the next attempt follows."""
        return self._update(failure=failure)

    def _update(self, **fields):
        return bool(Mail.update(**fields).where(*self._mine()).execute())

    def _mine(self):
        return Mail.id == self.id, Mail.status == "waiting", Mail.attempts == self.attempts
