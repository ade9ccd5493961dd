"""Bodies and connections of strangers: bounded before anybody has said who they are."""

import select
import socket
import time
from contextlib import ExitStack, closing, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from contract_tests.faults.hostile_bodies import MIB, body_limit
from contract_tests.faults.served import Served
from contract_tests.faults.wire import answers
from contract_tests.support.clients import refused
from contract_tests.support.operations import BY_ID, FORM, those

UNFINISHED = 300
SECONDS = 30  # a busy machine reads 300 MiB later than they were sent
HEAD = "POST /api/v1/organizations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def bounded(database_url, tmp_path_factory):
    """A server whose addresses have the limits that they have anywhere."""
    folder = tmp_path_factory.mktemp("bounded")
    folder.chmod(0o755)
    settings = {"address_connections": 40, "body_seconds": 2, "log_level": "error"}
    with Served(folder, database_url=database_url, **settings) as running:
        yield running


def opened(served, number=1):
    """A connection from one of the addresses of this machine."""
    host = urlsplit(served.host_url)
    return socket.create_connection((host.hostname, host.port), 20, (f"127.0.1.{number}", 0))


def is_well(served):
    return httpx.get(f"{served.base_url}/health").status_code == 200


def test_bodies_that_do_not_end_take_a_bounded_memory(bounded):
    before = bounded.resident_bytes()
    body = b" " * (MIB - 10)
    with ExitStack() as stack:
        connections = []
        for number in range(UNFINISHED):
            connection = stack.enter_context(closing(opened(bounded, 1 + number % 20)))
            connections.append(connection)
            with suppress(BrokenPipeError, ConnectionResetError):  # it was refused before it had sent all
                connection.sendall(f"{HEAD}Content-Length: {MIB}\r\n\r\n".encode() + body)
        answered, most = [], before
        until = time.monotonic() + SECONDS
        while len(answered) <= UNFINISHED / 2 and time.monotonic() < until:
            time.sleep(0.05)
            answered, _, _ = select.select(connections, [], [], 0)
            most = max(most, bounded.resident_bytes())
        assert len(answered) > UNFINISHED / 2
        assert most - before < 48 * MIB
        assert is_well(bounded)


def test_a_body_that_has_no_room_is_told_to_come_again(bounded):
    with ExitStack() as stack:
        for _ in range(4):
            waiting = stack.enter_context(closing(opened(bounded, 30)))
            waiting.sendall(f"{HEAD}Content-Length: {MIB}\r\n\r\n".encode() + b" " * (MIB - 10))
        time.sleep(0.3)
        one_more = stack.enter_context(closing(opened(bounded, 30)))
        one_more.sendall(f"{HEAD}Content-Length: {MIB // 2}\r\n\r\n".encode() + b" " * (MIB // 2))
        (answer,) = answers(one_more, 1)
        assert (answer.status, answer.headers["retry-after"], answer.headers["connection"]) == (
            503,
            "1",
            "close",
        )
        small = stack.enter_context(closing(opened(bounded, 30)))
        small.sendall(f"{HEAD}Content-Length: 2\r\n\r\n{{}}".encode())
        (answer,) = answers(small, 1)
        assert answer.status == 401
        elsewhere = stack.enter_context(closing(opened(bounded, 31)))
        elsewhere.sendall(f"{HEAD}Content-Length: {MIB}\r\n\r\n".encode() + b" " * MIB)
        (answer,) = answers(elsewhere, 1)
        assert answer.status == 401


def test_one_address_has_so_many_connections_and_leaves_the_others_theirs(bounded):
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(opened(bounded, 40))) for _ in range(45)]
        for connection in connections:
            connection.settimeout(0.2)
        time.sleep(0.3)
        ended = sum(_is_closed(connection) for connection in connections)
        assert ended == 5
        assert is_well(bounded)
    again = opened(bounded, 40)
    with closing(again):
        again.sendall(b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answers(again, 1)[0].status == 200


def _is_closed(connection):
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def test_a_body_that_comes_steadily_may_take_longer_and_one_that_trickles_may_not(bounded):
    """Longer than the first seconds: 100 KiB a second are enough, and a byte now and then is not."""
    whole, piece = 320 * 1024, 32 * 1024
    with closing(opened(bounded, 50)) as steady:
        steady.sendall(f"{HEAD}Content-Length: {whole}\r\n\r\n".encode())
        for _ in range(whole // piece):
            steady.sendall(b" " * piece)
            time.sleep(0.3)
        assert answers(steady, 1)[0].status == 401
    with closing(opened(bounded, 51)) as trickling:
        trickling.sendall(f"{HEAD}Content-Length: {whole}\r\n\r\n".encode())
        received = []
        for _ in range(40):
            trickling.sendall(b" ")
            trickling.settimeout(0.1)
            try:
                received = answers(trickling, 1)
            except TimeoutError:
                continue
            break
        assert received[0].status == 408


@pytest.mark.parametrize(
    ("operation_id", "status"), [("create_organization", 413), ("log_in", 413), ("issue_token", 400)]
)
def test_who_asks_before_sending_too_much_is_refused_and_not_told_to_continue(bounded, operation_id, status):
    operation = BY_ID[operation_id]
    head = (
        f"POST /api/v1{operation.path} HTTP/1.1\r\nHost: x\r\nContent-Type: {operation.media_type}\r\n"
        f"Expect: 100-Continue\r\nContent-Length: {body_limit(operation) + 1}\r\n\r\n"
    )
    with closing(opened(bounded, 52)) as connection:
        connection.sendall(head.encode())
        received = connection.recv(65_536)
        assert received.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"\r\nconnection: close\r\n" in received.lower()


@pytest.mark.parametrize(
    "operation", those(lambda operation: operation.is_public and operation.schema), ids=str
)
def test_what_anybody_may_send_is_small(operation, anonymous):
    limit = body_limit(operation)
    assert limit <= 65_536
    media_type = operation.media_type
    whole = b"a=" + b"x" * limit if media_type == FORM else b'{"a": "' + b"x" * limit + b'"}'
    path = operation.path
    answer = anonymous.request(operation.method, path, content=whole, headers={"Content-Type": media_type})
    if "x-errors" in operation.node:
        assert answer.status_code in (400, 403)
    else:
        assert refused(answer) == (413, "body_too_large")
