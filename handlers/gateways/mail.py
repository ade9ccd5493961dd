"""Email: to the server of ``REMIT_SMTP_URL``, or into the mailbox folder without one."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from handlers.gateways.external import smtp
from handlers.gateways.external.failures import NoAnswer
from handlers.gateways.external.services import Service
from models.base import mailbox
from models.base.settings import settings

CONVERSATION_SECONDS = 60.0  # for one email, whatever the server does
# A worker retries an email later by its own count; here it is tried once.
SERVICE = Service("email", at_once=16, wait_seconds=10.0, attempts=1)


class MailRefused(Exception):
    """The server will never take this mail."""


class MailDelayed(Exception):
    """The mail was not taken now; later it may be."""


def send(letter: EmailMessage, mail_id: str, written_at: datetime) -> None:
    """Hand an ``EmailMessage`` over.  Once it is handed over it is out of our hands; else an exception says which way."""
    url = settings().smtp_url.get_secret_value()
    if not url:
        mailbox.put(mail_id, written_at, letter.as_bytes(policy=SMTP))
        return
    try:
        smtp.deliver(SERVICE, smtp.MailServer.of(url), letter, CONVERSATION_SECONDS)
    except smtp.Rejected as refusal:
        raise MailRefused(str(refusal)) from None
    except NoAnswer as delay:
        raise MailDelayed(str(delay)) from None
