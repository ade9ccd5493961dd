"""No database: the same generated contract of 150 operations, served from memory, answers validated.

Requests go round all thirty nouns, so that no router is favoured by the place of a route in its table.
"""

import contextlib
import importlib.util

from contract_tests.bench import generated, load, report, rounds
from contract_tests.bench.host import Server

SERVERS = {
    "Remit": "contract_tests.bench.engine:build",
    "FastAPI": "contract_tests.bench.servers.fastapi_generated:build",
    "Connexion": "contract_tests.bench.servers.connexion_stock:build",
    "bare ASGI": "contract_tests.bench.servers.bare:build",
}
TARGETS: dict[str, report.Target] = {"Connexion": 4, "FastAPI": 1.8}
CONNECTIONS = 16


def jobs(port: int) -> dict[str, load.Job]:
    """What is asked of each server, for each operation."""
    identity = generated.THINGS[0]["id"]
    collections = [f"/api/v1/{noun}s" for noun in generated.NOUNS]
    query = "limit=20&status=todo&sort=-created_at"
    messages = {
        "list of 20": [load.request("GET", f"{each}?{query}") for each in collections],
        "get": [load.request("GET", f"{each}/{identity}") for each in collections],
        "create": [load.request("POST", each, generated.BODY) for each in collections],
    }
    return {name: load.Job(port, each, CONNECTIONS, expect=(200, 201)) for name, each in messages.items()}


def compare_answers(contenders: list[rounds.Contender]):
    """Every contender must answer the same, or the race means nothing."""
    first, *others = contenders
    for operation, job in first.jobs.items():
        expected = rounds.answer_to(job)
        for other in others:
            answer = rounds.answer_to(other.jobs[operation])
            if answer != expected:
                raise RuntimeError(f"{operation}: {other.name} answered {answer}, {first.name} {expected}")


def available() -> dict[str, str]:
    """The contenders that can be run here: Remit's engine is one from the day it is there."""
    with contextlib.suppress(ModuleNotFoundError):
        if importlib.util.find_spec("handlers.http.application"):
            return SERVERS
    return {name: factory for name, factory in SERVERS.items() if name != "Remit"}


def run(quick: bool) -> tuple[dict, list[dict]]:
    with contextlib.ExitStack() as stack:
        contenders = []
        for name, factory in available().items():
            server = stack.enter_context(Server(factory))
            contenders.append(rounds.Contender(name, server, jobs(server.port)))
        compare_answers(contenders)
        results = rounds.alternate(contenders, list(jobs(0)), rounds.QUICK if quick else rounds.FULL)
        memory = {each.name: each.server.resident_megabytes for each in contenders}
        ready = {each.name: round(each.server.ready["seconds"], 3) for each in contenders}
    title = "No database: 150 generated operations, answers validated, one process each"
    tables = [report.rate_table(title, results, "Remit", TARGETS)]
    return {
        "results": results,
        "processor_ratios": rounds.costs(results, "Remit"),
        "resident_megabytes": memory,
        "ready_seconds": ready,
    }, tables
