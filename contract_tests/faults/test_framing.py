"""Framing: a request is read as RFC 9112 says, wherever the packets that carry it begin and end."""

import asyncio
import re

import pytest

from contract_tests.faults import framing
from contract_tests.faults.framing import outcome
from contract_tests.faults.good_requests import GOOD
from contract_tests.faults.hostile_requests import HOSTILE
from handlers.http import heads
from handlers.http.server import Protocol

CASES = {**GOOD, **HOSTILE}


def came_of(*packets):
    return asyncio.run(outcome(packets))


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_a_request_is_read_as_its_standard_says(data, expected):
    answers, is_closed = came_of(data)
    assert answers == expected
    assert is_closed == (type(expected[-1]) is int or b"close" in data or b"HTTP/1.0" in data)


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_packets_make_no_difference(data):
    async def differing():
        whole = await outcome([data])
        byte_by_byte = [data[n : n + 1] for n in range(len(data))]
        splits = [[data[:n], data[n:]] for n in range(1, len(data))]
        return [packets for packets in [byte_by_byte, *splits] if await outcome(packets) != whole]

    assert asyncio.run(differing()) == []


class Merging(Protocol):
    """Takes trailers for headers."""

    def on_headers_complete(self):
        headers = self.headers
        super().on_headers_complete()
        self.headers = headers


class Hasty(Protocol):
    """Answers with a refusal before the requests that came before it."""

    def _refuse(self, refusal):
        self.is_over = True
        self.transport.write(b"HTTP/1.1 %d \r\ncontent-length: 0\r\n\r\n" % refusal.status)
        self.transport.close()


class Forgetful(Protocol):
    """Takes what a packet leaves of a head for the beginning of nothing."""

    def data_received(self, data):
        self.buffer = b""
        super().data_received(data)


FIELDS = rb"\n(Host|Content-Length|Transfer-Encoding):([^\r]*)"
PLANTED = {
    "an upgrade is honored": {"DECISIVE": re.compile(FIELDS, re.I)},
    "every host is a host": {"HOST": re.compile(rb".*")},
    "blanks divide a request line": {"REQUEST_LINE": re.compile(rb"(\S+) +(\S+) +HTTP/([0-9])\.([0-9])")},
    "a length is what int reads": {
        "_length": lambda lengths, codings, version: abs(int(lengths[0])) if lengths else None
    },
    "trailers are headers": {"Protocol": Merging},
    "a refusal comes first": {"Protocol": Hasty},
    "packets are requests": {"Protocol": Forgetful},
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_of_reading_is_noticed(planted, monkeypatch):
    for name, value in planted.items():
        monkeypatch.setattr(framing if name == "Protocol" else heads, name, value)

    async def is_noticed(data, expected):
        half = len(data) // 2
        try:
            results = [await outcome([data]), await outcome([data[:half], data[half:]])]
        except (AssertionError, ValueError):
            return True
        return any(answers != expected for answers, _ in results)

    assert any(asyncio.run(is_noticed(*case)) for case in CASES.values())
