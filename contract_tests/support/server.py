"""A real server for tests: uvicorn on a loopback port, in a thread of the test process, over a database of its own."""

import socket
import threading
from dataclasses import dataclass, field

import uvicorn

from models.base.settings import settings


@dataclass
class Person:
    """Somebody who is registered: how to log in, and with which role in which organization."""

    email: str
    password: str
    role: str
    id: str = ""
    organization_id: str = ""
    token: str = ""


@dataclass
class Live:
    """The running server and the people in it."""

    host_url: str
    edge: object = None
    provider: object = None
    people: dict = field(default_factory=dict)
    organization_id: str = ""
    foreign_organization_id: str = ""

    @property
    def base_url(self):
        return f"{self.host_url}/api/v1"

    @property
    def openapi_url(self):
        return f"{self.host_url}/openapi.json"

    @property
    def plans(self):
        """The compiled operations, by id: the same objects that answer, so that a test can plant a fault."""
        return self.edge.compiled.plans


def listener():
    """A listening socket on a free loopback port."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    found.listen(2048)
    return found


class Running:
    """An ASGI application served by a thread until ``stop``."""

    def __init__(self, app, sock):
        from handlers.http.server import config

        self.server = uvicorn.Server(config(app))
        self.server.install_signal_handlers = lambda: None
        self.started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(sock,), daemon=True)
        self.thread.start()
        if not self.started.wait(20):
            raise RuntimeError("The server did not start.")

    def _run(self, sock):
        startup = self.server.startup

        async def started(sockets=None):
            await startup(sockets)
            self.started.set()

        self.server.startup = started
        self.server.run(sockets=[sock])

    def stop(self):
        self.server.should_exit = True
        self.thread.join(10)


def two_sides(database, owner_url):
    """Let the server of this process connect as it was configured, from its own threads, and the tests as the owner."""
    of_the_server = type(database)()
    of_the_server.configure(settings().served_database_url, guarded=True)
    database.configure(owner_url)
    connect = type(database)._connect
    database._connect = lambda: connect(
        of_the_server if threading.current_thread().name.startswith("handler-") else database
    )
