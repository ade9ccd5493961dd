"""Calls of external services by HTTP: what is tried again and when, and who is not called, with real servers on loopback."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from limits import parse

from contract_tests.support import peers
from contract_tests.support.peers import response
from contract_tests.unit.test_breakers import Clock
from handlers.gateways.external import http
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import (
    Busy,
    Declined,
    Malformed,
    NoAnswer,
    RateLimited,
    Resting,
    TimedOut,
)
from handlers.gateways.external.http import Request
from handlers.gateways.external.services import Service

SECONDS = 5.0


@pytest.fixture
def waits(monkeypatch):
    """The pauses before retries, in which nobody sleeps."""
    waits = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waits.append))
    return waits


@pytest.fixture
def service():
    return Service("erp", has_breaker=False)


def ask(service, url, *, seconds=SECONDS, method="GET", **options):
    options = {"is_idempotent": method == "GET", **options}
    return http.ask(service, Request(method, url, "the peer", "127.0.0.1", **options), Deadline(seconds))


def failure(service, url, **options):
    with pytest.raises(NoAnswer) as error:
        ask(service, url, **options)
    return error.value


OK, BAD = response(), response(503)
SOON, NEVER = response(429, b"{}", "Retry-After: 0"), response(503, b"{}", "Retry-After: 3600")
RETRIES = {
    "a read that fails once": ("GET", [BAD, OK], 2, None),
    "a read that fails twice": ("GET", [response(500), BAD, OK], 3, None),
    "a read that fails always": ("GET", [BAD], 3, NoAnswer),
    "a read without an answer": ("GET", [b"", OK], 2, None),
    "a read of what is not there": ("GET", [response(404)], 1, Declined),
    "a read that is refused": ("GET", [response(403)], 1, Declined),
    "a read that is sent on": ("GET", [response(308, b"", "Location: http://127.0.0.1:9/")], 1, NoAnswer),
    "a read that is answered in another protocol": ("GET", [response(101, b"", "Upgrade: x")], 3, NoAnswer),
    "a read that comes too often": ("GET", [response(429)], 1, Declined),
    "a read that may come again": ("GET", [SOON, OK], 2, None),
    "a read that may come again too late": ("GET", [NEVER], 1, NoAnswer),
    "a write that fails": ("POST", [BAD, OK], 1, NoAnswer),
    "a write without an answer": ("POST", [b"", OK], 1, NoAnswer),
    "a write that may come again": ("POST", [SOON, OK], 1, Declined),
}


@pytest.mark.parametrize("what", RETRIES)
def test_what_is_tried_again(what, service, waits):
    method, answers, count, error = RETRIES[what]
    with peers.listening(peers.script(*answers)) as peer:
        if error:
            assert type(failure(service, peer.url, method=method)) is error
        else:
            assert ask(service, peer.url, method=method).json() == {}
        assert (peer.count, len(waits)) == (count, count - 1)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_was_surely_not_sent_is_tried_again_whatever_it_is(method, service, waits):
    error = failure(service, f"http://127.0.0.1:{peers.closed_port()}/", method=method)
    assert (error.is_sent, len(waits)) == (False, 2)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_handshake_that_fails_was_surely_not_sent(method, service, waits):
    with peers.listening(peers.say(b"no TLS\r\n")) as peer:
        error = failure(service, f"https://127.0.0.1:{peer.port}/", method=method)
        assert (error.is_sent, peer.count) == (False, 3)


def test_pauses_grow_and_differ(service, waits):
    with peers.listening(peers.script(BAD)) as peer:
        for _ in range(12):
            failure(service, peer.url)
    firsts, seconds = waits[::2], waits[1::2]
    assert all(0.1 <= wait <= 0.4 for wait in firsts) and all(0.2 <= wait <= 0.5 for wait in seconds)
    assert len(set(waits)) == len(waits)


def test_the_pause_that_the_service_wants_is_kept_and_jitter_comes_on_top(service, waits):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    for value, least, most in (("7", 7, 7.3), (date, 28, 30.4)):
        with peers.listening(peers.script(response(503, b"{}", f"Retry-After: {value}"), OK)) as peer:
            ask(service, peer.url, seconds=60)
        assert least <= waits.pop() <= most


@pytest.mark.parametrize(
    "value", ["", "soon", "-1", "1e9", "9" * 400, "Sat, 99 Foo 2026 00:00:00 GMT", "\u0665"]
)
def test_a_pause_that_is_none_is_no_fault(value, service, waits):
    answer = response(503, b"{}").replace(b"\r\n\r\n", f"\r\nRetry-After: {value}\r\n\r\n".encode(), 1)
    with peers.listening(peers.script(answer)) as peer:
        error = failure(service, peer.url)
    assert error.retry_after is None or 0 <= error.retry_after <= http.MAX_RETRY_AFTER


def test_without_time_for_another_attempt_there_is_none(service, waits):
    with peers.listening(peers.script(BAD)) as peer:
        failure(service, peer.url, seconds=0.35)
        assert (peer.count, waits) == (1, [])


def test_who_drips_is_left_at_the_deadline_and_not_asked_again(service, waits):
    with peers.listening(peers.say(*[b"H"] * 100, pause=0.05)) as peer:
        assert type(failure(service, peer.url, seconds=0.3)) is TimedOut
        assert peer.count == 1


def test_who_reads_nothing_is_left_at_the_deadline(service):
    over = threading.Event()
    with peers.listening(lambda connection: over.wait(10)) as peer:
        error = failure(service, peer.url, method="POST", content=b"x" * 50_000_000, seconds=0.3)
        over.set()
    assert type(error) is TimedOut and error.is_sent


@pytest.mark.parametrize(
    "headers", [{"X-Name": "a\r\nX-Other: b"}, {"X-Name": "\u00e9"}, {"X Name": "a"}, {"X-Name": "a\0"}]
)
def test_a_header_that_is_none_is_not_sent(headers, service, waits):
    with peers.listening(peers.script(OK)) as peer:
        assert type(failure(service, peer.url, headers=headers)) is Malformed
        assert waits == []


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1/", "http://", "http://[", "http://a b/", "//127.0.0.1/"]
)
def test_what_is_no_address_is_not_asked(url, service):
    assert type(failure(service, url)) is Malformed


def test_as_many_as_are_allowed_are_called_at_once_and_no_more():
    service, arrived, over = (
        Service("erp", at_once=2, wait_seconds=0),
        threading.Semaphore(0),
        threading.Event(),
    )

    def act(connection):
        connection.recv(1000)
        arrived.release()
        over.wait(10)
        connection.sendall(OK)

    with peers.listening(act) as peer, ThreadPoolExecutor(2) as threads:
        calls = [threads.submit(ask, service, peer.url) for _ in range(2)]
        assert arrived.acquire(timeout=10) and arrived.acquire(timeout=10)
        assert type(failure(service, peer.url)) is Busy
        over.set()
        assert [call.result().status_code for call in calls] == [200, 200] and peer.count == 2
        assert ask(service, peer.url).json() == {}


def test_a_rate_is_kept_and_what_is_beyond_it_says_nothing_of_the_service():
    service = Service("erp", rate=parse("2/minute"))
    with peers.listening(peers.script(OK)) as peer:
        assert [ask(service, peer.url).status_code for _ in range(2)] == [200, 200]
        for _ in range(10):
            error = failure(service, peer.url)
            assert type(error) is RateLimited and 0 < error.retry_after <= 60
        assert peer.count == 2 and service.breaker.state == "closed"


def test_a_service_that_keeps_failing_is_left_alone_and_then_tried_by_one(waits):
    service = Service("erp", attempts=1, clock=(clock := Clock()))
    with peers.listening(peers.script(*[BAD] * 6, OK)) as peer:
        for _ in range(5):
            assert type(failure(service, peer.url)) is NoAnswer
        error = failure(service, peer.url)
        assert (type(error), error.retry_after, peer.count) == (Resting, 30.0, 5)
        clock.now += 30
        assert type(failure(service, peer.url)) is NoAnswer  # the trial
        assert type(failure(service, peer.url)) is Resting and peer.count == 6
        clock.now += 30
        assert ask(service, peer.url).json() == {} and service.breaker.state == "closed"


def test_nobody_waits_for_a_place_at_a_service_that_is_left_alone():
    service, over = Service("erp", at_once=1, wait_seconds=60, attempts=1), threading.Event()
    with peers.listening(lambda connection: over.wait(10)) as peer, ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(failure, service, peer.url)
        while not peer.count:
            pass
        for _ in range(5):
            with pytest.raises(OSError), service.breaker.call(lambda error: True):
                raise OSError
        assert type(failure(service, peer.url)) is Resting and peer.count == 1
        over.set()
        assert type(hanging.result()) in (NoAnswer, TimedOut)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 429])
def test_refusals_never_keep_others_from_a_service(status):
    service = Service("erp")
    with peers.listening(peers.script(response(status))) as peer:
        assert {type(failure(service, peer.url)) for _ in range(12)} == {Declined}
        assert peer.count == 12


def test_an_error_of_our_own_while_an_answer_is_read_says_nothing_of_the_service():
    service = Service("erp")

    def understand(answer):
        raise KeyError("a fault of ours")

    with peers.listening(peers.script(OK)) as peer:
        for _ in range(12):
            with pytest.raises(KeyError):
                ask(service, peer.url, understand=understand)
        assert service.breaker.state == "closed"
