"""Conversations with somebody outside who does not keep to any protocol, on loopback."""

import time

import pytest

from contract_tests.support import peers
from contract_tests.support.peers import HEAD, say
from handlers.gateways.conversation import Conversation, NoAnswer
from handlers.gateways.external.services import Service

SECONDS = 0.6


@pytest.fixture
def peer():
    """Makes listeners on loopback, each of which does something with its connections: ``(url without scheme)``."""
    listeners = []

    def listen(act):
        listeners.append(peers.Peer(act))
        return f"127.0.0.1:{listeners[-1].port}/"

    yield listen
    for listener in listeners:
        listener.close()


def asked(url):
    begun = time.monotonic()
    try:
        return Conversation(Service("peer"), SECONDS).get(url)
    finally:
        assert time.monotonic() - begun < SECONDS + 0.5


def test_what_is_answered_is_read(peer):
    answer = HEAD + b'Content-Length: 7\r\n\r\n{"a":1}'
    assert asked(f"http://{peer(say(answer))}") == {"a": 1}


@pytest.mark.parametrize(
    "act",
    [
        say(last=5),
        say(*[b"H"] * 100, pause=0.1),
        say(HEAD, *[b"X-More: 1\r\n"] * 100, pause=0.1),
        say(HEAD + b"Content-Length: 100\r\n\r\n", *[b" "] * 100, pause=0.1),
        say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\n \r\n"] * 100, pause=0.1),
        say(),
        say(b"220 mail.example ESMTP\r\n"),
        say(HEAD + b"Content-Length: 100\r\n\r\n{}"),
        say(HEAD + b"Content-Length: 1000000000\r\n\r\n" + b" " * 300_000),
        say(HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n{}"),
        say(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
    ],
)
def test_no_answer_is_soon_over(act, peer):
    with pytest.raises(NoAnswer):
        asked(f"http://{peer(act)}")


@pytest.mark.parametrize(
    "act", [say(last=5), say(*[b"\x16"] * 100, pause=0.1), say(b"HTTP/1.1 400 Bad Request\r\n\r\n")]
)
def test_a_peer_that_does_not_speak_tls_is_soon_over(act, peer):
    with pytest.raises(NoAnswer):
        asked(f"https://{peer(act)}")


def test_who_is_not_there_is_told_at_once():
    with pytest.raises(NoAnswer):
        asked(f"http://127.0.0.1:{peers.closed_port()}/")


def test_several_requests_together_have_the_time_of_one(peer):
    answer = HEAD + b"Content-Length: 2\r\n\r\n{}"
    url = f"http://{peer(say(answer[:5], answer[5:], pause=0.25))}"
    begun = time.monotonic()
    conversation = Conversation(Service("peer"), SECONDS)
    with pytest.raises(NoAnswer):
        for _ in range(5):
            conversation.get(url)
    assert time.monotonic() - begun < SECONDS + 0.5
