"""What is stored, seen from outside: fingerprints of rows by SQL, whatever tables there are.

While nothing was written (PostgreSQL's log stands still) nothing is read again; else one query counts the rows of each table
and reads the versions of rows that are new since.  Which are gone is asked only of tables that have fewer than known.
"""

from contextlib import suppress

import psycopg2

from models.base.database import database

COLUMNS = "select distinct column_name from information_schema.columns where table_schema = 'public'"
# Where the log of the cluster stands: every transaction that writes anything, also to unlogged tables, moves it.  And the
# oldest transaction that is open: what the older ones wrote is seen by the statements that follow.
POSITION = "select pg_current_wal_insert_lsn(), pg_snapshot_xmin(pg_current_snapshot())::xid::text"
OLDEST = "3"  # the first transaction of a cluster
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
NEW_ROWS = """
select '{table}', count(*), array_agg(ctid::text order by ctid) filter (where {is_new}),
    array_agg({digest} order by ctid) filter (where {is_new})
from {table} t
"""
IS_NEW = "age(xmin) <= age($1::xid)"
DIGEST = "hashtextextended({row}, 0)"
DIGEST_OF_MENTIONS = "case when t::text ~ $2 then {digest} end"
ROWS_THAT_ARE_THERE = "select ctid::text from {table}"

# That somebody asks is noticed, whatever the request does.
NOTICED = "(to_jsonb(t) - '{last_used_at,last_used_address,secret_used_at,address}'::text[])::text"
OF_USE = {"sessions", "api_keys"}


def columns():
    """The name of every column of every table."""
    with database.connection_context():
        return {name for (name,) in database.rows(COLUMNS)}


def everything():
    """A fingerprint of each table: any row that is added, changed or deleted changes it."""
    return _reader().read()


def that_mention(*ids):
    """The same of the rows in which one of these ids occurs: what belongs to them, and what refers to them."""
    return _reader("|".join(sorted(ids))).read()


def changed(before, after):
    """The tables that differ."""
    return sorted(table for table in after if before[table] != after[table])


_READERS = {}


def _reader(pattern=None):
    """Who has read these rows of the database before."""
    key = database.url, pattern
    if key not in _READERS or _READERS[key].statements.connection.closed:
        for other_key in [other_key for other_key in _READERS if other_key[0] != database.url]:
            with suppress(psycopg2.Error):
                _READERS.pop(other_key).statements.connection.close()
        statements = next((reader.statements for reader in _READERS.values()), None)
        if statements is None or statements.connection.closed:
            _READERS.clear()
            statements = Statements(database.url)
        _READERS[key] = Reader(statements, pattern)
    return _READERS[key]


class Statements:
    """Statements on one connection, each of which is planned once."""

    def __init__(self, url):
        self.connection = psycopg2.connect(url, application_name="rows")
        self.connection.autocommit = True
        self.names = {}

    def rows(self, sql, *parameters):
        with self.connection.cursor() as cursor:
            if sql not in self.names:
                name = f"statement_{len(self.names)}"
                cursor.execute(f"prepare {name} as {sql}")
                self.names[sql] = name
            placeholders = f"({', '.join(['%s'] * len(parameters))})" if parameters else ""
            cursor.execute(f"execute {self.names[sql]}{placeholders}", parameters)
            return cursor.fetchall()


class Reader:
    """Fingerprints of all rows, or of those that match a pattern, as they were read last."""

    def __init__(self, statements, pattern):
        self.statements, self.pattern, self.position = statements, pattern, (None, OLDEST)
        self.tables = {}

    def read(self):
        """``(number of rows, sum of their digests)`` by table, as they are now."""
        # Before the rows: what is written meanwhile is read next time.
        (position,) = self.statements.rows(POSITION)
        if position[0] != self.position[0]:
            self._read_what_differs()
            self.position = position
        return {name: (table.matching, table.total) for name, table in self.tables.items()}

    def _read_what_differs(self):
        names = [name for (name,) in self.statements.rows(TABLES)]
        self.tables = {name: self.tables.get(name) or TableRows() for name in names}
        sql = " union all ".join(self._new_rows(name) for name in names)
        parameters = (self.position[1],) if self.pattern is None else (self.position[1], self.pattern)
        for name, count, versions, digests in self.statements.rows(sql, *parameters):
            table = self.tables[name]
            table.add(versions or (), digests or ())
            if len(table.digests) != count:
                table.keep(
                    {version for (version,) in self.statements.rows(ROWS_THAT_ARE_THERE.format(table=name))}
                )

    def _new_rows(self, table):
        digest = DIGEST.format(row=NOTICED if table in OF_USE else "t::text")
        if self.pattern is not None:
            digest = DIGEST_OF_MENTIONS.format(digest=digest)
        return NEW_ROWS.format(table=table, is_new=IS_NEW, digest=digest)


class TableRows:
    """The digest of each version of a row of a table, None of those that do not match; how many match, and their sum."""

    def __init__(self):
        self.digests, self.matching, self.total = {}, 0, 0

    def add(self, versions, digests):
        """Rows that are new, in place of others where a version of a row has the place of one that is gone."""
        for version, digest in zip(versions, digests, strict=True):
            self._count(self.digests.get(version), -1)
            self._count(digest, 1)
            self.digests[version] = digest

    def keep(self, versions):
        """Forget rows that are gone."""
        for version in self.digests.keys() - versions:
            self._count(self.digests.pop(version), -1)

    def _count(self, digest, by):
        if digest is not None:
            self.matching += by
            self.total += by * digest
