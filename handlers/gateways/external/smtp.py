"""SMTP with a mail server (RFC 5321, 3207, 4954, 8314): over in time, encrypted, and its failures told from its refusals."""

import contextlib
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from handlers.gateways.external import sockets
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import Declined, NoAnswer, TimedOut
from handlers.gateways.external.services import Service

STEP_SECONDS = 15.0  # for each answer of the server
CLOSING = 421  # the server ends the conversation, whatever it was asked


class Rejected(Declined):
    """The server will never take this email."""


class MailServer(NamedTuple):
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


class Client(smtplib.SMTP):
    """The library's client over a connection that was made before, so that names and addresses have the deadline too."""

    def __init__(self, connection: socket.socket, name: str) -> None:
        super().__init__(local_hostname=name, timeout=STEP_SECONDS)
        self._connection = connection

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._connection


def deliver(
    service: Service,
    server: MailServer,
    letter: EmailMessage,
    seconds: float,
    resolve: sockets.Resolve = sockets.resolve,
) -> None:
    """Hand an email over to the server: :class:`Rejected` if it never takes it, else :class:`NoAnswer` if it does not now."""
    deadline = Deadline(seconds)
    with service.attempt(deadline, server.host):
        try:
            with _connected(server, deadline, resolve) as smtp:
                _authenticate(smtp, server)
                _hand_over(smtp, letter)
        except smtplib.SMTPResponseException as error:
            raise _failure(error, deadline) from None
        except (OSError, smtplib.SMTPException) as error:
            kind = NoAnswer if deadline.has(0) and not isinstance(error, TimeoutError) else TimedOut
            raise kind(f"The connection to the mail server failed: {type(error).__name__}.") from None


@contextlib.contextmanager
def _connected(server: MailServer, deadline: Deadline, resolve: sockets.Resolve) -> Iterator[smtplib.SMTP]:
    """A client that has read the server's greeting."""
    name = socket.gethostname()  # asking the network for a longer one may take as long as it likes
    addresses = resolve(server.host, server.port, deadline.at_most(STEP_SECONDS))
    connection = sockets.connect_any(addresses, server.port, deadline)
    with contextlib.closing(connection), sockets.shut_down_at(deadline, connection):
        connection.settimeout(deadline.at_most(STEP_SECONDS))
        if server.is_tls:
            connection = server.context().wrap_socket(connection, server_hostname=server.host)
        with contextlib.closing(Client(connection, name if "." in name else "[127.0.0.1]")) as smtp:
            smtp._host = server.host  # type: ignore[attr-defined]  # whose certificate STARTTLS expects
            _greet(smtp, server)
            yield smtp
            with contextlib.suppress(OSError, smtplib.SMTPException):  # the email is over there already
                smtp.quit()


def _greet(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Read the greeting; a server that has another one fails, whatever it says."""
    try:
        code, _ = smtp.connect(server.host, server.port)
    except smtplib.SMTPResponseException as error:
        raise smtplib.SMTPConnectError(CLOSING, error.smtp_error) from None
    if code != 220:
        raise smtplib.SMTPConnectError(CLOSING, b"")


def _authenticate(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Say hello, make it private, say who we are."""
    smtp.ehlo_or_helo_if_needed()
    if not server.is_tls:
        if smtp.has_extn("starttls"):
            smtp.starttls(context=server.context())
            smtp.ehlo()
        elif not server.is_loopback:
            raise Declined("The mail server does not offer STARTTLS, which is required for other machines.")
    if server.user:
        smtp.login(server.user, server.password)


def _hand_over(smtp: smtplib.SMTP, letter: EmailMessage) -> None:
    """What the server says of the email itself: 5xx is for good.  What it says of us can be mended, by the operator."""
    try:
        smtp.send_message(letter, to_addrs=[str(letter["To"])])
    except smtplib.SMTPSenderRefused:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        ((code, _),) = error.recipients.values()
    except smtplib.SMTPNotSupportedError:
        raise Rejected("The mail server rejected the address.") from None
    except smtplib.SMTPResponseException as error:
        code = error.smtp_code
    else:
        return
    if 500 <= code < 600:
        raise Rejected(f"The mail server answered {code}.")
    raise smtplib.SMTPResponseException(code, b"")


def _failure(error: smtplib.SMTPResponseException, deadline: Deadline) -> NoAnswer:
    """A server that closes the conversation fails; one that does not take an email now, or does not know us, works."""
    if not deadline.has(0):  # what was read of an answer by then is none
        return TimedOut("The mail server took too long.")
    kind = NoAnswer if error.smtp_code in (CLOSING, -1) else Declined
    return kind(f"The mail server answered {error.smtp_code}.")
