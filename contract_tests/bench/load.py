"""A load generator: keep-alive HTTP/1.1 over a number of connections, in a process and on a core of its own.

    python -m contract_tests.bench.load http://127.0.0.1:8000/path [--connections 16] [--seconds 5]

``measure(job)`` runs a job in such a process and returns its figures.  The server under test has core 0, the
generator core 1 (see ``machine.py``); on a machine with one core nothing is pinned.
"""

import argparse
import asyncio
import dataclasses
import gc
import json
import pickle
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import urlsplit

import uvloop

from contract_tests.bench import machine

LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: *(\d+)")
CHUNKED = re.compile(rb"\r\n[Tt]ransfer-[Ee]ncoding: *chunked")
PATIENCE_SECONDS = 10


@dataclasses.dataclass
class Job:
    """What to send, how, and for how long; it ends at the first of ``seconds`` and ``count``."""

    port: int
    requests: list[bytes] | Callable[[int], bytes]
    connections: int = 16
    seconds: float = 3.0
    count: int | None = None
    expect: tuple[int, ...] = (200,)
    host: str = "127.0.0.1"


def request(method: str, target: str, body: dict | None = None, headers: dict | None = None) -> bytes:
    """One prebuilt request."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "host: 127.0.0.1", "accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def is_whole(data: bytes) -> bool:
    """Whether the bytes hold one complete answer."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    if length := LENGTH.search(data, 0, head):
        return len(data) >= head + 4 + int(length[1])
    if CHUNKED.search(data, 0, head):
        return data.endswith(b"0\r\n\r\n")
    return data[9:12] in (b"204", b"304")


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request is sent as soon as the answer to the one before is complete."""

    def __init__(self, run):
        self.run = run
        self.transport = None
        self.started = None
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        message = self.run.next_request()
        self.started = None
        if message is None:
            self.transport.close()
            return
        self.started = time.perf_counter()
        self.transport.write(message)

    def data_received(self, data):
        if self.buffer:
            data = self.buffer + data
        if not is_whole(data):
            self.buffer = data
            return
        self.buffer = b""
        self.run.answered(time.perf_counter() - self.started, data)
        self.send()

    def connection_lost(self, exc):
        self.run.lost(dropped=self.started is not None)


class Run:
    """One job under way: what was sent, what came back, how long each answer took."""

    def __init__(self, job: Job):
        self.job = job
        self.expect = {str(status).encode() for status in job.expect}
        prebuilt = job.requests
        self.make = prebuilt if callable(prebuilt) else lambda index: prebuilt[index % len(prebuilt)]
        self.sent = 0
        self.stopped = False
        self.open = 0
        self.connecting: list[asyncio.Future] = []
        self.latencies: list[float] = []
        self.bytes = 0
        self.faults: Counter[str] = Counter()
        self.sample: str | None = None
        self.done = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        index = self.sent
        if self.stopped or index == self.job.count:
            return None
        self.sent = index + 1
        return self.make(index)

    def answered(self, seconds: float, data: bytes):
        self.latencies.append(seconds)
        self.bytes += len(data)
        status = data[9:12]
        if status not in self.expect:
            self.faults[status.decode("latin1")] += 1
            self.sample = self.sample or data[:2000].decode("latin1")

    def lost(self, dropped: bool):
        self.open -= 1
        if dropped:
            self.faults["dropped"] += 1
            self.stopped = self.stopped or self.faults["dropped"] > 100
            if not self.stopped:
                self.connecting.append(asyncio.ensure_future(self.connect()))
        if not self.open and not self.done.done():
            self.done.set_result(None)

    async def connect(self):
        self.open += 1
        await asyncio.get_running_loop().create_connection(
            lambda: Connection(self), self.job.host, self.job.port
        )

    def stop(self):
        self.stopped = True

    async def complete(self) -> dict:
        gc.disable()
        loop = asyncio.get_running_loop()
        began, busy = time.perf_counter(), time.process_time()
        loop.call_later(self.job.seconds, self.stop)
        await asyncio.gather(*(self.connect() for _ in range(self.job.connections)))
        try:
            await asyncio.wait_for(self.done, self.job.seconds + PATIENCE_SECONDS)
        except TimeoutError:
            self.faults["unanswered"] += self.open
        seconds = time.perf_counter() - began
        return self.figures(seconds, time.process_time() - busy)

    def figures(self, seconds: float, busy: float) -> dict:
        ordered = sorted(self.latencies) or [0.0]

        def percentile(share):
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)

        return {
            "requests": len(self.latencies),
            "seconds": round(seconds, 3),
            "per_second": round(len(self.latencies) / seconds, 1),
            "p50_ms": percentile(0.5),
            "p90_ms": percentile(0.9),
            "p99_ms": percentile(0.99),
            "max_ms": percentile(1),
            "bytes_each": self.bytes // max(1, len(self.latencies)),
            "generator_busy": round(busy / seconds, 3),
            "faults": dict(self.faults),
            "sample": self.sample,
        }


async def perform(job: Job) -> dict:
    return await Run(job).complete()


def measure(job: Job) -> dict:
    """The figures of a job, run in a process of its own."""
    command = [sys.executable, "-m", "contract_tests.bench.load", "--job"]
    budget = job.seconds + PATIENCE_SECONDS + 30
    done = subprocess.run(
        command, input=pickle.dumps(job), capture_output=True, check=False, timeout=budget, cwd=machine.ROOT
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(
        description="Load one URL, or perform a pickled job from standard input."
    )
    parser.add_argument("url", nargs="?")
    parser.add_argument("--job", action="store_true")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    if options.job:
        job = pickle.load(sys.stdin.buffer)
    else:
        url = urlsplit(options.url)
        target = url.path + (f"?{url.query}" if url.query else "")
        job = Job(
            url.port, [request("GET", target or "/")], options.connections, options.seconds, host=url.hostname
        )
    machine.pin(machine.GENERATOR_CORE)
    json.dump(uvloop.run(perform(job)), sys.stdout)


if __name__ == "__main__":
    main()
