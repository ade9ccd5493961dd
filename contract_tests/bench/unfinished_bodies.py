"""Unfinished bodies: 1,500 connections that announce a body of 1 MiB and send all but its end, and what becomes of the others.

    scripts/bench unfinished_bodies

They come from 15 addresses, whose connections are not bounded here, unlike their bytes; who is refused connects again.
"""

import contextlib
import json
import signal
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from contract_tests.bench import load, machine, report
from contract_tests.bench.login_flood import Memory, others, summary
from contract_tests.support import isolated_server

CONNECTIONS, ADDRESSES, MIB = 1_500, 15, 2**20
SLOWER, MEGABYTES = 2.0, 64  # at most
ENVIRONMENT = {"REMIT_LOG_LEVEL": "critical", "REMIT_ADDRESS_FACTOR": "1000000"}
# To an operation that reads 1 MiB, without authentication: that is asked when the body is there.
HEAD = f"POST /api/v1/organizations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {MIB}\r\n\r\n"
PART = HEAD.encode() + b" " * (MIB - 10)


class Senders:
    """Connections that are held open with an unfinished body; those that end are opened again, ``pace`` times a second."""

    def __init__(self, port: int, pace: float = 0.2):
        self.port, self.pace = port, pace
        self.open: dict[int, socket.socket] = {}
        self.attempts, self.is_over = 0, threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            for number in range(CONNECTIONS):
                if self.is_over.is_set():
                    break
                if number not in self.open or self._has_ended(number):
                    self._begin(number)
            self.is_over.wait(1 / self.pace)
        for connection in self.open.values():
            connection.close()

    def _begin(self, number: int) -> None:
        self.attempts += 1
        with contextlib.suppress(OSError):
            connection = socket.create_connection(
                ("127.0.0.1", self.port), 2, (f"127.0.2.{1 + number % ADDRESSES}", 0)
            )
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                connection.send(PART)
            self.open[number] = connection

    def _has_ended(self, number: int) -> bool:
        try:
            ended = self.open[number].recv(65_536) == b""
        except BlockingIOError:
            return False
        except OSError:
            ended = True
        if ended:
            self.open.pop(number).close()
        return ended


def measure(process, port: int, rounds: int, seconds: float) -> dict:
    load.measure(others(port, 1))  # everything that is made at first use is there
    before, memory = machine.resident_megabytes(process.pid), Memory(process.pid)
    samples = {"alone": [], "meanwhile": []}
    attempts, held = 0, []
    with ThreadPoolExecutor(2) as threads:
        threads.submit(memory.watch)
        for _ in range(rounds):
            samples["alone"].append(load.measure(others(port, seconds)))
            senders = Senders(port)
            sending = threads.submit(senders.run)
            time.sleep(1)
            samples["meanwhile"].append(load.measure(others(port, seconds)))
            senders.is_over.set()
            sending.result()
            attempts += senders.attempts
            held.append(len(senders.open))
        memory.watching = False
    for sample in (sample for of_kind in samples.values() for sample in of_kind):
        if sample["faults"]:
            raise RuntimeError(f"Other answers than expected: {sample['faults']}")
    summaries = {name: summary(each) for name, each in samples.items()}
    return {
        **summaries,
        "slower": round(summaries["meanwhile"]["p99_ms"] / summaries["alone"]["p99_ms"], 2),
        "more_megabytes": round(memory.most - before, 1),
        "connections": attempts,
        "held": held,
    }


def run(quick: bool) -> tuple[dict, list[dict]]:
    with tempfile.TemporaryDirectory(prefix="remit-bodies-") as folder:
        Path(folder).chmod(0o755)
        process = isolated_server.start(Path(folder), "--no-demo", "--no-worker", environment=ENVIRONMENT)
        try:
            served = json.loads((Path(folder) / "serve.json").read_text())
            measured = measure(process, urlsplit(served["base_url"]).port, *((2, 2.0) if quick else (7, 5.0)))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    slower, memory = measured["slower"], measured["more_megabytes"]
    columns = [f"{CONNECTIONS:,} unfinished bodies of 1 MiB", "alone", "meanwhile", "at most"]
    rows = [
        ["other requests, p50, ms", *(f"{measured[when]['p50_ms']:.1f}" for when in ("alone", "meanwhile")), ""],
        ["other requests, p99, ms", *(f"{measured[when]['p99_ms']:.1f}" for when in ("alone", "meanwhile")),
         f"{SLOWER:g}×: {'reached' if slower <= SLOWER else 'missed'} ({slower:.1f}×)"],
        ["memory, MB more", "", f"{memory:.0f}", f"{MEGABYTES}: {'reached' if memory <= MEGABYTES else 'missed'}"],
    ]  # fmt: skip
    return measured, [report.table("Unfinished bodies", columns, rows)]
