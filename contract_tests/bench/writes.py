"""The rate at which Remit creates tasks, in one organization and in many, with 1 to 64 clients.

The creates of an organization wait for each other: its stream numbers its events.  The tables begin with half a million
tasks; their size is measured before the first create and after the last.
"""

import contextlib

import psycopg2

from contract_tests.bench import databases, load, remit, report, rounds, seed, seed_people, seed_tenants
from contract_tests.bench.database import Creates
from contract_tests.bench.host import Server

TASKS = 500_000
ORGANIZATIONS = 64  # one for each client, at most
CLIENTS = (1, 4, 16, 64)
QUICK, FULL = rounds.RoundPlan(1, 2.0, 0), rounds.RoundPlan(1, 10.0, 4)
TABLES = ("tasks", "events", "idempotency", "streams", "task_numbers")


def creates(url: str) -> dict[str, Creates]:
    """The requests of each scenario."""
    project_ids = seed.world(url).project_ids
    tenants = seed_tenants.add(url, ORGANIZATIONS)
    token = [seed_people.TOKEN]
    return {
        "one organization, one project": Creates(project_ids[:1], token),
        f"one organization, {len(project_ids)} projects": Creates(project_ids, token),
        f"{ORGANIZATIONS} organizations": Creates(
            [each.project_id for each in tenants], [each.token for each in tenants]
        ),
    }


def sizes(url: str) -> dict[str, int]:
    """Bytes of each table with its indexes, and the number of tasks."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        measured = {}
        for table in TABLES:
            cursor.execute("SELECT pg_total_relation_size(%s)", [table])
            (measured[table],) = cursor.fetchone() or (0,)
        cursor.execute("SELECT count(*) FROM tasks")
        return measured | {"number": (cursor.fetchone() or (0,))[0]}


def operation_name(scenario: str, clients: int) -> str:
    return f"{scenario}, {clients} clients"


def run(quick: bool) -> tuple[dict, list[dict]]:
    with databases.running() as postgresql, postgresql.copy_with_tasks(TASKS) as url:
        scenarios = creates(url)
        with Server(remit.FACTORY, **remit.environment(url)) as server:
            jobs = {
                operation_name(scenario, clients): load.Job(server.port, each, clients, expect=(201,))
                for scenario, each in scenarios.items()
                for clients in CLIENTS
            }
            contender = rounds.Contender("Remit", server, jobs, postgresql)
            before = sizes(url)
            results = rounds.alternate([contender], list(jobs), QUICK if quick else FULL)
            after = sizes(url)
    measured = {"results": results, "bytes_before": before, "bytes_after": after}
    return measured, [rate_table(scenarios, results), size_table(before, after)]


def rate_table(scenarios, results: dict) -> dict:
    rows = []
    for scenario in scenarios:
        figures = [results[operation_name(scenario, clients)]["Remit"] for clients in CLIENTS]
        rows += [
            [f"{scenario}: creates/s", *(f"{each['per_second']:,.0f}" for each in figures)],
            ["p50 / p99, ms", *(f"{each['p50_ms']:,.1f} / {each['p99_ms']:,.1f}" for each in figures)],
            ["server / PostgreSQL, µs per create", *map(report.processor_times, figures)],
        ]
    title = f"Creates per second, with {TASKS:,} tasks in the tables" + report.shared(results)
    columns = ["Remit", *(f"{clients} client{'s' if clients > 1 else ''}" for clients in CLIENTS)]
    return report.table(title, columns, rows)


def size_table(before: dict, after: dict) -> dict:
    number = after["number"] - before["number"]
    rows = [
        [
            table,
            *(f"{each[table] / 1e6:,.1f}" for each in (before, after)),
            f"{(after[table] - before[table]) / number:,.0f}",
        ]
        for table in TABLES
    ]
    columns = ["MB, indexes included", "before", "after", "bytes per create"]
    return report.table(f"Table sizes before and after {number:,} creates", columns, rows)
