"""Mails: what is to be sent to whom, written in the transaction of its reason and sent by a job."""

from peewee import IntegerField, Model, TextField

from models.base.database import database
from models.base.fields import IdField, JsonField, UtcField
from models.base.ids import new_id
from models.base.jobs import defer
from models.base.work import now


class Mail(Model):
    """``template`` names its texts, which are made of ``facts``.  Facts hold links that open accounts: they are forgotten
    as soon as it is ``sent`` or has ``failed`` for good."""

    id = IdField(primary_key=True, default=new_id)
    created_at = UtcField(default=now)
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

    @classmethod
    def write(cls, recipient, template, *, locale="en", **facts):
        """Have a mail sent when this transaction is committed."""
        mail = cls.create(recipient=recipient, template=template, locale=locale, facts=facts)
        defer("mails.send_mail", mail_id=mail.id)
        return mail
