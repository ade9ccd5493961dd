"""One server process of a benchmark: an ASGI application under uvicorn with uvloop and httptools.

    python -m contract_tests.bench.host contract_tests.bench.servers.bare:build

It binds a free port, prints ``{"port": N, "seconds": S}`` once it accepts connections, and runs until killed.
``Server`` starts one from another process and knows its cost.
"""

import argparse
import asyncio
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import uvicorn

from contract_tests.bench import machine


class Server:
    """A running server process."""

    def __init__(self, factory: str, **environment: str):
        self.factory = factory
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server runs
        self.process = subprocess.Popen(
            self.command(),
            cwd=machine.ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            start_new_session=True,
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{factory} did not start:\n{self.output()}")
        self.ready = json.loads(line)
        self.port = self.ready["port"]

    def command(self) -> list[str]:
        """The command line of the server, which prints its port and ends when its standard input closes."""
        return [sys.executable, "-m", "contract_tests.bench.host", self.factory]

    @property
    def processor_seconds(self):
        return machine.processor_seconds(self.process.pid)

    @property
    def resident_megabytes(self):
        return machine.resident_megabytes(self.process.pid)

    def output(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.log.close()


def end_with_parent():
    """Its end of our standard input closes when the parent goes, however it goes."""
    sys.stdin.buffer.read()
    os._exit(0)


def usual(application) -> uvicorn.Config:
    """How uvicorn is configured for a module that has no ``config`` of its own."""
    return uvicorn.Config(application, loop="uvloop", http="httptools", access_log=False, log_level="warning")


async def serve(config, port_socket, began):
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve([port_socket]))
    while not server.started and not task.done():
        await asyncio.sleep(0.002)
    print(json.dumps({"port": port_socket.getsockname()[1], "seconds": time.monotonic() - began}), flush=True)
    await task


def main():
    began = time.monotonic()
    parser = argparse.ArgumentParser(description="Serve one application until killed.")
    parser.add_argument("factory", help="module:function that returns the ASGI application")
    module, function = parser.parse_args().factory.split(":")
    threading.Thread(target=end_with_parent, daemon=True).start()
    machine.pin(machine.SERVER_CORE)
    application = importlib.import_module(module)
    config = getattr(application, "config", usual)(getattr(application, function)())
    port_socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
    import uvloop

    uvloop.run(serve(config, port_socket, began))


if __name__ == "__main__":
    main()
