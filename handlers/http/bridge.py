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

PASSWORDS = "Too many passwords are being checked. Nothing was saved; try again."
OUTSIDE = "Too many requests are waiting for external services. Nothing was saved; try again."


class Lane:
    """Where requests that take long go, a few at a time, so that the others find free threads.

    ``width`` run at once, ``length`` wait for ``seconds`` at most; who comes then is told to come again (``crowded``).
    """

    def __init__(self, width: int, length: int, seconds: float, crowded: str) -> None:
        self.room, self.crowded = asyncio.Semaphore(width), crowded
        self.length, self.seconds, self.waiting = length, seconds, 0

    async def run(self, threads: "Threads", function: Callable, argument: Any) -> Any:
        if self.waiting >= self.length:
            raise Unavailable(self.crowded)
        self.waiting += 1
        try:
            await asyncio.wait_for(self.room.acquire(), self.seconds)
        except TimeoutError:
            raise Unavailable(self.crowded) from None
        finally:
            self.waiting -= 1
        try:
            return await threads.run(function, argument)
        finally:
            self.room.release()


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
    """Takes the place of ``a2wsgi``: an exchange is handed to a thread whole, and its answer back whole.

    In the thread, the application of Flask is called with it, as by any server of WSGI.
    """

    def __init__(self, threads: int, plans: Plans) -> None:
        self.app = RemitFlask()
        self.app.views = WhenUsed(lambda operation_id: self.frame.around(plans[operation_id]))
        self.frame: Any = None  # set before anything is served
        self.threads = Threads(threads)
        self.passwords = Lane(passwords.AT_ONCE, 256, 10, PASSWORDS)
        self.outside = Lane(max(1, threads // 2), 64, 2, OUTSIDE)

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
        exchange = scope["extensions"]["remit"]
        # The edge is waiting for the whole answer: it is handed over as it is, not as messages.
        if exchange.plan.outside:
            exchange.answer = await self.outside.run(self.threads, self.app.serve, exchange)
        elif exchange.has_password:
            exchange.answer = await self.passwords.run(self.threads, self.app.serve, exchange)
        else:
            exchange.answer = await self.threads.run(self.app.serve, exchange)
