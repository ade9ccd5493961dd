"""Requests to an application of this process, and the errors that it logs meanwhile."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx


class ServerErrors(logging.Handler):
    """The errors that applications of this process have logged: an exception, or what an answer breaks of the contract."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        cause = getattr(record, "fault", None) or str(error).partition("\n")[0]
        kind = f"{type(error).__name__}: " if error else ""
        self.messages.append(f"{record.getMessage()}: {kind}{cause}")

    @contextmanager
    def recording(self) -> Iterator["ServerErrors"]:
        """Record from now on, from nothing; the log says nothing else."""
        logger = logging.getLogger("remit")
        before = logger.level, logger.propagate
        self.messages.clear()
        logger.addHandler(self)
        logger.setLevel(logging.ERROR)
        logger.propagate = False
        try:
            yield self
        finally:
            logger.removeHandler(self)
            logger.setLevel(before[0])
            logger.propagate = before[1]


class InProcess(httpx.BaseTransport):
    """Asks an ASGI application without a socket, in an event loop of its own thread.

    An internal error of the application is an AssertionError that names its cause.
    """

    def __init__(self):
        self.errors = ServerErrors()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.app = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        response = asyncio.run_coroutine_threadsafe(self._ask(request), self.loop).result(30)
        if response.status_code == 500:
            # No check expects it: what follows would only be about the answer that was to come.
            raise AssertionError(f"{request.method} {request.url.path} answered 500: {self.errors.messages}")
        return response

    async def _ask(self, request):
        scope = {
            "type": "http",
            "method": request.method,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 1),
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": request.content, "more_body": False}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        body = httpx.ByteStream(b"".join(message.get("body", b"") for message in sent))
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], stream=body)

    def unfinished(self, path: str, *, size: int, count: int) -> list[int | None]:
        """The statuses of ``count`` requests whose bodies have ``size`` bytes so far; None for those that wait for more."""
        return asyncio.run_coroutine_threadsafe(self._unfinished(path, size, count), self.loop).result(30)

    async def _unfinished(self, path, size, count):
        gone, tasks, statuses = asyncio.Event(), [], {}

        async def ask(number):
            parts = [{"type": "http.request", "body": b" " * size, "more_body": True}]

            async def receive():
                if parts:
                    return parts.pop()
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message):
                statuses.setdefault(number, message.get("status"))

            headers = [(b"content-type", b"application/json"), (b"content-length", b"1048576")]
            scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
            await self.app({**scope, "client": ("192.0.2.1", 1)}, receive, send)

        for number in range(count):
            tasks.append(asyncio.create_task(ask(number)))
            await asyncio.wait(tasks[-1:], timeout=0.2)
        answered = [statuses.get(number) for number in range(count)]
        gone.set()
        await asyncio.gather(*tasks)
        return answered
