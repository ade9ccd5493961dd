"""Row-level security as the migrated database has it: which tables have a policy, and why some have none."""

from contextlib import contextmanager

from models import tables
from models.base.database import database
from models.base.declarations import declaration

TABLES = """
select c.relname::text, c.relrowsecurity and c.relforcerowsecurity
    and exists (select from pg_policy p where p.polrelid = c.oid)
from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by c.relname
"""
OF_THE_QUEUE = "The server may not read the queue; it enqueues by a function."
# Tables that are no models.
BESIDE = {
    "migrations": "It has the names of the migrations.",
    "procrastinate_events": OF_THE_QUEUE,
    "procrastinate_jobs": OF_THE_QUEUE,
    "procrastinate_periodic_defers": OF_THE_QUEUE,
    "procrastinate_workers": OF_THE_QUEUE,
}


def reasons():
    """Why some tables have no policy; every other one has."""
    declared = {table._meta.table_name: declaration(table).unprotected for table in tables()}
    return BESIDE | {name: reason for name, reason in declared.items() if reason}


def unprotected():
    """The tables without a policy that need one, and those that have one in spite of a reason."""
    without = reasons()
    with database.connection_context():
        protected = dict(database.rows(TABLES))
    return sorted(
        name for name in protected.keys() | without.keys() if protected.get(name, False) == (name in without)
    )


@contextmanager
def a_table_without_a_policy():
    """As a migration might make one that forgets it."""
    with database.connection_context():
        database.execute_sql("create table forgotten (id uuid primary key, organization_id uuid not null)")
    try:
        yield
    finally:
        with database.connection_context():
            database.execute_sql("drop table forgotten")
