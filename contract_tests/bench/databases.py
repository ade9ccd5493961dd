"""The databases of the benchmarks: one PostgreSQL on the generator's core, one database a number of tasks.

They are made once, below var/bench, and again when the migrations or the seeder change.
"""

import contextlib
import hashlib
import subprocess
import sys

import psycopg2
import psycopg2.sql

from contract_tests.bench import machine, seed
from models.base.embedded.cluster import Cluster

# More than the embedded server takes for itself by default, as a million tasks would be given anywhere.
OPTIONS = {"shared_buffers": "1GB", "max_wal_size": "4GB"}
MIGRATE = """
import sys
from models.base.database import database
from models.migrations import migrate
database.configure(sys.argv[1])
migrate(database)
"""


def recipe() -> str:
    """What the rows come from, as a digest: databases of another recipe are made again."""
    files = sorted(machine.ROOT.glob("models/migrations/*.py"))
    here = machine.ROOT / "contract_tests" / "bench"
    indexing = [machine.ROOT / "models" / name for name in ("work/task_words.py", "base/search.py")]
    contents = [path.read_bytes() for path in [*files, *indexing, here / "seed.py", here / "words.py"]]
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]


class Databases:
    """A running PostgreSQL and what is in it."""

    def __init__(self, cluster: Cluster):
        self.cluster = cluster

    def with_tasks(self, tasks: int) -> str:
        """The address of a database with that many tasks, made when it is not there."""
        name = f"tasks_{tasks}"
        if self.comment_on(name) != recipe():
            print(f"  making a database of {tasks:,} tasks …", file=sys.stderr, flush=True)
            self.cluster.drop_database(name)
            self.cluster.create_database(name)
            url = self.cluster.url(name)
            subprocess.run([sys.executable, "-c", MIGRATE, url], check=True, cwd=machine.ROOT)
            seed.seed(url, tasks)
            self.run(f"COMMENT ON DATABASE {name} IS '{recipe()}'")
        return self.cluster.url(name)

    @contextlib.contextmanager
    def copy_with_tasks(self, tasks: int):
        """The address of a copy of that database, which is dropped at the end of the block."""
        self.with_tasks(tasks)
        self.cluster.drop_database("copy")
        self.cluster.create_database("copy", template=f"tasks_{tasks}")
        try:
            yield self.cluster.url("copy")
        finally:
            self.cluster.drop_database("copy")

    @property
    def processor_seconds(self) -> float:
        """Processor time of all processes of PostgreSQL."""
        assert self.cluster.pid, "it is running"
        return machine.family_processor_seconds(self.cluster.pid)

    def comment_on(self, name: str) -> str | None:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        rows = self.run(query, [name])
        return rows[0][0] if rows else None

    def run(self, statement: str, arguments=()):
        with contextlib.closing(psycopg2.connect(self.cluster.url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, arguments)
                return cursor.fetchall() if cursor.description else None


@contextlib.contextmanager
def running():
    """``Databases`` while the block lasts."""
    cluster = Cluster(machine.ROOT / "var" / "bench", options=OPTIONS)
    with machine.on(machine.GENERATOR_CORE):
        cluster.start()
    try:
        yield Databases(cluster)
    finally:
        cluster.stop()
