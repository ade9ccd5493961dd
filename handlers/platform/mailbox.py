"""The mailbox of a demonstration: emails that are captured and not delivered, shown on this machine alone."""

import re
from datetime import UTC, datetime

from handlers.pages import rendering
from models.base import mailbox
from models.base.bodies import etag_of
from models.base.errors import NotFound, without_nul
from models.base.settings import settings

MAX_MAILS_LISTED = 100
LINK = re.compile(r"""(https?://[^\s<>"']+[^\s<>"'.,;:!?)])""")
# An email has its styles in its elements; it stands in a frame, which has the policy of the page and may run nothing.
STYLES = "'unsafe-inline'"


def get_mailbox(caller, media_type, is_local):
    _demonstrated(is_local)
    entries = [
        _entry(name, mail) for name in mailbox.names()[:MAX_MAILS_LISTED] if (mail := mailbox.get(name))
    ]
    if media_type != "text/html":
        return {"items": entries}, 200, {"Cache-Control": "no-store"}
    html, headers = rendering.page("mailbox.html", entries=entries)
    return html, 200, {**headers, "Cache-Control": "no-store"}


def get_mailbox_mail(mail_name, caller, media_type, is_local):
    _demonstrated(is_local)
    mail = mailbox.get(mail_name)
    if mail is None:
        raise NotFound("No email has this name.")
    email = _entry(mail_name, mail) | {"text": _part(mail, "plain"), "html": _part(mail, "html")}
    etag = etag_of(f"{media_type} {email['text']} {email['html']}".encode())
    headers = {"ETag": etag, "Cache-Control": "no-store"}
    if media_type != "text/html":
        return email, 200, headers
    html, of_page = _page(email)
    return html, 200, {**of_page, **headers}


def _demonstrated(is_local):
    """There is a mailbox only where mails go into it, the server was told to show it, and nobody else reaches it."""
    is_shown = settings().mailbox_page and not settings().smtp_url.get_secret_value()
    if not (is_shown and is_local and settings().is_reached_locally):
        raise NotFound("There is no mailbox here.")


def _entry(name, mail):
    return {
        "name": name,
        "written_at": datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        "sender": without_nul(str(mail["From"] or "")),
        "recipient": without_nul(str(mail["To"] or "")),
        "subject": without_nul(str(mail["Subject"] or "")),
        "url": f"{settings().public_url}/mailbox/{name}",
    }


def _part(mail, kind):
    body = mail.get_body((kind,))
    return without_nul(body.get_content()) if body else ""


def _page(mail):
    """An email as a page: its text with links to follow, and its HTML as a reader of emails shows it, links beside it."""
    return rendering.page(
        "mail.html",
        styles=STYLES,
        mail=mail,
        mailbox=f"{settings().public_url}/mailbox",
        pieces=_pieces(mail["text"]),
        framed=mail["html"].replace("<head>", '<head><base target="_blank">', 1),
    )


def _pieces(text):
    """The text as ``(address, words)``: what is an address of the web, and what stands between."""
    return [
        (piece, "") if number % 2 else ("", piece) for number, piece in enumerate(LINK.split(text)) if piece
    ]
