"""Functions of the database, changed for as long as a test needs to show what they are good for."""

from contextlib import contextmanager

from models.base.database import database

SOURCE = "select pg_get_functiondef(oid) from pg_proc where proname = %s"
ALL_PLACES = "(select array_agg(one.id)::text from public.organizations one)"


@contextmanager
def changed(name, before, after):
    """``before`` stands in the function no more, and ``after`` in its place."""
    with database.connection_context():
        ((source,),) = database.rows(SOURCE, (name,))
    if before not in source:
        raise LookupError(f"{name} does not say {before!r}.")
    _store(source.replace(before, after))
    try:
        yield
    finally:
        _store(source)


def open_wall(way="session"):
    """Whoever comes in that way sees the rows of every organization."""
    return changed(f"remit_who_by_{way}", "u.places::text", ALL_PLACES)


def _store(source):
    with database.connection_context():
        database.execute_sql(source.replace("%", "%%"))
