"""Bulk data: an organization of fifty people, twenty projects and as many tasks as asked, by COPY.

    python -m contract_tests.bench.seed DATABASE_URL [--tasks 500000]

The same number gives the same rows.  Tables must exist; indexes that hold no constraint are dropped while
they are loaded and made again afterwards.  What a benchmark has to know about the rows is in ``World``.
"""

import argparse
import contextlib
import dataclasses
import datetime
import random
import time

import psycopg2

from contract_tests.bench import words
from contract_tests.bench.copying import copy, identity, line, without_indexes
from contract_tests.bench.seed_people import EPOCH, PEOPLE, grants, people
from models.work import task_words

PROJECTS = 20
STATUSES = ("todo", "in_progress", "in_review", "done", "cancelled")
STATUS_SHARES = (30, 40, 45, 95, 100)
PRIORITIES = ("none", "low", "medium", "high", "urgent")
SPAN = datetime.timedelta(days=365)
# fmt: off
TASK_COLUMNS = [
    "id", "organization_id", "project_id", "number", "key", "title", "description", "status", "priority",
    "starts_on", "due_on", "completed_at", "created_by_id", "created_at", "updated_at", "version", "words",
]
# fmt: on
# Each task was created once, says the log of its organization.
EVENTS = """
INSERT INTO events (id, stream_id, organization_id, sequence, event_type, occurred_at, actor_id, request_id,
                    subject_type, subject_id, subject_version, changes, snapshot)
SELECT id, organization_id, organization_id, row_number() OVER (ORDER BY created_at, id), 'task.created',
       created_at, created_by_id, 'seed', 'task', id, 1, '[]', jsonb_build_object('task', jsonb_build_object(
           'id', id, 'organization_id', organization_id, 'project_id', project_id, 'key', key, 'title', title,
           'description', description, 'status', 'todo', 'priority', priority, 'starts_on', starts_on,
           'due_on', due_on, 'assignee_ids', '[]'::jsonb, 'completed_at', null,
           'created_by_id', created_by_id, 'created_at', created_at, 'updated_at', created_at, 'version', 1))
FROM tasks
"""


@dataclasses.dataclass
class World:
    """What a benchmark has to know about a seeded database."""

    tasks: int
    project_ids: list[str]
    task_ids: list[str]
    rare_words: list[str]


def world(url: str) -> World:
    """A seeded database: its projects, two thousand tasks spread over it, words that are rare in it."""
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id::text FROM projects ORDER BY key")
        project_ids = [row[0] for row in cursor]
        cursor.execute("SELECT sum(last_number) FROM projects")
        (total,) = cursor.fetchone() or (0,)
        tasks = int(total)
        cursor.execute(
            "SELECT id::text FROM tasks WHERE number %% %s = 1 ORDER BY id LIMIT 2000",
            [max(1, tasks // 2000)],
        )
        task_ids = [row[0] for row in cursor]
    return World(tasks, project_ids, task_ids, words.rare(tasks)[:400])


class Seeder:
    """One run: the same chance, the same rows."""

    def __init__(self, tasks: int):
        self.tasks = tasks
        self.chance = random.Random(42)
        self.organization = identity(self.chance, EPOCH)
        self.users = [identity(self.chance, EPOCH) for _ in range(PEOPLE)]
        self.projects = [identity(self.chance, EPOCH) for _ in range(PROJECTS)]
        self.assignments: list[str] = []
        self.rare = words.rare(tasks)

    def task_lines(self):
        """Tasks in the order they were made, numbered within their project; half of them done."""
        chance, rare, step = self.chance, self.rare, SPAN / self.tasks
        for number in range(self.tasks):
            made = EPOCH + number * step
            task_id = identity(chance, made)
            project = number % PROJECTS
            draw = chance.random() * 100
            status = next(name for name, share in zip(STATUSES, STATUS_SHARES, strict=True) if draw < share)
            closed = made + datetime.timedelta(days=3) if status == "done" else None
            title, description = words.sentences(chance, rare[number % len(rare)])
            key = f"BENCH{project}-{number // PROJECTS + 1}"
            yield line(
                task_id,
                self.organization,
                self.projects[project],
                number // PROJECTS + 1,
                key,
                title,
                description,
                status,
                PRIORITIES[number % 5],
                None,
                (made + datetime.timedelta(days=14)).date() if number % 3 else None,
                closed,
                self.users[number % PEOPLE],
                made,
                closed or made,
                2 if closed else 1,
                task_words.of(key, title, description),
            )
            for offset in range(0 if draw % 1 < 0.4 else 1 if draw % 1 < 0.9 else 2):
                someone = self.users[(number + offset) % PEOPLE]
                self.assignments.append(line(task_id, someone, self.organization))


# The other contenders count in the row of the project, as their frameworks' users would.
LAST_NUMBER = "ALTER TABLE projects ADD COLUMN last_number bigint NOT NULL DEFAULT 0"
# Remit counts in a table of its own, and begins beyond the numbers of the others.
TASK_NUMBERS = (
    f"INSERT INTO task_numbers SELECT id, organization_id, last_number + {10**9}, true FROM projects"
)


def load_tables(cursor, seeder: Seeder):
    """Everything into empty tables, parents first."""
    organization, users = seeder.organization, seeder.users
    row = ["id", "version", "created_at", "updated_at"]

    def fill(table, columns, values):
        lines = (line(first, 1, EPOCH, EPOCH, *others) for first, *others in values)
        copy(cursor, table, [*row, *columns], lines)

    fill("organizations", ["name"], [(organization, "Bench")])
    people(cursor, fill, seeder)
    counts = [len(range(project, seeder.tasks, PROJECTS)) for project in range(PROJECTS)]
    projects = (
        (each, organization, f"BENCH{n}", f"Project {n}", "active", counts[n], users[0])
        for n, each in enumerate(seeder.projects)
    )
    cursor.execute(LAST_NUMBER)
    fill("projects", ["organization_id", "key", "name", "status", "last_number", "created_by_id"], projects)
    cursor.execute(TASK_NUMBERS)
    grants(fill, seeder)
    with without_indexes(cursor, "tasks", "assignments", "events"):
        copy(cursor, "tasks", TASK_COLUMNS, seeder.task_lines())
        copy(cursor, "assignments", ["task_id", "user_id", "organization_id"], iter(seeder.assignments))
        cursor.execute(EVENTS)
    cursor.execute("INSERT INTO streams SELECT stream_id, max(sequence) FROM events GROUP BY 1")


def seed(url: str, tasks: int):
    """Fill the empty tables of a database with that many tasks and what they belong to."""
    seeder = Seeder(tasks)
    with contextlib.closing(psycopg2.connect(url)) as connection:
        with connection, connection.cursor() as cursor:
            # The rows refer to each other by construction: foreign keys need not be looked up.
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
            load_tables(cursor, seeder)
        connection.autocommit = True
        connection.cursor().execute("VACUUM (ANALYZE)")


def main():
    parser = argparse.ArgumentParser(description="Fill the empty tables of a database with tasks.")
    parser.add_argument("url")
    parser.add_argument("--tasks", type=int, default=500_000)
    options = parser.parse_args()
    began = time.monotonic()
    seed(options.url, options.tasks)
    print(f"{options.tasks:,} tasks in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
