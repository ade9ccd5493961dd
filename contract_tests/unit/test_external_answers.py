"""What addresses of people answer: whatever it is, it is bounded in time and size, and leads nowhere else."""

import gzip
import socket
import threading
import time

import pytest

from contract_tests.support import peers
from contract_tests.support.peers import HEAD, response, say
from contract_tests.unit.test_external_guarded import SECONDS, call
from handlers.gateways.external import guarded, sockets
from handlers.gateways.external.failures import NoAnswer, TimedOut
from handlers.gateways.external.guarded import Network
from handlers.gateways.external.services import Service
from models.base.public_addresses import AddressNotAllowed, AddressPolicy

LOCAL = Network(AddressPolicy(allows_loopback=True))


@pytest.fixture
def listener():
    with peers.listening(peers.script(response(200, b"secret"))) as peer:
        yield peer


def test_proxies_of_the_environment_are_not_asked(listener, monkeypatch):
    with peers.listening(say(b"HTTP/1.1 200 OK\r\n\r\n")) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        call(listener.url, LOCAL)
        assert (listener.count, proxy.count) == (1, 0)


def test_loopback_is_reached_where_it_is_allowed_and_nothing_else_is(listener):
    assert call(listener.url, LOCAL).content == b"secret"
    assert call(f"http://localhost:{listener.port}/", LOCAL).content == b"secret"
    for host in ("10.0.0.1", "169.254.169.254", "[fe80::1]", "192.0.0.192", "93.184.215.14"):
        with pytest.raises(AddressNotAllowed):
            call(f"http://{host}:{listener.port}/", LOCAL)
    assert listener.count == 2


BOMB = gzip.compress(b"\0" * 10_000_000)
ANSWERS = {
    "sends on": response(308, b"", "Location: http://127.0.0.1:9/"),
    "sends on with a body": response(302, b"x", "Location: http://169.254.169.254/latest"),
    "fails": response(500, b"no"),
    "is gone": response(410, b"gone"),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_whatever_is_answered_is_the_answer(what):
    with peers.listening(peers.script(ANSWERS[what])) as peer:
        answer = call(peer.url, LOCAL)
        assert answer.status_code == int(ANSWERS[what][9:12]) and peer.count == 1


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (say(response(200, BOMB, "Content-Encoding: gzip")), NoAnswer),
        (say(HEAD + b"Content-Length: 50000000\r\n\r\n", *[b" " * 1_000_000] * 50), NoAnswer),
        (say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b" " * 65_536 + b"\r\n"] * 50), NoAnswer),
        (say(HEAD + b"Content-Length: 100\r\n\r\n", *[b" "] * 100, pause=0.05), TimedOut),
        (say(HEAD, *[b"X-More: 1\r\n"] * 100, pause=0.05), TimedOut),
        (say(HEAD, *[b"X-More: " + b"1" * 60_000 + b"\r\n"] * 100), NoAnswer),
        (say(*[b"HTTP/1.1 103 Early Hints\r\n\r\n"] * 100, pause=0.05), TimedOut),
        (say(last=2), TimedOut),
        (say(), NoAnswer),
        (say(b"SSH-2.0-OpenSSH_9.9\r\n"), NoAnswer),
        (say(HEAD + b"Content-Length: 7\r\nContent-Length: 8\r\n\r\nxxxxxxxx"), NoAnswer),
    ],
    ids=["gzip bomb", "50 MB", "50 MB chunked", "a byte at a time", "headers without end", "long headers",
         "hints without end", "silence", "reset", "another protocol", "two lengths"],
)  # fmt: skip
def test_no_answer_holds_us_or_fills_our_memory(act, error):
    begun = time.monotonic()
    with peers.listening(act) as peer, pytest.raises(error):
        call(peer.url, LOCAL)
    assert time.monotonic() - begun < SECONDS + 0.5


def test_a_reset_is_no_answer():
    def act(connection):
        connection.recv(1000)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with peers.listening(act) as peer, pytest.raises(NoAnswer):
        call(peer.url, LOCAL)


@pytest.mark.parametrize("body", [BOMB, b" " * 1_000_000])
def test_who_needs_no_body_learns_the_status_all_the_same(body):
    headers = ["Content-Encoding: gzip"] if body is BOMB else []
    with peers.listening(say(response(200, body, *headers))) as peer:
        answer = call(peer.url, LOCAL, needs_body=False, max_bytes=1000)
    assert answer.status_code == 200 and len(answer.content) <= 1000


def test_a_resolver_that_hangs_is_left_at_the_deadline(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1.0) or [])
    begun = time.monotonic()
    with pytest.raises(TimedOut):
        call("https://hooks.example.com/", Network(AddressPolicy()), seconds=0.2)
    assert time.monotonic() - begun < 1


def test_names_of_people_that_hang_keep_no_service_from_being_looked_up(monkeypatch):
    over = threading.Event()
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *_, **__: addresses if host == "idp.example.com" else over.wait(10) and [],
    )
    resolver = sockets.Resolver(at_once=2)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            resolver("slow.example.com", 443, 0.02)
    assert sockets.resolve("idp.example.com", 443, 5) == ["127.0.0.1"]
    assert guarded.RESOLVER is not sockets.resolve and Network().resolve is guarded.RESOLVER
    over.set()
    assert resolver("idp.example.com", 443, 5) == ["127.0.0.1"]


def test_a_failure_says_nothing_of_the_address():
    with peers.listening(say()) as peer, pytest.raises(NoAnswer) as error:
        call(f"{peer.url}services/T0/canary7f3a?key=canary7f3a", LOCAL)
    assert "canary7f3a" not in str(error.value) and "127.0.0.1" not in str(error.value)


def test_one_address_that_fails_keeps_nobody_from_the_others(listener):
    service = Service("people", has_breaker=False, attempts=1)
    for _ in range(12):
        with pytest.raises(NoAnswer):
            guarded.call(service, "GET", f"http://127.0.0.1:{peers.closed_port()}/", seconds=1, network=LOCAL)
    assert guarded.call(service, "GET", listener.url, seconds=1, network=LOCAL).status_code == 200
