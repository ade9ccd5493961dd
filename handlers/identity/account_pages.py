"""The pages that the links in mails lead to: each is one form, which a script sends with the token of the link.  Beside them
the page where a sign-in with a provider ends that has no page of its own."""

import hashlib
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple

FOLDER = Path(__file__).parent / "account_files"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
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
    """``action`` is what the form is put to; with ``logs_in`` by a session for as long as it takes."""

    title: str
    lead: str
    button: str
    done: str
    action: str
    fields: tuple = ()
    logs_in: bool = False


STRONG = (
    "At least 10 characters, with lower case, upper case and a digit or sign; without your name and address."
)
PAGES = {
    "verification": Page(
        "Verify your email address",
        "Enter the password that you chose when you registered with this address. After that you can log in.",
        "Verify my address",
        "Your address is verified. You can log in now.",
        "/email-verifications/completion",
        (Field("password", "Password", "password", "current-password"),),
    ),
    "email": Page(
        "Confirm your new email address",
        "Enter the password of your account. After that you log in with the address that the email was sent to. If you did not "
        "ask for this change, close the page.",
        "Use this address",
        "Your account has the new address.",
        "/email-verifications/completion",
        (Field("password", "Password", "password", "current-password"),),
    ),
    "password-reset": Page(
        "Set a new password",
        "You will be logged out wherever you are logged in now.",
        "Set the password",
        "Your new password is set. You can log in with it now.",
        "/password-resets/completion",
        (
            Field("new_password", "New password", "password", "new-password", 10, STRONG),
            Field("repeated", "The same once more", "password", "new-password", 10),
        ),
    ),
    "invitation": Page(
        "Accept an invitation",
        "Log in with the address which the invitation was sent to. If you have no account yet, register with that "
        "address first, and open the link again.",
        "Log in and accept",
        "You are a member now.",
        "/invitations/acceptance",
        (
            Field("email", "Email address", "email", "username"),
            Field("password", "Password", "password", "current-password"),
            Field("one_time_code", "Code of your authenticator, if you use one", "text", "one-time-code", 0),
        ),
        logs_in=True,
    ),
}


def get_account_page(page, caller):
    body = _page(page)
    return body, 200, {"ETag": _etag(body), "Cache-Control": HOUR, "Content-Type": "text/html"}


def get_account_file(file, caller):
    body, media_type = (FOLDER / file).read_bytes(), MEDIA_TYPES[Path(file).suffix]
    return body, 200, {"ETag": _etag(body), "Cache-Control": HOUR, "Content-Type": media_type}


@cache
def _page(name):
    """The page in bytes, made once."""
    if name == "identity":
        return (FOLDER / "identity.html").read_bytes()
    page = PAGES[name]
    told = {key: escape(str(value)) for key, value in page._asdict().items()}
    told |= {"fields": _inputs(page.fields), "logs_in": "yes" if page.logs_in else ""}
    return Template((FOLDER / "page.html").read_text("utf-8")).substitute(told).encode()


def _inputs(fields):
    """The inputs with their labels; passwords can be shown while they are written."""
    lines = []
    for one in fields:
        secret = " data-secret" if one.kind == "password" else ""
        hint = f' aria-describedby="{one.name}-hint"' if one.hint else ""
        lines.append(f'<label for="{one.name}">{escape(one.label)}</label>')
        lines.append(
            f'<input id="{one.name}" name="{one.name}" type="{one.kind}" autocomplete="{one.autocomplete}"'
            f' minlength="{one.shortest}" maxlength="254"{" required" * (one.shortest > 0)}{secret}{hint}>'
        )
        if one.hint:
            lines.append(f'<p class="hint" id="{one.name}-hint">{escape(one.hint)}</p>')
    if any(one.kind == "password" for one in fields):
        lines.append('<label class="choice"><input type="checkbox" id="reveal">Show what is written</label>')
    return "\n".join(lines)


@cache
def _etag(body):
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
