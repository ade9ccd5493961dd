"""A flood of log-ins: two hundred at once, at addresses that are nobody's, and what becomes of everybody else meanwhile.

    scripts/bench login_flood

Not pinned to cores, unlike the other parts: which cores passwords are checked on is part of the question.
"""

import json
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from contract_tests import lone
from contract_tests.bench import load, machine, report

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


def measure(process, port: int, seconds: float) -> dict:
    load.measure(others(port, 1))  # everything that is made at first use is there
    load.measure(flood(port, 0.2))
    before, memory = machine.resident_megabytes(process.pid), Memory(process.pid)
    alone = load.measure(others(port, seconds))
    with ThreadPoolExecutor(3) as threads:
        threads.submit(memory.watch)
        flooding = threads.submit(load.measure, flood(port, seconds + 1))
        time.sleep(0.5)
        meanwhile = load.measure(others(port, seconds))
        flooded = flooding.result()
        memory.watching = False
    return {
        "alone": alone,
        "meanwhile": meanwhile,
        "flood": flooded,
        "more_megabytes": round(memory.most - before, 1),
    }


def run(quick: bool) -> tuple[dict, list[dict]]:
    with tempfile.TemporaryDirectory(prefix="remit-flood-") as folder:
        Path(folder).chmod(0o755)
        process = lone.start(Path(folder), "--no-demo", environment=ENVIRONMENT)
        try:
            told = json.loads((Path(folder) / "serve.json").read_text())
            found = measure(process, urlsplit(told["base_url"]).port, 2.0 if quick else 10.0)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
    if faults := {**found["alone"]["faults"], **found["meanwhile"]["faults"], **found["flood"]["faults"]}:
        raise RuntimeError(f"Other answers than expected: {faults}")
    slower = found["meanwhile"]["p99_ms"] / found["alone"]["p99_ms"]
    columns = [f"{AT_ONCE} log-ins at once", "alone", "meanwhile", "at most"]
    rows = [
        [f"other requests, {share}, ms", *(f"{found[when][f'{share}_ms']:.1f}" for when in ("alone", "meanwhile")),
         f"{SLOWER:g}×: {'reached' if slower <= SLOWER else 'missed'} ({slower:.1f}×)" if share == "p99" else ""]
        for share in ("p50", "p99")
    ] + [
        ["memory, MB more", "", f"{found['more_megabytes']:.0f}",
         f"{MEGABYTES}: {'reached' if found['more_megabytes'] <= MEGABYTES else 'missed'}"],
        ["log-ins answered, a second", "", f"{found['flood']['per_second']:.0f}", ""],
    ]  # fmt: skip
    return found, [report.table("A flood of log-ins", columns, rows)]
