"""The server: uvicorn, with strict heads, a deadline for each, and problems instead of plain text for what is not HTTP."""

import asyncio
from functools import cache
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from handlers.http import heads
from handlers.http.budget import Connections
from handlers.http.chunks import Chunks
from handlers.http.refusals import MalformedRequest
from models.base.errors import Refusal
from models.base.settings import settings


class Protocol(HttpToolsProtocol):
    """A connection.  The parser is given one head, then the body that belongs to it, then the next head.

    Where a message ends is known before the parser sees the next byte, so that what it read never depends on how the bytes
    were divided into packets.  When something is not HTTP, the requests before it are answered, then a problem, and the
    connection is closed.  A head that takes too long closes the connection without an answer.
    """

    is_counted = False
    deadline = None
    is_over = False  # no more is read from the connection
    buffer = b""  # of a head that is not complete
    may_begin = False  # whether the parser may see the beginning of a message
    in_body = False
    length: int | None = 0  # of the body, what is still to come; None: chunks
    chunks = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else "local"
        self.is_counted = open_connections().enter(self.peer)  # those that are too many are closed at once
        if not self.is_counted:
            self.is_over = True
            transport.close()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.is_counted:
            open_connections().leave(self.peer)
        self._head_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        seen, data, self.buffer = len(self.buffer), self.buffer + data, b""
        index = 0
        try:
            while index < len(data) and not self.is_over:
                index = self._read_body(data, index) if self.in_body else self._read_head(data, index, seen)
                seen = 0
        except Refusal as refusal:
            self._refuse(refusal)
        if self.cycle and self.cycle.response_complete and not self.is_over:
            self._wait_for_more()

    def _read_head(self, data: bytes, start: int, seen: int) -> int:
        """Read a head, when it is complete; where it ends.  Of its bytes, ``seen`` were looked at before."""
        if data.startswith(b"\r\n", start) and (lines := heads.EMPTY_LINES.match(data, start)):
            start, seen = lines.end(), 0  # RFC 9112 §2.2
        end = data.find(heads.END, start + max(0, seen - 3), start + heads.MAX_UNREAD_BYTES)
        if end < 0:
            self.buffer = data[start:]
            heads.refuse_early(self.buffer[: heads.MAX_UNREAD_BYTES], max(0, seen - 1))
            return len(data)
        end += len(heads.END)
        head = heads.read(data[start:end])
        self._head_is_here()
        self.length, self.may_begin = head.length, True
        self.chunks = Chunks() if head.length is None else None
        self._feed(head.data, is_end=head.length == 0)
        return end

    def _read_body(self, data: bytes, start: int) -> int:
        """Read what belongs to the body; where that ends."""
        if self.chunks:
            body_end = self.chunks.end_in(data, start)
            end, is_end = body_end or len(data), body_end is not None
        else:
            length = self.length or 0
            end = min(len(data), start + length)
            self.length = length - (end - start)
            is_end = self.length == 0
        self._feed(data[start:end], is_end)
        return end

    def _feed(self, data: bytes, is_end: bool) -> None:
        """Have the parser read.  It must come to the end of the message when that is the end of the data, and only then."""
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise MalformedRequest("The request is not valid HTTP/1.1.") from error
        if is_end == self.in_body:
            raise MalformedRequest("The end of the request is ambiguous.")

    def on_message_begin(self) -> None:
        if not self.may_begin:
            raise MalformedRequest("A message starts inside another message.")
        self.may_begin, self.in_body = False, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.headers = []  # trailers are no headers (RFC 9110 §6.5)

    def on_message_complete(self) -> None:
        self.in_body = False
        self.is_over = not self.cycle.keep_alive
        super().on_message_complete()

    def _wait_for_more(self) -> None:
        """All that came is answered: the rest of a body or of a head has a deadline, and a new head may take its time."""
        if not (self.in_body or self.buffer):
            self._head_is_here()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        elif self.deadline is None:
            self._expect_head()

    def _expect_head(self) -> None:
        self._head_is_here()
        self.deadline = asyncio.get_running_loop().call_later(settings().head_seconds, self._too_slow)

    def _head_is_here(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None

    def _too_slow(self) -> None:
        self.deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        """Have the edge answer with the refusal, after the requests before it, and close.

        A request whose body cannot be read to its end is answered with the refusal alone.
        """
        self.is_over = True
        self._head_is_here()
        if self.transport.is_closing():
            return
        begun: Any = None
        waiting = self.cycle is not None and not self.cycle.response_complete
        if self.in_body and self.cycle and self.cycle.scope is self.scope:
            if self.cycle.response_started:
                self.transport.close()
                return
            begun = self.scope
            if self.pipeline:
                self.pipeline.popleft()
            else:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
                waiting = False
        refusal.headers = {**refusal.headers, "Connection": "close"}
        HttpToolsProtocol.on_message_begin(self)
        begun = begun or {"method": "GET", "path": "", "raw_path": b"", "query_string": b""}
        self.scope: Any = {**self.scope, **begun, "extensions": {"remit.refusal": refusal}}
        self.cycle = self._cycle()
        if waiting:
            self.pipeline.appendleft((self.cycle, self.app))
        else:
            self._start_asgi_task(self.cycle, self.app)

    def _cycle(self) -> RequestResponseCycle:
        cycle = RequestResponseCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        cycle.more_body = False
        return cycle


@cache
def open_connections() -> Connections:
    """The connections of this process.  Behind proxies, which are few and ask for many, they are not told apart."""
    made = settings()
    per_address = None if made.proxies else made.address_connections * made.address_factor
    return Connections(made.connections, per_address)


def config(app: Any, **options: Any) -> uvicorn.Config:
    """The configuration of uvicorn for an application or its import string."""
    return uvicorn.Config(
        app,
        http=Protocol,
        loop="uvloop",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=int(settings().idle_seconds),
        timeout_graceful_shutdown=int(settings().drain_seconds),
        h11_max_incomplete_event_size=65_536,
        ws="none",
        **options,
    )
