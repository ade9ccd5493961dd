"""Alternating rounds: every contender does the same work in turn, again and again; medians and ratios.

All servers stay up and only one is loaded at a time.  A sample during which somebody else used the server's
core is taken again, within reason; the less disturbed one is kept.
"""

import dataclasses
import http.client
import json
import statistics
import sys
from typing import Any, NamedTuple

from contract_tests.bench import load, machine
from contract_tests.bench.databases import Databases
from contract_tests.bench.host import Server

DISTURBED_SHARE = 0.06


class RoundPlan(NamedTuple):
    """How many rounds of how many seconds, and how many disturbed samples of an operation are taken again."""

    rounds: int
    seconds: float
    retries: int


QUICK, FULL = RoundPlan(3, 1.0, 0), RoundPlan(7, 2.0, 8)


@dataclasses.dataclass
class Contender:
    """A server and, for each operation, what it is sent; and the PostgreSQL that it works on, if any."""

    name: str
    server: Server
    jobs: dict[str, load.Job]
    databases: Databases | None = None


def answer_to(job: load.Job, index: int = 0) -> tuple[int, Any]:
    """Status and JSON of one request of a job, sent plainly."""
    message = job.requests(index) if callable(job.requests) else job.requests[index]
    head, content = message.split(b"\r\n\r\n", 1)
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    connection = http.client.HTTPConnection(job.host, job.port, timeout=30)
    headers = dict(line.split(": ", 1) for line in lines if not line.startswith("host"))
    connection.request(method, target, content or None, headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status >= 500:
        raise RuntimeError(f"{target}: {answer.status} {body.decode(errors='replace')}")
    return answer.status, json.loads(body) if body else None


def sample(contender: Contender, operation: str, seconds: float) -> dict:
    """One measurement, and how much of the server's core somebody else had meanwhile."""
    postgresql = contender.databases.processor_seconds if contender.databases else 0.0
    core, own = machine.busy_seconds(machine.SERVER_CORE), contender.server.processor_seconds
    figures = load.measure(dataclasses.replace(contender.jobs[operation], seconds=seconds))
    own = contender.server.processor_seconds - own
    disturbed = (machine.busy_seconds(machine.SERVER_CORE) - core - own) / figures["seconds"]
    if figures["faults"]:
        raise RuntimeError(f"{contender.name}, {operation}: {figures['faults']}\n{figures['sample']}")
    figures["processor_us"] = round(own / max(1, figures["requests"]) * 1e6, 1)
    if contender.databases:
        postgresql = contender.databases.processor_seconds - postgresql
        figures["postgresql_us"] = round(postgresql / max(1, figures["requests"]) * 1e6, 1)
    figures["disturbed"] = round(max(0.0, disturbed), 3)
    return figures


def summary(samples: list[dict]) -> dict:
    """The medians of the rounds, and every round's rate."""

    def middle(key):
        return round(statistics.median(each[key] for each in samples), 3)

    keys = ("per_second", "processor_us", "postgresql_us", "p50_ms", "p99_ms", "bytes_each")
    return {
        **{key: middle(key) for key in keys if key in samples[0]},
        "rounds": [each["per_second"] for each in samples],
        "disturbed": middle("disturbed"),
        "generator_busy": middle("generator_busy"),
    }


def alternate(contenders: list[Contender], operations: list[str], pace: RoundPlan) -> dict:
    """operation → contender → medians.  Each operation is warmed up on each server first."""
    results = {}
    for operation in operations:
        for contender in contenders:
            load.measure(dataclasses.replace(contender.jobs[operation], seconds=1.0))
        machine.wait_until_quiet(20)
        retries = pace.retries
        samples = {contender.name: [] for contender in contenders}
        for number in range(pace.rounds):
            for contender in contenders:
                taken = sample(contender, operation, pace.seconds)
                if taken["disturbed"] > DISTURBED_SHARE and retries and machine.PINNED:
                    retries -= 1
                    machine.wait_until_quiet(5)
                    again = sample(contender, operation, pace.seconds)
                    taken = min(taken, again, key=lambda each: each["disturbed"])
                samples[contender.name].append(taken)
            print(
                f"  {operation}: round {number + 1} of {pace.rounds}", end="\r", file=sys.stderr, flush=True
            )
        results[operation] = {name: summary(each) for name, each in samples.items()}
    return results


def costs(results: dict, subject: str) -> dict:
    """operation → contender → how many times the subject's processor time a request costs it."""
    return {
        operation: {
            name: round(figures["processor_us"] / each[subject]["processor_us"], 2)
            for name, figures in each.items()
        }
        for operation, each in results.items()
        if subject in each
    }


def ratios(results: dict, subject: str, other: str) -> dict:
    """operation → how many times the rate of the other the subject has; paired by round, then the median."""
    return {
        operation: round(
            statistics.median(
                mine / theirs
                for mine, theirs in zip(each[subject]["rounds"], each[other]["rounds"], strict=True)
            ),
            2,
        )
        for operation, each in results.items()
        if subject in each and other in each
    }
