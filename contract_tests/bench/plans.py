"""The plans of the statements that Remit runs, as PostgreSQL made them: kept as text, and checked.

``auto_explain`` notes each statement of a session with its plan, times and buffers: nothing is explained that
is not run, and nothing is run that is not explained.
"""

import contextlib
import pathlib
import re

from contract_tests.bench import databases, remit, rounds
from contract_tests.bench.host import Server

FOLDER = pathlib.Path(__file__).parent / "results" / "plans"
SETTINGS = {
    "session_preload_libraries": "'auto_explain'",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
}
# A prepared statement is planned for its values five times, then perhaps once for all: the last plan is kept.
REPEATED = 12
WASTE = 5_000  # rows that a plan may read and throw away
ENTRY = re.compile(r"LOG:  duration: ([\d.]+) ms  plan:\n((?:\t.*\n)+)")


@contextlib.contextmanager
def logging_plans(postgresql: databases.Databases, name: str):
    """Sessions that begin inside tell their plans to the server's log."""
    for setting, value in SETTINGS.items():
        postgresql.run(f"ALTER DATABASE {name} SET {setting} = {value}")
    try:
        yield
    finally:
        postgresql.run(f"ALTER DATABASE {name} RESET ALL")


def entries(log: str) -> list[dict]:
    """The statements of a log: milliseconds, text with plan, tables read as a whole,
    rows read in vain, buffers."""
    statements = []
    for milliseconds, text in ENTRY.findall(log):
        plan = re.sub(r"^\t", "", text, flags=re.M)
        buffers = re.search(r"Buffers: (.*)", plan)
        statements.append(
            {
                "milliseconds": float(milliseconds),
                "plan": plan,
                "whole": re.findall(r"Seq Scan on (\w+)", plan),
                "discarded": sum(map(int, re.findall(r"Rows Removed by Filter: (\d+)", plan))),
                "buffers": sum(map(int, re.findall(r"(?:hit|read)=(\d+)", buffers[1]))) if buffers else 0,
            }
        )
    return statements


def keep(postgresql: databases.Databases, tasks: int, jobs) -> dict:
    """Ask Remit each question on a database of that many tasks; operation → what the statement on tasks cost.

    ``jobs(port)`` are the questions.  Refuses a plan that reads tasks only to throw them away.
    """
    url, log = postgresql.with_tasks(tasks), postgresql.cluster.folder / "postgresql.log"
    one_thread = {**remit.environment(url), "REMIT_THREADS": "1"}  # and so one connection
    costs = {}
    with logging_plans(postgresql, f"tasks_{tasks}"), Server(remit.FACTORY, **one_thread) as server:
        for operation, job in jobs(server.port).items():
            for _ in range(REPEATED):
                begins = log.stat().st_size
                status, _ = rounds.answer_to(job)
                with log.open() as lines:
                    lines.seek(begins)
                    statements = entries(lines.read())
            text = "\n".join(f"{each['milliseconds']} ms\n{each['plan']}" for each in statements)
            slug = operation.replace(",", "").replace(" ", "_")
            (FOLDER / f"{slug}_{tasks}.txt").write_text(
                f"{operation}, {tasks:,} tasks, status {status}\n\n{text}"
            )
            mine = [each for each in statements if " tasks " in each["plan"]]
            if not mine or any("tasks" in each["whole"] or each["discarded"] > WASTE for each in mine):
                raise RuntimeError(f"{operation} reads tasks in vain: see {FOLDER / slug}_{tasks}.txt")
            costs[operation] = {
                key: round(sum(each[key] for each in mine), 3) for key in ("milliseconds", "buffers")
            }
    return costs
