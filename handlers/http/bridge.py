"""The bridge from ASGI to Flask: one hop to a thread with the whole request, one back with the whole answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from connexion.apps.flask import FlaskASGIApp
from starlette.types import Receive, Scope, Send

from handlers.http.compiled import Plans, WhenUsed
from handlers.http.connexion_app import FramedApi
from handlers.http.flask_app import RemitFlask
from models.base.errors import Unavailable
from security import passwords

PASSWORDS_REJECTION = "Too many passwords are being checked. Nothing was saved; try again."
EXTERNAL_CALLS_REJECTION = (
    "Too many requests are waiting for external services. Nothing was saved; try again."
)


class Bulkhead:
    """Runs slow requests a few at a time, so that the others find free threads (the bulkhead pattern).

    ``width`` run at once, and ``length`` wait, for ``seconds`` at most; others are refused (503) with ``rejection_message``.
    """

    def __init__(self, width: int, length: int, seconds: float, rejection_message: str) -> None:
        self.semaphore, self.rejection_message = asyncio.Semaphore(width), rejection_message
        self.length, self.seconds, self.waiting = length, seconds, 0

    async def run(self, threads: "Threads", function: Callable, argument: Any) -> Any:
        if self.waiting >= self.length:
            raise Unavailable(self.rejection_message)
        self.waiting += 1
        try:
            await asyncio.wait_for(self.semaphore.acquire(), self.seconds)
        except TimeoutError:
            raise Unavailable(self.rejection_message) from None
        finally:
            self.waiting -= 1
        try:
            return await threads.run(function, argument)
        finally:
            self.semaphore.release()


class Threads:
    """The threads that handlers run in.  A queue in, the loop's own call back: no more is needed to wait for an answer."""

    def __init__(self, count: int) -> None:
        self.queue = SimpleQueue()
        for number in range(count):
            Thread(target=self._work, name=f"handler-{number}", daemon=True).start()

    def run(self, function: Callable, argument: Any) -> Any:
        """An awaitable of ``function(argument)``, run by one of the threads."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.queue.put((loop, future, function, argument))
        return future

    def _work(self) -> None:
        while True:
            loop, future, function, argument = self.queue.get()
            deliver: Callable = _finish
            try:
                result = function(argument)
            except BaseException as error:
                deliver, result = _fail, error
            with suppress(RuntimeError):  # the loop was closed while the handler ran: nobody waits any more
                loop.call_soon_threadsafe(deliver, future, result)


def _finish(future: asyncio.Future, result: Any) -> None:
    if not future.cancelled():
        future.set_result(result)


def _fail(future: asyncio.Future, error: BaseException) -> None:
    if not future.cancelled():
        future.set_exception(error)


class Bridge(FlaskASGIApp):
    """Takes the place of ``a2wsgi``: a request context is handed to a thread whole, and its answer back whole.

    In the thread, the application of Flask is called with it, as by any server of WSGI.
    """

    def __init__(self, threads: int, plans: Plans) -> None:
        self.app = RemitFlask()
        self.app.views = WhenUsed(lambda operation_id: self.frame.around(plans[operation_id]))
        self.frame: Any = None  # set before anything is served
        self.threads = Threads(threads)
        self.passwords = Bulkhead(passwords.MAX_CONCURRENT_HASHES, 256, 10, PASSWORDS_REJECTION)
        self.external_calls = Bulkhead(max(1, threads // 2), 64, 2, EXTERNAL_CALLS_REJECTION)

    @property
    def views(self) -> dict:
        """The frame around each operation's handler, by operationId."""
        return self.app.views

    def add_api(self, specification: Any, *, name: Any = None, **kwargs: Any) -> FramedApi:
        api = FramedApi(specification, app=self.app, **kwargs)
        self.app.register_blueprint(api.blueprint)
        self.app.rules = WhenUsed(api.rule)
        return api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = scope["extensions"]["remit"]
        # The edge is waiting for the whole answer: it is handed over as it is, not as messages.
        if context.plan.external_call:
            context.answer = await self.external_calls.run(self.threads, self.app.serve, context)
        elif context.has_password:
            context.answer = await self.passwords.run(self.threads, self.app.serve, context)
        else:
            context.answer = await self.threads.run(self.app.serve, context)
