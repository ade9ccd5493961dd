"""Metrics for Prometheus: written by every process into one folder, served together on an address of their own."""

import contextlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Prometheus' client decides when it is imported whether it keeps values in files that other processes can read.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def share(folder: Path) -> None:
    """Write the metrics of this process, and of those that it starts, into ``folder``, which is emptied.

    To be called before ``prometheus_client`` is imported.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER] = str(folder)


def serve(address: str) -> int:
    """Serve ``GET /metrics`` on ``HOST:PORT`` from a thread of this process, and return the port; port 0 selects a free one.

    OSError when the address cannot be listened on.
    """
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    class LiveCollector(MultiProcessCollector):
        def collect(self) -> Iterable[Any]:
            forget_dead(Path(os.environ[FOLDER]))
            return super().collect()

    host, _, port = address.rpartition(":")
    registry = CollectorRegistry()
    LiveCollector(registry)
    server, _ = start_http_server(int(port), host.strip("[]"), registry)
    return server.server_port


def forget_dead(folder: Path) -> None:
    """Remove what processes that were killed have left of states: of a counter, what they counted stays true."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        with contextlib.suppress(ValueError, PermissionError):
            try:
                os.kill(int(pid), 0)
            except ProcessLookupError:
                path.unlink(missing_ok=True)
