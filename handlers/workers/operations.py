"""The address of the metrics: metrics of all processes, figures of the queue, and the operators' page where it has a password.

The latter two read the database as the owner of the tables, by a connection of their own.
"""

import os
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.serving import WSGIRequestHandler, make_server

from handlers.workers.queue_metrics import QueueCollector
from models.base import metrics
from models.base.database import Database
from models.base.settings import Settings

STATEMENT_MS = 5_000
SOCKET_SECONDS = 10.0  # without a byte, after which a connection is closed
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]  # of WSGI


class _LiveCollector(MultiProcessCollector):
    """The metrics of all processes, without the states of those that were killed."""

    def collect(self) -> Iterable[Any]:
        metrics.forget_dead(Path(os.environ[metrics.FOLDER]))
        return super().collect()


class _QuietHandler(WSGIRequestHandler):
    timeout = SOCKET_SECONDS

    def log(self, *_: object) -> None:
        """Requests are not logged."""


def start(address: str) -> int:
    """Serve the metrics of this process and its children, with the rest, on ``HOST:PORT``; see :func:`serve`."""
    return serve(address, page, QueueCollector(connected))


def serve(address: str, page: Application, collector: Collector) -> int:
    """Serve ``GET /metrics`` on ``HOST:PORT`` from a thread of this process, and return the port; port 0 selects a free one.

    ``page`` serves paths below ``/queue``; the ``collector`` adds figures.  OSError when the address cannot be listened on.
    """
    host, _, port = address.rpartition(":")
    registry = CollectorRegistry()
    _LiveCollector(registry)
    registry.register(collector)
    figures = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        is_page = path == "/queue" or path.startswith("/queue/")
        return (page if is_page else figures)(environ, start_response)

    server = make_server(
        host.strip("[]"), int(port), application, threaded=True, request_handler=_QuietHandler
    )
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server.server_port


def connected() -> Database | None:
    """The database as its owner; None until its address is known, which is after the embedded one has started."""
    url = Settings().database_url  # the settings of the process are not read yet
    return _database(url) if url else None


@cache
def _database(url: str) -> Database:
    database = Database()
    database.configure(url, statement_ms=STATEMENT_MS, application="remit operators")
    return database


def page(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The operators' page as a WSGI application, for paths below ``/queue``."""
    password, database = Settings().operator_password.get_secret_value(), connected()
    if not password or database is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is no page here."]
    return _application(database, password)(environ, start_response)


@cache
def _application(database: Database, password: str) -> Any:
    from handlers.workers import operators  # imported when somebody asks for the page

    return operators.application(database, password)
