"""What is stored, seen from outside: fingerprints of rows by SQL, whatever tables there are.

While nothing was written (PostgreSQL's log stands still) nothing is read again; else one query tells which tables have
other versions of rows than before, and only these are read.
"""

from contextlib import suppress

import psycopg2

from models.base.database import database

COLUMNS = "select distinct column_name from information_schema.columns where table_schema = 'public'"
# Where the log of the cluster stands: every transaction that writes anything, also to unlogged tables, moves it.
POSITION = "select pg_current_wal_insert_lsn()"
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
# Changes with each version of a row that comes or goes, also when its values stay.
VERSIONS = (
    "select '{table}', count(*), coalesce(sum(hashtidextended(ctid, xmin::text::bigint)), 0) from {table}"
)
ROWS = "select count(*), coalesce(sum(hashtextextended({row}, 0)), 0) from {table} t"
MENTIONS = " where t::text ~ $1"

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
        self.statements, self.pattern, self.position = statements, pattern, None
        self.versions, self.fingerprints = {}, {}

    def read(self):
        """The fingerprints by table, as they are now."""
        # Before the rows: what is written meanwhile is read next time.
        position = self.statements.rows(POSITION)
        if position != self.position:
            self._read_what_differs()
            self.position = position
        return dict(self.fingerprints)

    def _read_what_differs(self):
        tables = [table for (table,) in self.statements.rows(TABLES)]
        sql = " union all ".join(VERSIONS.format(table=table) for table in tables)
        versions = {table: version for table, *version in self.statements.rows(sql)}
        self.fingerprints = {
            table: self.fingerprints[table]
            if self.versions.get(table) == versions[table]
            else self._rows(table)
            for table in tables
        }
        self.versions = versions

    def _rows(self, table):
        sql = ROWS.format(table=table, row=NOTICED if table in OF_USE else "t::text")
        if self.pattern is None:
            return self.statements.rows(sql)
        return self.statements.rows(sql + MENTIONS, self.pattern)
