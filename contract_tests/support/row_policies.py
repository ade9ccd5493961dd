"""Row-level security as the migrated database has it: which tables have a policy, and why some have none."""

from contextlib import contextmanager

from models.base.database import database

TABLES = """
select c.relname::text, c.relrowsecurity and c.relforcerowsecurity
    and exists (select from pg_policy p where p.polrelid = c.oid)
from pg_class c where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by c.relname
"""
OF_THE_QUEUE = "The server may not read the queue; it enqueues by a function."
# Every other table has a policy.
WITHOUT = {
    "attempts": "It counts guesses before it is known who guesses, by keyed digests.",
    "counters": "It counts requests before it is known who asks, for a minute.",
    "dead_letters": OF_THE_QUEUE,
    "identity_authorizations": "It is of nobody yet: each row is found by the digest of a secret.",
    "mail_requests": "It counts mails before it is known who asks, by keyed digests.",
    "migrations": "It has the names of the migrations.",
    "procrastinate_events": OF_THE_QUEUE,
    "procrastinate_jobs": OF_THE_QUEUE,
    "procrastinate_periodic_defers": OF_THE_QUEUE,
    "procrastinate_workers": OF_THE_QUEUE,
    "signing_keys": "It has keys of the server, encrypted, which every process needs.",
}


def unprotected():
    """The tables without a policy that need one, and those that are named here and have one."""
    with database.connection_context():
        found = dict(database.rows(TABLES))
    return sorted(
        name for name in found.keys() | WITHOUT.keys() if found.get(name, False) == (name in WITHOUT)
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
