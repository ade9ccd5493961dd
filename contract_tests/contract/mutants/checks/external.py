"""Checks of calls of external services: who is called, how often, and where addresses of people lead."""

import itertools
from contextlib import suppress

import pytest

from contract_tests.support import peers
from contract_tests.support.peers import response
from handlers.gateways.external import guarded, http, sockets
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import NoAnswer
from handlers.gateways.external.guarded import Network
from handlers.gateways.external.http import Request
from handlers.gateways.external.services import Service
from models.base.breakers import Breaker, CircuitOpen
from models.base.public_addresses import AddressNotAllowed, AddressPolicy

PUBLIC = "93.184.215.14"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def half_open_lets_one_through(scene):
    breaker = Breaker("check", failures=1, clock=(clock := Clock()))
    with pytest.raises(OSError), breaker.call(lambda error: True):
        raise OSError
    clock.now += breaker.rest_seconds
    passed = 0
    with breaker.call(lambda error: True):
        for _ in range(3):
            with suppress(CircuitOpen), breaker.call(lambda error: None):
                passed += 1
    assert passed == 0, "one call tries a service that failed"


def failures_alone_open_a_breaker(scene):
    for status, calls in ((404, 8), (500, 5)):
        service = Service(f"check{status}", attempts=1)
        with peers.listening(peers.script(response(status))) as peer:
            for _ in range(8):
                with pytest.raises(NoAnswer):
                    http.ask(service, Request("GET", peer.url, "check"), Deadline(5))
            assert peer.count == calls, "a service is left alone when it fails, and not when it refuses"


def a_write_is_sent_once(scene):
    with peers.listening(peers.script(response(503))) as peer:
        with pytest.raises(NoAnswer):
            http.ask(Service("check"), Request("POST", peer.url, "check", content=b"{}"), Deadline(5))
        assert peer.count == 1, "what the service may have read is not sent again"


def an_answer_is_bounded(scene):
    with peers.listening(peers.say(response(200, b" " * 300_000))) as peer:
        try:
            answer = http.ask(Service("check"), Request("GET", peer.url, "check"), Deadline(5))
        except NoAnswer:
            answer = None
    assert answer is None, "an answer has so many bytes at most"


def addresses_of_people_are_public(scene):
    with peers.listening(peers.script(response(200, b"secret"))) as peer:
        for meanings in ([["127.0.0.1"]], [["64:ff9b::7f00:1"]], [["192.0.0.192"]], [[PUBLIC], ["10.0.0.1"]]):
            names = itertools.chain(meanings, itertools.repeat(meanings[-1]))
            reached = []

            def connect(address, port, seconds, peer=peer, reached=reached):
                reached.append(address)
                return sockets.connect("127.0.0.1", peer.port, seconds)

            network = Network(AddressPolicy(), lambda host, port, seconds, names=names: next(names), connect)
            with suppress(AddressNotAllowed, NoAnswer):
                guarded.call(
                    Service("check", attempts=1, has_breaker=False), "POST", "https://hooks.example.com/",
                    seconds=5, network=network,
                )  # fmt: skip
            assert set(reached) <= {PUBLIC}, "an address of a person leads to the public internet"


def addresses_of_people_need_tls(scene):
    with peers.listening(peers.script(response())) as peer:
        network = Network(
            AddressPolicy(),
            lambda host, port, seconds: [PUBLIC],
            lambda address, port, seconds: sockets.connect("127.0.0.1", peer.port, seconds),
        )
        with suppress(AddressNotAllowed, NoAnswer):
            guarded.call(
                Service("check", attempts=1, has_breaker=False), "GET", "http://hooks.example.com:443/",
                seconds=5, network=network,
            )  # fmt: skip
        assert peer.count == 0, "an address of a person is called with TLS alone"
