"""The mailbox of a demonstration: emails that are captured and not delivered, shown on this machine alone."""

import hashlib
import re
from datetime import UTC, datetime
from html import escape

from models.base import mailbox
from models.base.errors import NotFound, without_nul
from models.base.settings import settings

MAX_MAILS_LISTED = 100
LINK = re.compile(r"""https?://[^\s<>"']+[^\s<>"'.,;:!?)]""")
# What a mail wants to show, it shows in a frame that may run nothing; its links open beside it.
FRAME = (
    '<iframe title="{title}" sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{html}"></iframe>'
)
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title} · Remit</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1.25rem;
  overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ text-align: left; padding: .4rem 1rem .4rem 0; vertical-align: top; border-bottom: 1px solid #8884; }}
td:first-child {{ white-space: nowrap; }}
pre {{ font: 15px/1.6 ui-monospace, monospace; padding: .9rem 1rem; border: 1px solid #8884; border-radius: .4rem;
  white-space: pre-wrap; }}
iframe {{ width: 100%; height: 34rem; border: 1px solid #8884; border-radius: .4rem; background: Canvas; }}
dl {{ display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }} dt {{ font-weight: 600; }} dd {{ margin: 0; }}
</style></head>
<body>{body}</body>
</html>
"""


def get_mailbox(caller, media_type, is_local):
    _demonstrated(is_local)
    found = [_entry(name, mail) for name in mailbox.names()[:MAX_MAILS_LISTED] if (mail := mailbox.get(name))]
    if media_type != "text/html":
        return {"items": found}, 200, {"Cache-Control": "no-store"}
    rows = "".join(
        f"<tr><td>{one['written_at']:%F %T}</td><td>{escape(one['recipient'])}</td>"
        f'<td><a href="{escape(one["url"])}">{escape(one["subject"]) or "(no subject)"}</a></td></tr>'
        for one in found
    )
    table = f"<table><tr><th>Written, UTC</th><th>To</th><th>Subject</th></tr>{rows}</table>"
    body = f"""<h1>Mailbox</h1><p>Demo mailbox: emails are captured here and not delivered. They are in
<code>{escape(str(mailbox.folder()))}</code>.</p>{table if found else "<p>There are none yet.</p>"}"""
    return PAGE.format(title="Mailbox", body=body), 200, {"Cache-Control": "no-store"}


def get_mailbox_mail(mail_name, caller, media_type, is_local):
    _demonstrated(is_local)
    mail = mailbox.get(mail_name)
    if mail is None:
        raise NotFound("No mail has this name.")
    found = _entry(mail_name, mail) | {"text": _part(mail, "plain"), "html": _part(mail, "html")}
    mark = hashlib.sha256(f"{media_type} {found['text']} {found['html']}".encode()).hexdigest()[:32]
    headers = {"ETag": f'"{mark}"', "Cache-Control": "no-store"}
    return (_page(found) if media_type == "text/html" else found), 200, headers


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


def _page(found):
    """A mail as a page: its text with links to click, and its HTML as a reader of mails shows it."""
    html = found["html"].replace("<head>", '<head><base target="_blank">', 1)
    body = f"""<p><a href="{escape(settings().public_url)}/mailbox">Mailbox</a></p>
<h1>{escape(found["subject"])}</h1>
<dl><dt>From</dt><dd>{escape(found["sender"])}</dd><dt>To</dt><dd>{escape(found["recipient"])}</dd>
<dt>Written</dt><dd>{found["written_at"]:%F %T} UTC</dd></dl>
<h2>As text</h2><pre>{_linked(found["text"])}</pre>
<h2>As HTML</h2>{FRAME.format(title="The mail as HTML", html=escape(html))}"""
    return PAGE.format(title=escape(found["subject"]), body=body)


def _linked(text):
    """The text, escaped, with its addresses as links."""
    pieces, end = [], 0
    for found in LINK.finditer(text):
        pieces += [escape(text[end : found.start()]), f'<a href="{escape(found[0])}">{escape(found[0])}</a>']
        end = found.end()
    return "".join([*pieces, escape(text[end:])])
