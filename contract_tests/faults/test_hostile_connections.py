"""Hostile connections: what is no HTTP, too long, too slow or half open hurts nobody but its sender."""

import json
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from contract_tests.faults.hostile_bodies import MIB
from contract_tests.faults.wire import answers, complaint, exchange, wire
from contract_tests.support.operations import BY_ID

HEAD = "GET /api/v1/users/me HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def token(world):
    return world.clients["owner"].token


@pytest.fixture
def creating(world, token):
    """The request that creates an organization, on the wire."""
    return wire(world.request(BY_ID["create_organization"]), token)


def ask(served, data, count=1):
    return exchange(served.host_url, data.encode("latin-1") if isinstance(data, str) else data, count)


def opened(served):
    host = urlsplit(served.host_url)
    return socket.create_connection((host.hostname, host.port), timeout=20)


NO_HTTP = {
    "words": b"hello\r\n\r\n",
    "NUL": b"\0" * 100 + b"\r\n\r\n",
    "the greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no target": b"GET HTTP/1.1\r\n\r\n",
    "a space in a header's name": f"{HEAD}my colour: red\r\n\r\n".encode(),
    "a space before the colon": f"{HEAD}Content-Length : 0\r\n\r\n".encode(),
    "CR in a header": f"{HEAD}Colour: re\rd\r\n\r\n".encode(),
    "both lengths": f"{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode(),
    "two lengths": f"{HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!".encode(),
    "a negative length": f"{HEAD}Content-Length: -5\r\n\r\n".encode(),
    "a length that is no number": f"{HEAD}Content-Length: 5, 5\r\n\r\nhello".encode(),
    "a length with a sign": f"{HEAD}Content-Length: +5\r\n\r\nhello".encode(),
    "a length beyond numbers": f"{HEAD}Content-Length: {'9' * 40}\r\n\r\n".encode(),
    "an unknown transfer coding": f"{HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n".encode(),
    "chunked and then something else": f"{HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n".encode(),
    "a port to connect to": b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n\r\n",
}


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_not_http_is_refused_with_a_problem(served, data):
    received = ask(served, data)
    assert complaint(None, (received or [None])[0], {400, 413, 501, 505}) is None
    assert received[0].headers["connection"] == "close"
    assert received[0].headers["ratelimit-policy"].startswith('"public";')
    assert ";r=0;" not in received[0].headers["ratelimit"]


TARGETS = {
    "TRACE": (f"{HEAD}\r\n".replace("GET", "TRACE", 1), {405}),
    "an address that is not there": ("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    "two slashes": ("GET //api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    "dots": ("GET /api/v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    "encoded dots": ("GET /api/v1/docs/%2e%2e%2f%2e%2e%2fsetup.cfg HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    "an encoded slash": ("GET /api/v1%2fhealth HTTP/1.1\r\nHost: x\r\n\r\n", {404}),
    "a fragment": ("GET /api/v1/health#top HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    "a target of 9 KB": (f"GET /{'a' * 9000} HTTP/1.1\r\nHost: x\r\n\r\n", {414}),
    "a target of 60 KB": (f"GET /{'a' * 60_000} HTTP/1.1\r\nHost: x\r\n\r\n", {414}),
    "a target of 300 KB": (f"GET /{'a' * 300_000} HTTP/1.1\r\nHost: x\r\n\r\n", {414}),
    "a header of 40 KB": (f"{HEAD}Colour: {'x' * 40_000}\r\n\r\n", {431}),
    "a header of 100 KB": (f"{HEAD}Colour: {'x' * 100_000}\r\n\r\n", {431}),
    "a header of 300 KB": (f"{HEAD}Colour: {'x' * 300_000}\r\n\r\n", {431}),
    "2,000 headers": (HEAD + "".join(f"X-{n}: {'y' * 20}\r\n" for n in range(2000)) + "\r\n", {431}),
    "20,000 headers": (HEAD + "".join(f"X-{n}: y\r\n" for n in range(20_000)) + "\r\n", {431}),
    "everything": ("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", {204}),
    "another host": ("GET /api/v1/users/me HTTP/1.1\r\nHost: evil.example\r\n\r\n", {401}),
    "two hosts": ("GET /api/v1/users/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", {400}),
    "no host": ("GET /api/v1/users/me HTTP/1.1\r\n\r\n", {400}),
    "an impossible host": ("GET /api/v1/users/me HTTP/1.1\r\nHost: a b/c\r\n\r\n", {400}),
    "another host in the target": (
        "GET http://evil.example/api/v1/users/me HTTP/1.1\r\nHost: x\r\n\r\n",
        {401, 404},
    ),
}


@pytest.mark.parametrize(("data", "expected"), TARGETS.values(), ids=TARGETS)
def test_a_strange_target_or_head_is_refused(served, data, expected):
    (answer,) = ask(served, data)
    assert answer.status in expected
    if answer.status >= 400 and answer.status != 401:
        assert complaint(None, answer) is None
    assert b"evil.example" not in answer.body


def test_the_absolute_form_of_an_address_is_the_address(served):
    (answer,) = ask(served, f"GET {served.base_url}/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.status == 200


def test_http_1_0_is_answered_and_closed(served):
    with opened(served) as connection:
        connection.sendall(b"GET /api/v1/health/live HTTP/1.0\r\n\r\n")
        (answer,) = answers(connection, 1)
        assert answer.status == 200
        assert connection.recv(1) == b""


def test_nothing_that_is_sent_becomes_a_header_of_the_answer(served, token):
    for name in (
        "Request-Id",
        "X-Request-Id",
        "Origin",
        "Accept",
        "If-None-Match",
        "Idempotency-Key",
        "Prefer",
    ):
        for value in (
            "a\r\n X-Injected: 1",
            "a%0d%0aX-Injected: 1",
            "a\x0bX-Injected: 1",
            "a\x85X-Injected: 1",
            "\xe4\xf6",
        ):
            received = ask(
                served, f"{HEAD}Authorization: Bearer {token}\r\n{name}: {value}\r\nConnection: close\r\n\r\n"
            )
            assert received[0].status < 500
            assert "x-injected" not in received[0].headers
            assert "injected" not in received[0].headers["request-id"]


def test_a_body_in_chunks_is_read(served, creating):
    pieces = [creating.body[start : start + 7] for start in range(0, len(creating.body), 7)]
    chunks = b"".join(b"%x;colour=red\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    chunked = creating.having(Transfer_Encoding="chunked").sending(chunks + b"0\r\nTrailer: x\r\n\r\n")
    (answer,) = ask(served, bytes(chunked))
    assert answer.status == 201
    assert answer.json()["name"] == json.loads(creating.body)["name"]


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-1\r\n", b"5\r\nhello!\r\n0\r\n\r\n", b"f" * 40 + b"\r\n", b"0x5\r\nhello\r\n"]
)
def test_broken_chunks_are_refused(served, creating, chunks):
    received = ask(served, bytes(creating.having(Transfer_Encoding="chunked").sending(chunks)))
    assert complaint(creating.operation, (received or [None])[0], {400, 408}) is None


def test_who_expects_to_be_told_to_continue_is_told(served, creating):
    head, _, body = bytes(creating.having(Expect="100-continue")).partition(b"\r\n\r\n")
    with opened(served) as connection:
        connection.sendall(head + b"\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert answers(connection, 1)[0].status == 201


def test_requests_in_a_row_are_answered_in_their_order(served, token, creating):
    get = f"{HEAD}Authorization: Bearer {token}\r\nRequest-Id: number-%d\r\n\r\n"
    posts = bytes(creating).replace(b"Connection: close\r\n", b"")
    data = (get % 1).encode() + posts + (get % 2).encode() + posts + (get % 3).encode()
    received = ask(served, data, 5)
    assert [answer.status for answer in received] == [200, 201, 200, 201, 200]
    assert [received[n].headers["request-id"] for n in (0, 2, 4)] == ["number-1", "number-2", "number-3"]


def test_what_follows_a_refused_body_is_no_request(served, creating):
    """The rest of a body that is not read to its end must not be taken for the next request."""
    smuggled = f"{HEAD}\r\n".encode()
    data = bytes(creating.sending(b"x" * (3 * MIB) + smuggled)).replace(b"Connection: close\r\n", b"")
    received = ask(served, data, 2)
    assert [answer.status for answer in received] in ([413], [])


@pytest.mark.parametrize("size", [18 * MIB, 60 * MIB])
@pytest.mark.parametrize("coding", ["length", "chunks"])
def test_memory_does_not_grow_with_a_large_body(served, creating, size, coding):
    before = served.resident_bytes()
    part = b"[]," * (MIB // 3)
    if coding == "length":
        head, parts = creating.having(Content_Length=size), [part] * (size // MIB)
    else:
        head, parts = (
            creating.having(Transfer_Encoding="chunked"),
            [b"%x\r\n%s\r\n" % (len(part), part)] * (size // MIB),
        )
    received = ask(served, [bytes(head.sending(b"")), *parts])
    assert [answer.status for answer in received] in (
        [413],
        [],
    )  # who goes on sending may see a reset instead
    assert served.resident_bytes() - before < 16 * MIB


def test_a_body_that_is_a_little_too_large_is_answered_on_a_connection_that_is_read(served, creating):
    (answer,) = ask(served, bytes(creating.sending(b"x" * (MIB + MIB // 2))))
    assert complaint(creating.operation, answer, {413}) is None


def test_a_slow_head_is_cut_off(served):
    with opened(served) as connection:
        connection.sendall(HEAD.encode())
        assert connection.recv(1000) == b""


def test_a_slow_body_is_answered_408_and_cut_off(served, creating):
    with opened(served) as connection:
        connection.sendall(bytes(creating)[:-5])
        (answer,) = answers(connection, 1)
        assert complaint(creating.operation, answer, {408}) is None
        assert connection.recv(1000) == b""


@pytest.mark.alone
def test_half_open_connections_hold_up_nobody(served, creating, token):
    """Four kinds of them, more than there are threads, and all are closed in the end."""
    halves = [b"", b"GE", HEAD.encode(), bytes(creating)[:-5]] * 50
    with ExitStack() as stack:
        connections = []
        for half in halves:
            connection = stack.enter_context(opened(served))
            connection.sendall(half)
            connections.append(connection)
        (answer,) = ask(served, f"{HEAD}Authorization: Bearer {token}\r\nConnection: close\r\n\r\n")
        assert answer.status == 200
        for connection in connections:
            while connection.recv(65_536):
                pass


def test_who_goes_away_while_sending_or_receiving_leaves_no_trace(served, creating, token):
    whole = bytes(creating)
    for length in (1, 30, len(whole) // 2, len(whole) - 1, len(whole)):
        for _ in range(10):
            with opened(served) as connection:
                connection.sendall(whole[:length])
    (answer,) = ask(served, f"{HEAD}Authorization: Bearer {token}\r\nConnection: close\r\n\r\n")
    assert answer.status == 200
