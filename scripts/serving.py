"""How ``scripts/serve`` serves: database, tables, demonstration, server processes, and what it tells about them."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import ipaddress
import json
import os
import signal
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn

    from models.base.embedded.cluster import Cluster
    from scripts.beside import Beside

ROOT = Path(__file__).parent.parent


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve", description="Serve Remit, from a bare checkout.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=8080, help="port to listen on; 0 for any free one (default 8080)"
    )
    parser.add_argument("--data", type=Path, help="folder of the database and of serve.json (default var/)")
    parser.add_argument("--workers", type=int, default=1, help="server processes (default 1)")
    parser.add_argument(
        "--no-demo", action="store_true", help="do not store the demonstration into an empty database"
    )
    parser.add_argument("--no-worker", action="store_true", help="run no background jobs; scripts/work does")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    # uvicorn drains, then raises the signal again: it must end in the clean-up below, not in the death of the process.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        return serve(options)
    say("Stopped.")
    return 0


def say(line: str) -> None:
    print(line, flush=True)


def serve(options: argparse.Namespace) -> int:
    started = time.monotonic()
    try:
        listener = _listen(options.host, options.port)
    except OSError as error:
        say(f"Cannot listen on {options.host}:{options.port}: {error.strerror}. Choose another with --port.")
        return 1
    data = (options.data or Path(os.environ.get("REMIT_DATA") or ROOT / "var")).resolve()
    data.mkdir(parents=True, exist_ok=True)
    url = f"http://{_reachable_host(options.host)}:{listener.getsockname()[1]}"
    os.environ["REMIT_DATA"] = str(data)
    os.environ.setdefault("REMIT_PUBLIC_URL", url)
    processes = max(options.workers, int(os.environ.get("REMIT_PROCESSES") or 1))
    os.environ["REMIT_PROCESSES"] = str(processes)
    from models.base.settings import settings
    from scripts import announcing

    metrics_url = _share_metrics(data, settings().metrics_address)
    settings.cache_clear()  # the address of the database is not among them yet
    threading.Thread(target=_import_ahead, daemon=True).start()

    with contextlib.ExitStack() as stack:
        if not os.environ.get("REMIT_DATABASE_URL"):
            cluster = _embedded(data, stack)
            os.environ |= {"REMIT_DATABASE_URL": cluster.url(), "REMIT_APP_DATABASE_URL": cluster.app_url()}
        database_url = os.environ["REMIT_DATABASE_URL"]
        demonstration = _prepare(data, database_url, demo=not options.no_demo)
        if demonstration["users"] and _is_loopback(options.host):
            # The demonstration is tried from one address, and by nobody else.
            os.environ.setdefault("REMIT_ADDRESS_FACTOR", "1000")
            os.environ.setdefault("REMIT_MAILBOX_PAGE", "1")
            os.environ.setdefault("REMIT_PORTAL_SAMPLES", "1")
            settings.cache_clear()  # they were read while the demonstration was planted

        def ready() -> None:
            announcing.announce(data, database_url, demonstration, metrics_url, started, say)
            if not options.no_worker:  # only now, so that the start is quick
                stack.enter_context(beside()).start()

        return _run(listener, options.workers, url, ready)


@contextlib.contextmanager
def beside() -> Iterator[Beside]:
    """A worker of the environment that the server has, ended before the database is."""
    from models.base.settings import settings
    from scripts.beside import Beside

    worker = Beside(dict(os.environ), settings().drain_seconds, say)
    try:
        yield worker
    finally:
        worker.stop()


def _import_ahead() -> None:
    """Import what serves while the database starts: the one waits for the disk, the other for the processor."""
    importlib.import_module("handlers.http.application")
    importlib.import_module("uvicorn")


def _share_metrics(data: Path, address: str) -> str | None:
    """The address where Prometheus reads the metrics of all processes; None without one.  They count from the start on."""
    if not address:
        return None
    from models.base import metrics

    metrics.share(data / "metrics")
    from handlers.workers import operations

    try:
        port = operations.start(address)
    except (OSError, ValueError) as error:
        say(f"Cannot show metrics on {address}: {error}. Mend REMIT_METRICS_ADDRESS.")
        raise SystemExit(1) from None
    return f"http://{address.rpartition(':')[0]}:{port}/metrics"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.set_inheritable(True)
    return listener


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _reachable_host(host: str) -> str:
    """The host as a client of this machine reaches it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host


def _embedded(data: Path, stack: contextlib.ExitStack) -> Cluster:
    from models.base.embedded.cluster import Cluster, ClusterInUse

    say("Starting the embedded PostgreSQL …")
    try:
        cluster = stack.enter_context(Cluster(data, say=say))
    except ClusterInUse as error:
        say(str(error))
        raise SystemExit(1) from None
    return cluster


def _prepare(data: Path, database_url: str, *, demo: bool) -> dict[str, Any]:
    """Migrate, and store the demonstration where nobody is registered; its ``users`` and ``api_key``, if they are known."""
    from models.base import app_role
    from models.base.database import database
    from models.migrations import migrate
    from scripts import samples

    database.configure(database_url, statement_ms=60_000)
    for name in migrate(database):
        say(f"Migrated: {name}")
    app_role.advise(say, os.environ.get("REMIT_APP_DATABASE_URL") or database_url)
    try:
        if not demo or database.rows("select exists (select 1 from users)")[0][0]:
            announced = _earlier_demonstration(data)
        else:
            from scripts import demo as demonstration

            say("Planting a demonstration:")
            people, api_key = demonstration.seed(represent(), say)
            announced = {"users": people, "api_key": api_key}
        return announced | {"samples": samples.of_demonstration(**announced)}
    finally:
        database.close()


def represent() -> Callable[..., dict[str, Any] | None]:
    import spec
    from handlers.http.application import CompiledContract, handler_of

    return CompiledContract(spec.load(), handler_of).represent


def _earlier_demonstration(data: Path) -> dict[str, Any]:
    """The ``users`` and the ``api_key`` of an earlier start, as ``serve.json`` has them."""
    with contextlib.suppress(OSError, ValueError):
        stored = json.loads((data / "serve.json").read_text("utf-8"))
        return {"users": stored["users"], "api_key": stored["api_key"]}
    return {"users": [], "api_key": None}


def _run(listener: socket.socket, workers: int, url: str, announce: Callable[[], None]) -> int:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from handlers.http.server import config

    say("Starting the server …")
    listener.listen(2048)
    server_config = config("handlers.http.asgi:make", factory=True, workers=workers)
    if workers > 1:
        threading.Thread(target=_when_it_answers, args=(announce, f"{url}/health/ready"), daemon=True).start()
        Multiprocess(server_config, sockets=[listener]).run()
        return 0
    server = announced(uvicorn.Server(server_config), announce)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def announced(server: uvicorn.Server, announce: Callable[[], None]) -> uvicorn.Server:
    """The server, which calls ``announce`` as soon as it serves."""
    startup = server.startup

    async def startup_and_announce(sockets: list[socket.socket] | None = None) -> None:
        await startup(sockets)
        if server.started:
            announce()

    server.startup = startup_and_announce  # type: ignore[method-assign]  # uvicorn calls nothing else then
    return server


def _when_it_answers(announce: Callable[[], None], url: str) -> None:
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return announce()
        time.sleep(0.05)
