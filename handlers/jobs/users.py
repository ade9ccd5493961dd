"""Accounts: forgetting what is of no use any more."""

from handlers.jobs.registry import job
from models.email_tokens import EmailToken
from models.mail_requests import MailRequest
from models.users import User

HOURLY = "29 * * * *"


@job(cron=HOURLY, attempts=3)
def forget_unverified():
    """Accounts that were never verified, tokens that can be used no more, and what counted requests for mails."""
    User.forget_unverified()
    EmailToken.forget_old()
    MailRequest.forget_old()
