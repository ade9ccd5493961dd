"""The bridge from ASGI to Flask: one hop to a thread with the whole request, one back with the whole answer."""

import asyncio
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

from connexion.apps.flask import FlaskApi, FlaskApp, FlaskASGIApp

from handlers.http.flask_app import RemitFlask, view_of
from models.base.errors import Unavailable
from security import passwords

PASSWORDS = "Too many passwords are being checked now. Nothing was stored; try again."
OUTSIDE = "Too many wait for an answer from outside now. Nothing was stored; try again."


class Lane:
    """Where requests that take long go, a few at a time, so that the others find free threads.

    ``width`` run at once, ``length`` wait for ``seconds`` at most; who comes then is told to come again (``crowded``).
    """

    def __init__(self, width, length, seconds, crowded):
        self.room, self.crowded = asyncio.Semaphore(width), crowded
        self.length, self.seconds, self.waiting = length, seconds, 0

    async def run(self, threads, function, argument):
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

    def __init__(self, count):
        self.queue = SimpleQueue()
        for number in range(count):
            Thread(target=self._work, name=f"handler-{number}", daemon=True).start()

    def run(self, function, argument):
        """An awaitable of ``function(argument)``, run by one of the threads."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.queue.put((loop, future, function, argument))
        return future

    def _work(self):
        while True:
            loop, future, function, argument = self.queue.get()
            try:
                result = function(argument)
            except BaseException as error:
                deliver, result = _fail, error
            else:
                deliver = _finish
            with suppress(RuntimeError):  # the loop was closed while the handler ran: nobody waits any more
                loop.call_soon_threadsafe(deliver, future, result)


def _finish(future, result):
    if not future.cancelled():
        future.set_result(result)


def _fail(future, error):
    if not future.cancelled():
        future.set_exception(error)


class Bridge(FlaskASGIApp):
    """Takes the place of ``a2wsgi``: an exchange is handed to a thread whole, and its answer back whole.

    In the thread, the application of Flask is called with it, as by any server of WSGI.
    """

    def __init__(self, threads):
        self.app = RemitFlask()
        self.frame = None
        self.threads = Threads(threads)
        self.passwords = Lane(passwords.AT_ONCE, 256, 10, PASSWORDS)
        self.outside = Lane(max(1, threads // 2), 64, 2, OUTSIDE)

    @property
    def views(self):
        """The frame around each operation's handler, by operationId."""
        return self.app.views

    def add_api(self, specification, *, name=None, **kwargs):
        api = FramedApi(specification, frame=self.frame, app=self.app, **kwargs)
        self.app.register_blueprint(api.blueprint)
        for rule in self.app.url_map.iter_rules():
            self.app.rules[rule.endpoint.rpartition(".")[2]] = rule
        return api

    async def __call__(self, scope, receive, send):
        exchange = scope["extensions"]["remit"]
        # The edge is waiting for the whole answer: it is handed over as it is, not as messages.
        if exchange.plan.outside:
            exchange.answer = await self.outside.run(self.threads, self.app.serve, exchange)
        elif exchange.has_password:
            exchange.answer = await self.passwords.run(self.threads, self.app.serve, exchange)
        else:
            exchange.answer = await self.threads.run(self.app.serve, exchange)


class FramedApi(FlaskApi):
    """Registers the frame around each handler as the view of its operation."""

    def __init__(self, *args, frame, app, plans, **kwargs):
        self.frame, self.app, self.plans = frame, app, plans
        super().__init__(*args, **kwargs)

    def make_operation(self, operation):
        plan = self.plans[operation.operation_id]
        self.app.views[plan.operation_id] = self.frame.around(plan)
        return view_of(self.app, plan.operation_id)


class BridgedApp(FlaskApp):
    """Connexion's Flask application over the bridge."""

    def __init__(self, bridge, **options):
        self._middleware_app = bridge
        super(FlaskApp, self).__init__("remit", **options)
        self.app = bridge.app
