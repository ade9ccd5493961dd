"""A server of its own process, with an empty database of its own, for what must start from nothing."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from contract_tests.support import provider
from scripts.recording import ServerClient

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def isolated_server(*options, environment=None):
    """Two clients of a fresh ``scripts/serve --no-demo``; everything is gone afterwards.

    The first one knows the ``data`` folder, the ``database_url`` and the ``provider`` that people sign in with there.
    """
    with tempfile.TemporaryDirectory(prefix="remit-lone-") as folder, provider.running() as program:
        environment = {**provider.environment(program.url), "REMIT_MAILBOX_PAGE": "1", **(environment or {})}
        os.chmod(folder, 0o755)  # so that the account which runs PostgreSQL can reach its data below
        process = start(Path(folder), "--no-demo", "--no-worker", *options, environment=environment)
        try:
            addresses = json.loads((Path(folder) / "serve.json").read_text())
            with (
                ServerClient(base_url=addresses["base_url"]) as client,
                httpx.Client(base_url=addresses["base_url"]) as other,
            ):
                client.database_url, client.data = addresses["database_url"], Path(folder)
                client.provider = program
                yield client, other
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def start(data, *options, environment=None):
    """A process of ``scripts/serve`` that serves: its ``serve.json`` is written."""
    announcement = data / "serve.json"
    announcement.unlink(missing_ok=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "serve"), "--port", "0", "--data", str(data), *options],
        env={
            **clean,
            "REMIT_ENVIRONMENT": "given",
            "REMIT_LOG_LEVEL": "critical",
            **(environment or {}),
        },
        stdout=subprocess.DEVNULL,
    )
    for _ in range(600):
        if announcement.exists():
            return process
        if process.poll() is not None:
            raise RuntimeError(f"scripts/serve ended with {process.returncode}.")
        time.sleep(0.05)
    process.kill()
    raise RuntimeError("scripts/serve did not begin to serve.")
