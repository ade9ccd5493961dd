"""Letters: mails as they are read, made of templates and facts, as text and as HTML that say the same.

A template is ``mail_templates/<name>.txt`` and ``.html``.  The text begins with its subject: ``Subject: …`` and an empty
line.  Every fact is plain text in one line, so that nothing that a person wrote is a line of ours, a header, or a link.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handlers.gateways.literal import Literal, Recipient, Verbatim, plain
from handlers.gateways.mail import MailRefused
from models.base.settings import settings

if TYPE_CHECKING:
    from jinja2 import Environment

# Facts that no person wrote, or that were made plain already.
OURS = frozenset({"url", "subject", "unsubscribe_url"})
FOLDER = Path(__file__).with_name("mail_templates")


def letter(
    mail_id: str, written_at: datetime, recipient: str, template: str, facts: Mapping[str, Any]
) -> EmailMessage:
    """The ``EmailMessage``.  It is the same each time that it is made, its id too: who gets it twice can tell."""
    subject, text = texts(template, facts)
    name, address = parseaddr(settings().mail_from)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Recipient.of("To", addressed(recipient))
    message["Subject"] = Literal.of("Subject", subject)
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = f"<{mail_id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody is away on holiday for us
    if "unsubscribe_url" in facts:  # RFC 8058: one click of a mail reader, which sends a POST
        message["List-Unsubscribe"] = Verbatim.of("List-Unsubscribe", f"<{facts['unsubscribe_url']}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text)
    message.add_alternative(html(template, facts), subtype="html")
    message.set_boundary(f"remit-{mail_id}")
    return message


def addressed(recipient: str) -> str:
    """The address, when every reader takes it for this one address; refused with :class:`MailRefused`.

    What an encoded word (RFC 2047) stands for in it, readers do not agree about.
    """
    try:
        read = Address(addr_spec=recipient).addr_spec
    except (ValueError, MessageError, IndexError):
        read = None
    is_plain = recipient.isascii() and recipient.isprintable() and not re.search("=[?]|[<>,;]", recipient)
    if read != recipient or not is_plain:
        raise MailRefused("The address cannot receive email.")
    return recipient


def texts(template: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """The subject, and the text below it."""
    head, _, text = _rendered(f"{template}.txt", facts).partition("\n\n")
    return head.removeprefix("Subject:").strip(), text.strip() + "\n"


def html(template: str, facts: Mapping[str, Any]) -> str:
    subject, _ = texts(template, facts)
    return _rendered(f"{template}.html", {**facts, "subject": subject})


@cache
def _templates() -> "Environment":
    from handlers.pages import rendering

    templates = rendering.environment(FOLDER)
    templates.filters["moment"] = lambda value: rendering.moment(datetime.fromisoformat(value))
    return templates


def _rendered(name: str, facts: Mapping[str, Any]) -> str:
    """A template with its facts, each as plain text; but for links, which are ours."""
    plain_facts = {name: fact if name in OURS else _plain(fact) for name, fact in facts.items()}
    return _templates().get_template(name).render(**plain_facts, service_url=settings().public_url)


def _plain(fact: Any) -> Any:
    """A fact whose texts are plain, also those of lists and of their entries."""
    if isinstance(fact, str):
        return plain(fact)
    if isinstance(fact, Mapping):
        return {name: _plain(value) for name, value in fact.items()}
    return [_plain(each) for each in fact] if isinstance(fact, list) else fact
