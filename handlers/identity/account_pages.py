"""Account pages: where people register, ask for a new password, and use the links of emails. Beside them is the page where a
sign-in with a provider ends that has no page of its own."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from handlers.pages import account
from models.base.bodies import etag_of

FOLDER = Path(__file__).parent / "account_files"
HOUR = "public, max-age=3600"


class Field(NamedTuple):
    """An input; ``name`` is that of the property in the body, or ``repeated`` for what must be the same again.

    One whose ``shortest`` is 0 may be left empty, and is not sent then.
    """

    name: str
    label: str
    kind: str
    autocomplete: str
    shortest: int = 1
    hint: str = ""


class Page(NamedTuple):
    """The form is sent to ``action`` of the API: with the token of the link that led to the page, unless it ``has_link`` not,
    and with ``logs_in`` by a session for as long as that takes. ``ways`` are the links below it."""

    title: str
    lead: str
    button: str
    done: str
    action: str
    fields: tuple = ()
    method: str = "PUT"
    has_link: bool = True
    logs_in: bool = False
    ways: tuple = ((account.LOG_IN, "Log in"),)


STRENGTH = (
    "At least 10 characters, with lower case, upper case, and a digit or sign; without your name and address."
)
EMAIL = Field("email", "Email address", "email", "username")
PASSWORD = Field("password", "Password", "password", "current-password")
BACK = (account.LOG_IN, "Back to log in")
REGISTER = ("/account/registration", "Create account")
FORGOTTEN = ("/account/forgotten-password", "Forgot password?")
PAGES = {
    "registration": Page(
        "Create an account",
        "You will receive an email with a link that verifies your address.",
        "Create account",
        "Check your inbox: an email is on its way. Open its link to verify your address; then you can log in.",
        "/users",
        (
            Field("name", "Name", "text", "name"),
            EMAIL,
            Field("password", "Password", "password", "new-password", 10, STRENGTH),
        ),
        method="POST",
        has_link=False,
        ways=(BACK,),
    ),
    "forgotten-password": Page(
        "Reset your password",
        "Enter the email address of your account. You will receive a link to set a new password.",
        "Email me a link",
        "Check your inbox: if the address has an account, an email is on its way. Its link is valid for one hour.",
        "/password-resets",
        (EMAIL,),
        method="POST",
        has_link=False,
        ways=(BACK, REGISTER),
    ),
    "verification": Page(
        "Verify your email address",
        "Enter the password that you chose when you registered with this address. Then you can log in.",
        "Verify address",
        "Your address is verified. You can log in now.",
        "/email-verifications/completion",
        (PASSWORD,),
        ways=((account.LOG_IN, "Log in"), FORGOTTEN),
    ),
    "email": Page(
        "Confirm your new email address",
        "Enter the password of your account. From then on, log in with the address that the email was sent to. If you did not "
        "ask for this change, close the page.",
        "Use this address",
        "Your account has the new address.",
        "/email-verifications/completion",
        (PASSWORD,),
    ),
    "password-reset": Page(
        "Set a new password",
        "You will be logged out everywhere.",
        "Set password",
        "Your new password is set. You can log in with it now.",
        "/password-resets/completion",
        (
            Field("new_password", "New password", "password", "new-password", 10, STRENGTH),
            Field("repeated", "Repeat the new password", "password", "new-password", 10),
        ),
    ),
    "invitation": Page(
        "Accept an invitation",
        "Log in with the address that the invitation was sent to. If you have no account yet, create one with that "
        "address first, and open the link again.",
        "Log in and accept",
        "You are a member now.",
        "/invitations/acceptance",
        (
            EMAIL,
            PASSWORD,
            Field(
                "one_time_code", "Code of your authenticator app, if you use one", "text", "one-time-code", 0
            ),
        ),
        logs_in=True,
        ways=(REGISTER, FORGOTTEN),
    ),
}


def get_account_page(page, caller):
    body, headers = account.sign_in_result() if page == "identity" else account.account_page(PAGES[page])
    return body, 200, {**headers, "Cache-Control": HOUR}


def get_account_file(file, caller):
    body, etag = _script(file)
    return body, 200, {"ETag": etag, "Cache-Control": HOUR, "Content-Type": "text/javascript"}


@cache
def _script(name):
    body = (FOLDER / name).read_bytes()
    return body, etag_of(body)
