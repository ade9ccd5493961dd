"""Accounts: forgetting what is of no use any more."""

from models.email_tokens import EmailToken
from models.mail_requests import MailRequest
from models.users import User


def forget_unverified():
    """Delete accounts that were never verified, tokens that can be used no more, and what counted requests for mails."""
    User.forget_unverified()
    EmailToken.forget_old()
    MailRequest.forget_old()
