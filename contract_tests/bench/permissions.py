"""What it costs to ask the policy: a get by somebody with a role, and with ten teams and fifty grants, beside the same server
without any question asked."""

import contextlib

from contract_tests.bench import databases, load, plans, remit, report, rounds, seed, seed_people
from contract_tests.bench.host import Server

TASKS = 10_000
CONNECTIONS = 16
AT_MOST = 1.05
ROLE, GRANTS, NOTHING = "a role", f"{seed_people.TEAMS} teams, {seed_people.GRANTS} grants", "nothing asked"


def without_questions():
    """Remit with a policy that says yes to everything at once."""
    from security import policy

    policy.allows = lambda permission, caller, row: True
    return remit.build()


def gets(world: seed.World, token: str) -> list[bytes]:
    headers = {"authorization": f"Bearer {token}"}
    return [load.request("GET", f"/api/v1/tasks/{each}", headers=headers) for each in world.task_ids]


def lists(token: str) -> list[bytes]:
    headers = {"authorization": f"Bearer {token}"}
    return [load.request("GET", "/api/v1/tasks?limit=20&sort=-created_at", headers=headers)]


def run(quick: bool) -> tuple[dict, list[dict]]:
    with databases.running() as postgresql, contextlib.ExitStack() as stack:
        url = postgresql.with_tasks(TASKS)
        world = seed.world(url)
        contenders = []
        for name, factory, token in (
            (NOTHING, "contract_tests.bench.permissions:without_questions", seed_people.TOKEN),
            (ROLE, remit.FACTORY, seed_people.TOKEN),
            (GRANTS, remit.FACTORY, seed_people.GRANTED_TOKEN),
        ):
            server = stack.enter_context(Server(factory, **remit.environment(url)))
            jobs = {
                "get": load.Job(server.port, gets(world, token), CONNECTIONS),
                "list of 20": load.Job(server.port, lists(token), CONNECTIONS),
            }
            contenders.append(rounds.Contender(name, server, jobs))
        results = rounds.alternate(contenders, ["get", "list of 20"], rounds.QUICK if quick else rounds.FULL)
        asked = {"get by grants": "get", "list by grants": "list of 20"}
        costs = plans.keep(
            postgresql,
            TASKS,
            lambda port: {
                name: load.Job(
                    port,
                    (
                        gets(world, seed_people.GRANTED_TOKEN)
                        if job == "get"
                        else lists(seed_people.GRANTED_TOKEN)
                    )[:1],
                    1,
                )
                for name, job in asked.items()
            },
        )
    columns = ["requests/s (cost beside nothing asked)", NOTHING, ROLE, GRANTS]
    rows = []
    ratios = {}
    for operation, each in results.items():
        cells = []
        for name in (NOTHING, ROLE, GRANTS):
            cost = round(each[name]["processor_us"] / each[NOTHING]["processor_us"], 3)
            ratios[f"{operation}, {name}"] = cost
            comparison = (
                f" (×{cost:.2f}, ≤ {AT_MOST}: {'reached' if cost <= AT_MOST else 'missed'})"
                if operation == "get"
                else f" (×{cost:.2f})"
            )
            cells.append(f"{each[name]['per_second']:,.0f}" + ("" if name == NOTHING else comparison))
        rows.append([operation, *cells])
    table = report.table(
        "The cost of asking the policy, in processor time" + report.shared(results), columns, rows
    )
    return {"results": results, "plans": costs, "cost_ratios": ratios}, [table]
