"""Metrics for Prometheus: written by every process into one folder, served together on an address of their own."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

# Prometheus' client decides when it is imported whether it keeps values in files that other processes can read.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SOCKET_SECONDS = 10.0  # without a byte, after which a connection is closed
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]  # of WSGI


def share(folder: Path) -> None:
    """Write the metrics of this process, and of those that it starts, into ``folder``, which is emptied.

    To be called before ``prometheus_client`` is imported.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER] = str(folder)


def serve(address: str, page: Application | None = None, *collectors: "Collector") -> int:
    """Serve ``GET /metrics`` on ``HOST:PORT`` from a thread of this process, and return the port; port 0 selects a free one.

    ``page`` serves paths below ``/queue``; ``collectors`` add figures of their own.  OSError when the address cannot be
    listened on.
    """
    from prometheus_client import CollectorRegistry, make_wsgi_app
    from prometheus_client.multiprocess import MultiProcessCollector
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        timeout = SOCKET_SECONDS

        def log(self, *_: object) -> None:
            """Requests are not logged."""

    host, _, port = address.rpartition(":")
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    for collector in collectors:
        registry.register(collector)
    metrics = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        is_page = page is not None and (path == "/queue" or path.startswith("/queue/"))
        return (page if is_page and page else metrics)(environ, start_response)

    server = make_server(host.strip("[]"), int(port), application, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server.server_port
