"""The history of the tables: numbered files with ``up`` and ``down``, run in order and never changed."""

from pathlib import Path
from time import sleep

from playhouse.migrations import Runner

LOCK = 0x52454D49  # the advisory lock of who migrates
LOCK_SECONDS = 0.1


def runner(database):
    """Peewee's runner over the files of this folder; what was run is in the table ``migrations``."""
    return Runner(database, str(Path(__file__).parent), table_name="migrations")


def migrate(database):
    """Bring the tables to the newest version; the names of the migrations that were run.

    Several processes may call it at once: one migrates, the others wait and find nothing to do.
    """
    with database.connection_context():
        database.execute_sql("reset role; set statement_timeout = 0; set lock_timeout = 0")
        # Asked again and again: a statement that waits would keep ``create index concurrently`` waiting for itself.
        while not database.rows("select pg_try_advisory_lock(%s)", (LOCK,))[0][0]:
            sleep(LOCK_SECONDS)
        return runner(database).up()


def is_current(database):
    """Whether every migration of this version has been run."""
    return all(migration.applied for migration in runner(database).status())
