"""Statements: what one costs when a server of 500 generated operations uses three for each, and what PostgreSQL holds for them.

scripts/bench statements
"""

import statistics
import time

from contract_tests.bench import databases, report, seed
from models.base import connections
from models.base.database import database
from models.base.statements import Slot, Statement, statement

TASKS = 500_000
OPERATIONS = (3, 158, 500)
EACH = 3  # statements of an operation: one resource, the first page, and the next one
ROUNDS, AT_MOST = 7, 1.3
# As long as that of a page of tasks; the numbers make different statements of it.
TEXT = """
select /* {0} */ t1.id, t1.version, t1.created_at, t1.updated_at, t1.organization_id, t1.project_id, t1.key, t1.title,
    t1.description, t1.status, t1.priority, t1.starts_on, t1.due_on, t1.completed_at, t1.created_by_id, array(
        select a.user_id from assignments as a where a.task_id = t1.id order by a.user_id) as assignee_ids
from tasks as t1
where t1.id = %s and (t1.organization_id = any ((select remit_places())::uuid[]) or exists (
    select from assignments as b where b.task_id = t1.id and b.user_id = any ((select remit_accounts())::uuid[])))
"""
MEMORY = """
select coalesce(sum(total_bytes), 0) from pg_backend_memory_contexts where name in ('CachedPlan', 'CachedPlanSource',
    'CachedPlanQuery')
"""


def cached(number: int) -> Statement:
    return statement(("bench", number), lambda: (TEXT.format(number), [Slot(0)]))


def microseconds(count: int, task_ids: list[str]) -> float:
    """The time of one statement, of so many that are used in turn."""
    executed = max(count, 600)
    began = time.perf_counter()
    for number in range(executed):
        cached(number % count).rows([task_ids[number % len(task_ids)]])
    return (time.perf_counter() - began) / executed * 1e6


def measured(count: int, task_ids: list[str], rounds: int) -> dict[str, float]:
    database.forget_connection()
    for _ in range(6):  # each is planned for its values five times
        microseconds(count, task_ids)
    each = statistics.median(microseconds(count, task_ids) for _ in range(rounds))
    ((size,),) = database.rows(MEMORY)
    return {
        "microseconds": each,
        "megabytes": float(size) / 2**20,
        "prepared": len(database.connection().prepared),
    }


def run(quick: bool) -> tuple[dict, list[dict]]:
    with databases.running() as postgresql:
        url = postgresql.with_tasks(TASKS)
        database.configure(url)
        task_ids = seed.world(url).task_ids
        rounds = 2 if quick else ROUNDS
        results = {f"{each} operations": measured(each * EACH, task_ids, rounds) for each in OPERATIONS}
        limit = connections.MAX_PREPARED_BYTES
        connections.MAX_PREPARED_BYTES = len(TEXT) * 100
        results[f"{OPERATIONS[-1]} operations, room for 100 statements"] = measured(
            OPERATIONS[-1] * EACH, task_ids, 2
        )
        connections.MAX_PREPARED_BYTES = limit
        database.forget_connection()
    first, most = (results[f"{OPERATIONS[each]} operations"] for each in (0, -1))
    ratio = most["microseconds"] / first["microseconds"]
    rows = [
        [name, *(f"{each[key]:,.0f}" for key in ("microseconds", "prepared", "megabytes"))]
        for name, each in results.items()
    ]
    verdict = "reached" if ratio <= AT_MOST else "missed"
    rows.append([f"500 to 3 (≤ {AT_MOST:g}: {verdict})", f"{ratio:.2f}×", "", ""])
    columns = [
        f"{EACH} statements each, in turn",
        "µs a statement",
        "prepared on a connection",
        "MB of PostgreSQL",
    ]
    return {"results": results, "ratio": ratio}, [
        report.table("Statements of many operations", columns, rows)
    ]
