"""The server: uvicorn, with a deadline for heads, and problems instead of plain text for what is not HTTP."""

import asyncio

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from handlers.http import problems, refusals
from models.base.ids import new_id
from models.base.settings import settings


class Protocol(HttpToolsProtocol):
    """A connection.  One whose head takes too long is closed; what is not HTTP is answered with a problem before that."""

    deadline = None

    def connection_made(self, transport):
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc):
        self._head_is_here()
        super().connection_lost(exc)

    def on_message_begin(self):
        super().on_message_begin()
        self.head_bytes = 0

    def on_headers_complete(self):
        self._head_is_here()
        super().on_headers_complete()

    def data_received(self, data):
        if self.deadline is None and self.cycle and self.cycle.response_complete:
            self._expect_head()  # the first bytes of the next request; until then the connection may stand idle
        awaited = self.deadline
        super().data_received(data)
        # Only while the head is not complete do all bytes belong to it: a body may come along with its head.
        if awaited and awaited is self.deadline and not self.transport.is_closing():
            self.head_bytes += len(data)
            if self.head_bytes > 131_072:
                self._refuse(refusals.HeadTooLarge("At most 32768 bytes are read."))

    def _expect_head(self):
        self._head_is_here()
        self.head_bytes = 0
        self.deadline = asyncio.get_running_loop().call_later(settings().head_seconds, self._too_slow)

    def _head_is_here(self):
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None

    def _too_slow(self):
        self.deadline = None
        if not self.transport.is_closing():
            self.transport.close()

    def send_400_response(self, msg):
        self._refuse(refusals.MalformedRequest("The request is not HTTP/1.1."))

    def _refuse(self, refusal):
        request_id = new_id()
        answer = problems.answer(refusal, request_id)
        policy = '"public";q=300;w=60'
        head = [
            f"HTTP/1.1 {answer.status} {refusal.title()}",
            f"content-type: {problems.MEDIA_TYPE}",
            f"content-length: {len(answer.body)}",
            f"request-id: {request_id}",
            f"ratelimit-policy: {policy}",
            'ratelimit: "public";r=0;t=60',
            "connection: close",
        ]
        self.transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + answer.body)
        self.transport.close()


def config(app, **options):
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
