"""Accounts: forgetting what is of no use any more."""

from handlers.workers.registry import UPKEEP, queue_task
from models.identity.email_tokens import EmailToken
from models.identity.users import User
from models.platform.mail_requests import MailRequest

HOURLY_AT_29 = "29 * * * *"


@queue_task(cron=HOURLY_AT_29, attempts=3, priority=UPKEEP)
def forget_unverified():
    """Accounts that were never verified, tokens that can be used no more, and what counted requests for mails."""
    User.forget_unverified()
    EmailToken.forget_old()
    MailRequest.forget_old()
