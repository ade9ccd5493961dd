"""The history of the tables: numbered files with ``up`` and ``down``, run in order and never changed."""

from pathlib import Path

from playhouse.migrations import Runner

LOCK = 0x52454D49  # the advisory lock of who migrates


def runner(database):
    """Peewee's runner over the files of this folder; what was run is in the table ``migrations``."""
    return Runner(database, str(Path(__file__).parent), table_name="migrations")


def migrate(database):
    """Bring the tables to the newest version; the names of the migrations that were run.

    Several processes may call it at once: one migrates, the others wait and find nothing to do.
    """
    with database.connection_context():
        database.execute_sql("reset role; set statement_timeout = 0; set lock_timeout = 0")
        database.execute_sql("select pg_advisory_lock(%s)", (LOCK,))
        return runner(database).up()


def is_current(database):
    """Whether every migration of this version has been run."""
    return all(migration.applied for migration in runner(database).status())
