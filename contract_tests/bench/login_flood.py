"""A flood of logins: two hundred at once, at addresses that are nobody's, and what becomes of everybody else meanwhile.

    scripts/bench login_flood

Not pinned to cores, unlike the other parts: which cores passwords are checked on is part of the question.
"""

import json
import signal
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from contract_tests.bench import load, machine, report
from contract_tests.support import isolated_server

AT_ONCE = 200
SLOWER, MEGABYTES = 2.0, 150  # at most
ENVIRONMENT = {"REMIT_ADDRESS_FACTOR": "1000000", "REMIT_LOG_LEVEL": "critical"}


def flood(port: int, seconds: float) -> load.Job:
    bodies = (
        {"email": f"nobody{number}@flood.example", "password": f"Guess-{number:05}"}
        for number in range(20_000)
    )
    requests = [load.request("POST", "/api/v1/sessions", body) for body in bodies]
    return load.Job(port, requests, AT_ONCE, seconds, expect=(401, 503))


def others(port: int, seconds: float) -> load.Job:
    """Requests that ask the database, and no password."""
    return load.Job(port, [load.request("GET", "/api/v1/health/ready")], 2, seconds)


class Memory:
    """The most memory that a process has while it is watched."""

    def __init__(self, pid: int):
        self.pid, self.most, self.watching = pid, 0.0, True

    def watch(self):
        while self.watching:
            self.most = max(self.most, machine.resident_megabytes(self.pid))
            time.sleep(0.02)


def measure(process, port: int, rounds: int, seconds: float) -> dict:
    load.measure(others(port, 1))  # everything that is made at first use is there
    load.measure(flood(port, 0.2))
    before, memory = machine.resident_megabytes(process.pid), Memory(process.pid)
    samples = {"alone": [], "meanwhile": [], "flood": []}
    with ThreadPoolExecutor(3) as threads:
        threads.submit(memory.watch)
        for _ in range(rounds):
            samples["alone"].append(load.measure(others(port, seconds)))
            flooding = threads.submit(load.measure, flood(port, seconds + 1))
            time.sleep(0.5)
            samples["meanwhile"].append(load.measure(others(port, seconds)))
            samples["flood"].append(flooding.result())
        memory.watching = False
    for sample in (sample for of_kind in samples.values() for sample in of_kind):
        if sample["faults"]:
            raise RuntimeError(f"Other answers than expected: {sample['faults']}")
    return {
        **{name: summary(of_kind) for name, of_kind in samples.items()},
        "slower": statistics.median(
            flooded["p99_ms"] / quiet["p99_ms"]
            for quiet, flooded in zip(samples["alone"], samples["meanwhile"], strict=True)
        ),
        "more_megabytes": round(memory.most - before, 1),
    }


def summary(samples: list[dict]) -> dict:
    """The medians of the rounds, and every round's p99."""
    middle = {
        key: round(statistics.median(each[key] for each in samples), 3)
        for key in ("per_second", "p50_ms", "p99_ms")
    }
    return {**middle, "rounds": [each["p99_ms"] for each in samples]}


def run(quick: bool) -> tuple[dict, list[dict]]:
    with tempfile.TemporaryDirectory(prefix="remit-flood-") as folder:
        Path(folder).chmod(0o755)
        process = isolated_server.start(Path(folder), "--no-demo", environment=ENVIRONMENT)
        try:
            served = json.loads((Path(folder) / "serve.json").read_text())
            measured = measure(process, urlsplit(served["base_url"]).port, *((2, 2.0) if quick else (7, 6.0)))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    slower = measured["slower"]
    columns = [f"{AT_ONCE} logins at once", "alone", "meanwhile", "at most"]
    rows = [
        [f"other requests, {share}, ms", *(f"{measured[when][f'{share}_ms']:.1f}" for when in ("alone", "meanwhile")),
         f"{SLOWER:g}×: {'reached' if slower <= SLOWER else 'missed'} ({slower:.1f}×)" if share == "p99" else ""]
        for share in ("p50", "p99")
    ] + [
        ["memory, MB more", "", f"{measured['more_megabytes']:.0f}",
         f"{MEGABYTES}: {'reached' if measured['more_megabytes'] <= MEGABYTES else 'missed'}"],
        ["logins answered, a second", "", f"{measured['flood']['per_second']:.0f}", ""],
    ]  # fmt: skip
    return measured, [report.table("A flood of logins", columns, rows)]
