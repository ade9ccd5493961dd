"""Ten thousand tasks and a million: the same questions through the same server must cost the same."""

import contextlib

from contract_tests.bench import database, databases, load, plans, remit, report, rounds, seed
from contract_tests.bench.host import Server

FEW_TASKS, MANY_TASKS = 10_000, 1_000_000
AT_MOST = 1.3
FREQUENT = "compressor"
CONNECTIONS = 8


def searches(world: seed.World) -> list[bytes]:
    """A word that stands in twenty-five tasks, whatever their number."""
    return [
        load.request("GET", f"/api/v1/tasks?text={word}", headers=database.AUTHORIZED)
        for word in world.rare_words
    ]


def jobs(port: int, world: seed.World) -> dict[str, load.Job]:
    frequent = [load.request("GET", f"/api/v1/tasks?text={FREQUENT}", headers=database.AUTHORIZED)]
    return {
        "get": load.Job(port, database.gets(world), CONNECTIONS),
        "filtered list of 20": load.Job(port, database.lists(world), CONNECTIONS),
        "search, rare word": load.Job(port, searches(world), CONNECTIONS),
        "search, frequent word": load.Job(port, frequent, CONNECTIONS),
    }


def run(quick: bool) -> tuple[dict, list[dict]]:
    names = {FEW_TASKS: f"{FEW_TASKS:,} tasks", MANY_TASKS: f"{MANY_TASKS:,} tasks"}
    with databases.running() as postgresql, contextlib.ExitStack() as stack:
        contenders, costs = [], {}
        for tasks, name in names.items():
            url = postgresql.with_tasks(tasks)
            world = seed.world(url)
            costs[name] = plans.keep(postgresql, tasks, lambda port, world=world: jobs(port, world))
            server = stack.enter_context(Server(remit.FACTORY, **remit.environment(url)))
            contenders.append(rounds.Contender(name, server, jobs(server.port, world)))
        operations = list(contenders[0].jobs)
        results = rounds.alternate(contenders, operations, rounds.QUICK if quick else rounds.FULL)
    few, many = names.values()
    ratios = rounds.ratios(results, few, many)
    columns = [f"Remit, requests/s (buffers read) at {few} and {many}", few, many, "cost ratio"]
    rows = []
    for operation, ratio in ratios.items():
        cells = [
            f"{results[operation][name]['per_second']:,.0f} ({costs[name][operation]['buffers']})"
            for name in (few, many)
        ]
        rows.append(
            [operation, *cells, f"{ratio:.2f} (≤ {AT_MOST}: {'reached' if ratio <= AT_MOST else 'missed'})"]
        )
    tables = [report.table("The cost of size" + report.shared(results), columns, rows)]
    return {"results": results, "plans": costs, "cost_ratios": ratios}, tables
