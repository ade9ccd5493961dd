"""Mails: sending what was written."""

import logging

from cryptography.exceptions import InvalidTag

from handlers.gateways import mail as post
from handlers.gateways.letters import letter
from handlers.workers.registry import COMPOSERS, URGENT, queue_task, transaction
from models.platform.mails import Mail

log = logging.getLogger("remit.mails")
MAX_ATTEMPTS = 16  # over three to six hours


@queue_task(attempts=MAX_ATTEMPTS + 2, priority=URGENT, manages_transactions=True)
def send_mail(mail_id):
    """Send a mail.  Twice is once: who has sent it settles it, and a twin has the same Message-ID.

    A mail has its own count of attempts, so that it is settled, and its links forgotten, before the job is given up.
    """
    with transaction():
        mail = Mail.claim(mail_id)
    if mail is None:
        return
    if mail.attempts > MAX_ATTEMPTS:
        _settle(mail, "failed", mail.failure or "Whoever sent it ended while sending.")
        return
    try:
        facts = facts_of(mail)
        if facts is None:
            _settle(mail, "withdrawn")
            return
        post.send(
            letter(mail.id, mail.created_at, mail.recipient, mail.template, facts), mail.id, mail.created_at
        )
    except InvalidTag:
        _settle(mail, "failed", "Its link was encrypted with another secret.")
    except post.MailRefused as refusal:
        _settle(mail, "failed", str(refusal))
    except post.MailDelayed as delay:
        if mail.attempts < MAX_ATTEMPTS:
            with transaction():
                mail.delay(str(delay))
            raise
        _settle(mail, "failed", str(delay))
    else:
        _settle(mail, "sent")


def facts_of(mail):
    """The facts of a mail, with what its recipient may know at this moment; None when it is not to be sent any more."""
    compose, facts = COMPOSERS.get(mail.template), mail.template_values
    if compose is None:
        return facts
    with transaction():
        composed = compose(mail)
    return composed and facts | composed


def _settle(mail, status, failure=None):
    with transaction():
        mail.settle(status, failure)
    if failure:  # neither whom it was for nor what it said
        log.error("mail failed", extra={"job": "mails.send_mail", "fault": f"{mail.id}: {failure}"})
