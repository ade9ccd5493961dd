"""Metrics for Prometheus: written by every process into one folder, served together on an address of their own."""

import os
import shutil
from pathlib import Path

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

    host, _, port = address.rpartition(":")
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    server, _ = start_http_server(int(port), host.strip("[]"), registry)
    return server.server_port
