"""A conversation by HTTP with somebody outside: over in time, whatever the other side does, and little is read of it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any, Self

import httpx
import orjson
from authlib.oauth2.client import ClientAuth

MAX_ANSWER_BYTES = 262_144  # bytes of one answer
CONNECTED_EVENT = "connection.connect_tcp.complete"


class NoAnswer(Exception):
    """The other side gave no answer that its protocol has, or not in time; in words for whoever runs the server."""


class Conversation:
    """Requests to one service that together take ``seconds`` at most.

    Redirects are not followed: what is asked is asked of whom the settings name.  A connection that is still open when the
    time is over is shut down, however slowly the other side goes on.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds, self.is_over = seconds, False
        self.sockets: list[socket.socket] = []
        self.http = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=seconds / 3),  # a name may have several addresses
            follow_redirects=False,
            limits=httpx.Limits(
                max_keepalive_connections=0
            ),  # one that is kept may be closed just as it is used again
            trust_env=False,
            verify=_trust(),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "remit"},
        )

    def __enter__(self) -> Self:
        self.deadline = threading.Timer(self.seconds, self._hang_up)
        self.deadline.daemon = True
        self.deadline.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.deadline.cancel()
        self.http.close()
        for connection in self.sockets:
            connection.close()

    def get(self, url: str, token: str | None = None) -> Any:
        """The JSON value at an address, which must be there."""
        answer = self._ask("GET", url, headers={"Authorization": f"Bearer {token}"} if token else {})
        if answer.status_code != 200:
            raise NoAnswer(f"{url} answered {answer.status_code}")
        return _value(url, answer)

    def post(
        self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> httpx.Response:
        """The answer to a form, which ``auth`` (of Authlib) says who sends: what Authlib calls its session."""
        form = str(httpx.QueryParams(data))
        url, headers, form = auth.prepare("POST", url, dict(headers), form)
        answer = self._ask("POST", url, headers=headers, content=form)
        if 300 <= answer.status_code < 400 or answer.status_code >= 500:
            raise NoAnswer(f"{url} answered {answer.status_code}")
        if not isinstance(_value(url, answer), dict):
            raise NoAnswer(f"{url} answered no object")
        return answer

    def _ask(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            with self.http.stream(method, url, extensions={"trace": self._remember}, **options) as answer:
                if "Content-Encoding" in answer.headers:
                    raise NoAnswer(f"{url} answered in an encoding that was not asked for")
                read = b""
                for piece in answer.iter_raw():
                    read += piece
                    if len(read) > MAX_ANSWER_BYTES:
                        raise NoAnswer(f"{url} answered more than {MAX_ANSWER_BYTES} bytes")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise NoAnswer(f"{url} cannot be asked: {type(error).__name__}") from None
        if self.is_over:
            raise NoAnswer(f"{url} took longer than {self.seconds} seconds")
        return httpx.Response(answer.status_code, headers=answer.headers, content=read)

    def _remember(self, event: str, info: Mapping[str, Any]) -> None:
        """Keep a hand on each connection that httpx opens, which TLS does not take away, to be able to end it."""
        if event == CONNECTED_EVENT:
            self.sockets.append(info["return_value"].get_extra_info("socket").dup())
            if self.is_over:
                self._hang_up()

    def _hang_up(self) -> None:
        self.is_over = True
        for connection in list(self.sockets):
            with contextlib.suppress(OSError):  # it may have ended at this moment
                connection.shutdown(socket.SHUT_RDWR)


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates are believed, read once."""
    return httpx.create_ssl_context(trust_env=False)


def _value(url: str, answer: httpx.Response) -> Any:
    try:
        return orjson.loads(answer.content)
    except ValueError:
        raise NoAnswer(f"{url} answered no JSON") from None
