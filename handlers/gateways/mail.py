"""Mail: to the server of ``REMIT_SMTP_URL`` (RFC 5321, 3207, 4954, 8314), or into the mailbox folder without one."""

import contextlib
import ipaddress
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from models.base import mailbox
from models.base.settings import settings

STEP_SECONDS = 15  # for each answer of the server
CONVERSATION_SECONDS = 60  # for the whole conversation, so that a server which drips does not hold us


class MailRefused(Exception):
    """The server will never take this mail."""


class MailDelayed(Exception):
    """The mail was not taken now; later it may be."""


class Server(NamedTuple):
    """A mail server, as a URL names it."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str

    @classmethod
    def of(cls, url: str) -> Self:
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        port = parts.port or (465 if is_tls else 587)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname or "", port, is_tls, user, password)

    @property
    def is_loopback(self) -> bool:
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"

    def context(self) -> ssl.SSLContext:
        """How its certificate is checked: always, but on this machine, where nobody stands in between."""
        context = ssl.create_default_context()
        if self.is_loopback:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def send(letter: EmailMessage, mail_id: str, written_at: datetime) -> None:
    """Hand an ``EmailMessage`` over.  Once it is handed over it is out of our hands; else an exception says which way."""
    url = settings().smtp_url.get_secret_value()
    if not url:
        mailbox.put(mail_id, written_at, letter.as_bytes(policy=SMTP))
        return
    server = Server.of(url)
    try:
        with _connected(server) as smtp:
            _speak(smtp, server)
            _hand_over(smtp, letter)
    except smtplib.SMTPResponseException as error:
        raise MailDelayed(f"The mail server answered {error.smtp_code}.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailDelayed(f"The mail server cannot be spoken with: {type(error).__name__}.") from None


@contextlib.contextmanager
def _connected(server: Server) -> Iterator[smtplib.SMTP]:
    """A connection that is closed after ``CONVERSATION_SECONDS``, whatever the other side does."""
    name = socket.gethostname()  # asking the network for a longer one may take as long as it likes
    name = name if "." in name else "[127.0.0.1]"
    smtp: smtplib.SMTP
    if server.is_tls:
        smtp = smtplib.SMTP_SSL(
            server.host, server.port, name, timeout=STEP_SECONDS, context=server.context()
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, name, STEP_SECONDS)
    deadline = threading.Timer(CONVERSATION_SECONDS, _hang_up, [smtp])
    deadline.daemon = True
    deadline.start()
    try:
        yield smtp
        with contextlib.suppress(OSError, smtplib.SMTPException):  # the mail is over there already
            smtp.quit()
    finally:
        deadline.cancel()
        smtp.close()


def _hang_up(smtp: smtplib.SMTP) -> None:
    connection = smtp.sock  # None when the conversation has ended at this moment
    if connection:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _speak(smtp: smtplib.SMTP, server: Server) -> None:
    """Say hello, make it private, say who we are."""
    smtp.ehlo_or_helo_if_needed()
    if not server.is_tls:
        if smtp.has_extn("starttls"):
            smtp.starttls(context=server.context())
            smtp.ehlo()
        elif not server.is_loopback:
            raise MailDelayed(
                "The mail server offers no STARTTLS, without which nothing is sent beyond this machine."
            )
    if server.user:
        smtp.login(server.user, server.password)


def _hand_over(smtp: smtplib.SMTP, letter: EmailMessage) -> None:
    """What the server says of the mail itself: 5xx is for good.  What it says of us can be mended, by the operator."""
    try:
        smtp.send_message(letter, to_addrs=[str(letter["To"])])
    except smtplib.SMTPSenderRefused:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        ((code, _),) = error.recipients.values()
    except smtplib.SMTPNotSupportedError:
        raise MailRefused("The mail server takes no such address.") from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
    else:
        return
    kind = MailRefused if 500 <= code < 600 else MailDelayed
    raise kind(f"The mail server answered {code}.")
