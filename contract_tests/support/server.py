"""A real server for tests: uvicorn on a loopback port, in a thread of the test process, over a database of its own."""

import socket
import threading
from dataclasses import dataclass, field

import psycopg2
import uvicorn
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from models.base.database import ALLOW_ALL_TENANTS, Connection
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
    server_socket = socket.socket()
    server_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server_socket.bind(("127.0.0.1", 0))
    server_socket.listen(2048)
    return server_socket


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
    of_the_server.configure(settings().served_database_url, row_security=True)
    database.configure(owner_url)
    connect, close, spare = type(database)._connect, type(database)._close, Spare()

    def is_of_the_server():
        return threading.current_thread().name.startswith("handler-")

    def target():
        return database.database, dict(database.connect_params)

    def connected():
        if is_of_the_server():
            return connect(of_the_server)
        return (None if database.uses_rls() else spare.take(target())) or connect(database)

    def closed(connection):
        if is_of_the_server() or database.uses_rls() or not spare.keep(target(), connection):
            close(database, connection)

    database._connect, database._close = connected, closed


class Spare:
    """A connection of the tests that is not used now: most of them only look something up, and opening one takes longer."""

    def __init__(self):
        self.lock, self.entry = threading.Lock(), None

    def take(self, target):
        """The connection, as if it were new, where it leads to the same database; else None."""
        with self.lock:
            entry, self.entry = self.entry, None
        if entry is None:
            return None
        of, connection = entry
        try:
            if of == target:
                mode, connection.autocommit = connection.autocommit, True
                with connection.cursor() as cursor:
                    cursor.execute("discard all")
                    cursor.execute(ALLOW_ALL_TENANTS)
                connection.autocommit = mode
                connection.prepared.clear()
                return connection
        except psycopg2.Error:  # its server has ended it meanwhile
            pass
        connection.close()
        return None

    def keep(self, target, connection):
        """Whether the connection waits to be used again, and need not be closed."""
        is_idle = not connection.closed and connection.info.transaction_status == TRANSACTION_STATUS_IDLE
        with self.lock:
            if self.entry or not is_idle or not isinstance(connection, Connection):
                return False
            self.entry = target, connection
            return True
