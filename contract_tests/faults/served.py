"""A served Remit: ``scripts/serve`` as a process of its own, which may be killed, and looked at from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).parents[2]
START_TIMEOUT_SECONDS = 60  # until a start counts as failed


class Served:
    """The process, over the data folder ``data``; ``settings`` are ``REMIT_…`` of its environment.

    It runs no worker, unless ``options`` are given, which then are all.
    """

    def __init__(self, data, *options, **settings):
        self.data, self.process, self.port = Path(data), None, 0
        self.log = self.data / "serve.log"
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
        settings = {"password_kib": 64, **settings}  # many people log in, and hashes take long
        configured = {f"REMIT_{name.upper()}": str(value) for name, value in settings.items()}
        self.environment = {**inherited, "REMIT_ENVIRONMENT": "given", **configured}
        self.options = options or ["--no-worker"]

    def start(self):
        """Start, on the port of the last time, and wait until it serves."""
        self.announced.unlink(missing_ok=True)
        command = [
            sys.executable,
            ROOT / "scripts" / "serve",
            "--no-demo",
            *self.options,
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--data", self.data], env=self.environment, stdout=log, stderr=log, cwd=self.data
            )
        until = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.announced.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"It does not serve: {self.log.read_text()[-2000:]}")
            time.sleep(0.01)
        announced = json.loads(self.announced.read_text())
        self.base_url, self.database_url = announced["base_url"], announced["database_url"]
        self.metrics_url = announced["metrics_url"]
        self.host_url = self.base_url.removesuffix("/api/v1")
        self.port = urlsplit(self.base_url).port
        return self

    @property
    def announced(self):
        return self.data / "serve.json"

    def kill(self):
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """End it in order; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(START_TIMEOUT_SECONDS)

    def cpu_seconds(self):
        """How long its threads have run, in nanosecond steps."""
        folders = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((folder / "schedstat").read_text().split()[0]) for folder in folders) / 1e9

    def resident_bytes(self):
        return psutil.Process(self.process.pid).memory_info().rss

    def faults(self):
        """What it has logged as a fault of its own."""
        lines = (line for line in self.log.read_text().splitlines() if '"level":"error"' in line)
        return [line[:2000] for line in lines]

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
