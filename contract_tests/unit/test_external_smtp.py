"""Email servers that take an email, refuse it, fail, or hold the line, on loopback."""

import ssl
import threading
import time
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from contract_tests.support import certificates, peers
from contract_tests.unit.test_breakers import Clock
from handlers.gateways.external import smtp
from handlers.gateways.external.failures import Declined, NoAnswer, Resting, TimedOut
from handlers.gateways.external.services import Service

SECONDS = 0.5
RECIPIENT = "ada@example.org"


class Inbox:
    """A handler of aiosmtpd that keeps what it gets, or answers something else."""

    def __init__(self, **answers):
        self.letters, self.answers = [], answers

    async def handle_RCPT(self, server, session, envelope, address, options):
        if answer := self.answers.get("recipient"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if answer := self.answers.get("data"):
            return answer
        is_encrypted = server.transport.get_extra_info("sslcontext") is not None
        self.letters.append((envelope.rcpt_tos, envelope.content, is_encrypted))
        return "250 OK"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return certificates.server_context("localhost", tmp_path_factory.mktemp("tls"))


@pytest.fixture
def serving():
    """Starts a mail server, and gives its :class:`MailServer`."""
    controllers = []

    def start(inbox, *, host="127.0.0.1", scheme="smtp", **options):
        controller = Controller(inbox, hostname="127.0.0.1", port=peers.closed_port(), **options)
        controllers.append(controller)
        controller.start()
        return smtp.MailServer.of(f"{scheme}://{host}:{controller.port}")

    yield start
    for controller in controllers:
        controller.stop()


def letter():
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "remit@example.org", RECIPIENT, "Hello"
    message.set_content("Hello")
    return message


def deliver(server, service=None, seconds=10.0, **options):
    smtp.deliver(service or Service("mail", attempts=1), server, letter(), seconds, **options)


def failure(server, **options):
    with pytest.raises(NoAnswer) as error:
        deliver(server, **options)
    return error.value


@pytest.mark.parametrize("how", ["plain", "starttls", "smtps"])
def test_an_email_is_handed_over(how, serving, tls):
    inbox = Inbox()
    options = {
        "plain": {},
        "starttls": {"tls_context": tls, "require_starttls": True},
        "smtps": {"ssl_context": tls, "scheme": "smtps"},
    }
    deliver(serving(inbox, **options[how]))
    ((recipients, content, is_encrypted),) = inbox.letters
    assert recipients == [RECIPIENT] and b"Hello" in content and is_encrypted == (how != "plain")


def test_another_machine_must_encrypt(serving):
    inbox = Inbox()
    server = serving(inbox, host="mail.example.com")
    error = failure(server, resolve=lambda host, port, seconds: ["127.0.0.1"])
    assert type(error) is Declined and "STARTTLS" in str(error) and inbox.letters == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_another_machine_must_have_a_certificate_that_is_trusted(scheme, serving, tls):
    inbox = Inbox()
    options = {"ssl_context": tls} if scheme == "smtps" else {"tls_context": tls, "require_starttls": True}
    server = serving(inbox, host="mail.example.com", scheme=scheme, **options)
    error = failure(server, resolve=lambda host, port, seconds: ["127.0.0.1"])
    assert "SSLCertVerificationError" in str(error) and inbox.letters == []


REFUSALS = {
    "no such mailbox": ({"recipient": "550 No such mailbox"}, smtp.Rejected, "550"),
    "a mailbox that is full": ({"recipient": "452 Full"}, Declined, "452"),
    "greylisting": ({"recipient": "451 Come again"}, Declined, "451"),
    "spam": ({"data": "554 Spam"}, smtp.Rejected, "554"),
    "no storage": ({"data": "452 No storage"}, Declined, "452"),
    "closing": ({"recipient": "421 Closing"}, NoAnswer, "421"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_no_failure_of_the_server_unless_it_closes(what, serving):
    answers, kind, code = REFUSALS[what]
    error = failure(serving(Inbox(**answers)))
    assert (type(error), str(error)) == (kind, f"The mail server answered {code}.")
    assert error.is_failure == (what == "closing")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_password_that_is_refused_is_no_failure_of_the_server(serving):
    options = {"auth_require_tls": False, "auth_required": True}
    options["authenticator"] = lambda *_: AuthResult(success=False, handled=False)
    server = serving(Inbox(), **options)._replace(user="remit", password="wrong")
    assert (type(failure(server)), failure(server).is_failure) == (Declined, False)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (peers.say(last=2), TimedOut),
        (lambda connection: drip(connection, b"2"), TimedOut),
        (lambda connection: greet_and(connection, lambda: drip(connection, b"2")), TimedOut),
        (lambda connection: greet_and(connection, lambda: None), NoAnswer),
        (lambda connection: None, NoAnswer),
        (lambda connection: connection.sendall(b"554 No\r\n"), NoAnswer),
        (lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), NoAnswer),
        (lambda connection: connection.sendall(b"2" * 100_000), NoAnswer),
    ],
    ids=["silence", "a greeting without end", "an answer without end", "gone after the greeting", "gone", "554 at once",
         "another protocol", "a line without end"],
)  # fmt: skip
def test_a_server_that_fails_is_left_at_the_deadline(act, error):
    begun = time.monotonic()
    with peers.listening(act) as peer:
        failed = failure(smtp.MailServer.of(f"smtp://127.0.0.1:{peer.port}"), seconds=SECONDS)
    assert type(failed) is error and failed.is_failure
    assert time.monotonic() - begun < SECONDS + 0.5


def drip(connection, byte):
    for _ in range(100):
        connection.sendall(byte)
        time.sleep(0.05)


def greet_and(connection, act):
    connection.sendall(b"220 mail.example.com ESMTP\r\n")
    connection.recv(1000)
    act()


def test_a_server_that_keeps_failing_is_left_alone():
    service = Service("mail", attempts=1, clock=(clock := Clock()))
    with peers.listening(lambda connection: None) as peer:
        server = smtp.MailServer.of(f"smtp://127.0.0.1:{peer.port}")
        assert [type(failure(server, service=service)) for _ in range(6)] == [NoAnswer] * 5 + [Resting]
        assert peer.count == 5
        clock.now += 30
        assert type(failure(server, service=service)) is NoAnswer and peer.count == 6


def test_no_timer_is_left_of_a_delivery(serving):
    deliver(serving(inbox := Inbox()), seconds=60)
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(5)
    assert inbox.letters and not any(timer.is_alive() for timer in timers)


def test_a_mail_server_is_read_from_its_url():
    server = smtp.MailServer.of("smtps://a%40b:p%2Fw@mail.example.com")
    assert server == ("mail.example.com", 465, True, "a@b", "p/w")
    assert smtp.MailServer.of("smtp://localhost").port == 587
    assert isinstance(server.context(), ssl.SSLContext) and server.context().check_hostname
