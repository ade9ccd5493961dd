"""The same PostgreSQL with half a million tasks: authenticated, permission-checked, answered in full.

Each contender is one process; PostgreSQL has the generator's core.  Creates carry an Idempotency-Key each, which Remit
and the bare program store and the other frameworks ignore.
"""

import contextlib
import dataclasses
import datetime
import re
import secrets

from contract_tests.bench import databases, express, load, remit, report, rounds, seed, seed_people
from contract_tests.bench.host import Server

TASKS = 500_000
SERVERS: dict[str, tuple[type[Server], str]] = {
    "Remit": (Server, remit.FACTORY),
    "FastAPI + SQLModel": (Server, "contract_tests.bench.servers.sqlmodel_app:build"),
    "Express + TypeORM": (express.Server, express.PROGRAM),
    "bare + psycopg2": (Server, "contract_tests.bench.servers.bare_database:build"),
}
TARGETS: dict[str, report.Target] = {
    "FastAPI + SQLModel": {"get": 2, "filtered list of 20": 2, "create": 1},
    "Express + TypeORM": {"get": 1, "filtered list of 20": 1, "create": 1},
    "bare + psycopg2": {
        "get": report.ByProcessor(0.65),
        "filtered list of 20": report.ByProcessor(0.65),
        "create": report.ByProcessor(0.6),
    },
}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
CONNECTIONS = 16
AUTHORIZED = {"authorization": f"Bearer {seed_people.TOKEN}"}


@dataclasses.dataclass
class Creates:
    """Requests for new tasks, each with a key of its own, round the projects and the tokens."""

    project_ids: list[str]
    tokens: list[str] = dataclasses.field(default_factory=lambda: [seed_people.TOKEN])
    run: str = dataclasses.field(default_factory=lambda: secrets.token_hex(6))

    def __call__(self, index: int) -> bytes:
        body = {
            "project_id": self.project_ids[index % len(self.project_ids)],
            "title": "Order a new pump",
            "description": "Two offers at least, and one of them from the supplier of line four.",
            "status": "todo",
            "priority": "high",
            "due_on": "2026-04-30",
        }
        headers = {
            "authorization": f"Bearer {self.tokens[index % len(self.tokens)]}",
            "idempotency-key": f"{self.run}-{secrets.token_hex(4)}-{index}",
        }
        return load.request("POST", "/api/v1/tasks", body, headers)


def gets(world: seed.World) -> list[bytes]:
    return [load.request("GET", f"/api/v1/tasks/{each}", headers=AUTHORIZED) for each in world.task_ids]


def lists(world: seed.World) -> list[bytes]:
    query = "status=todo&limit=20&sort=-created_at&project_id="
    return [
        load.request("GET", f"/api/v1/tasks?{query}{each}", headers=AUTHORIZED) for each in world.project_ids
    ]


def jobs(port: int, world: seed.World) -> dict[str, load.Job]:
    return {
        "get": load.Job(port, gets(world), CONNECTIONS),
        "filtered list of 20": load.Job(port, lists(world), CONNECTIONS),
        "create": load.Job(port, Creates(world.project_ids), CONNECTIONS, expect=(201,)),
    }


def compare_answers(contenders: list[rounds.Contender]):
    """Every contender answers the same tasks with the same values, and stores what it was sent."""
    own = {"id", "key", "created_at", "updated_at"}
    first, *others = contenders
    for operation in first.jobs:
        expected = comparable(first, operation, own)
        for other in others:
            answer = comparable(other, operation, own)
            if answer != expected:
                raise RuntimeError(f"{operation}: {other.name} answered {answer}, {first.name} {expected}")


def comparable(contender: rounds.Contender, operation: str, own: set[str]):
    status, value = rounds.answer_to(contender.jobs[operation], 7)
    if status >= 300:
        raise RuntimeError(f"{contender.name}, {operation}: {status} {value}")
    if operation == "create":
        value = {name: each for name, each in value.items() if name not in own}
    return with_timestamps(value.get("items", value))


def with_timestamps(value):
    """A JSON value with its timestamps parsed and cut to the millisecond, the precision of JavaScript."""
    if isinstance(value, dict):
        return {name: with_timestamps(each) for name, each in value.items()}
    if isinstance(value, list):
        return [with_timestamps(each) for each in value]
    if isinstance(value, str) and TIMESTAMP.fullmatch(value):
        timestamp = datetime.datetime.fromisoformat(value)
        return timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)
    return value


def run(quick: bool) -> tuple[dict, list[dict]]:
    with databases.running() as postgresql, contextlib.ExitStack() as stack:
        url = postgresql.with_tasks(TASKS)
        world = seed.world(url)
        contenders = []
        for name, (server_class, program) in SERVERS.items():
            environment = {"BENCH_DATABASE_URL": url, **remit.environment(url)}
            server = stack.enter_context(server_class(program, **environment))
            contenders.append(rounds.Contender(name, server, jobs(server.port, world), postgresql))
        compare_answers(contenders)
        operations = list(contenders[0].jobs)
        results = rounds.alternate(contenders, operations, rounds.QUICK if quick else rounds.FULL)
        memory = {each.name: each.server.resident_megabytes for each in contenders}
    title = f"PostgreSQL with {TASKS:,} tasks: authenticated, permission-checked, one process each"
    measured = {
        "results": results,
        "processor_ratios": rounds.costs(results, "Remit"),
        "resident_megabytes": memory,
    }
    return measured, [report.rate_table(title, results, "Remit", TARGETS), report.processor_table(results)]
