"""The database: one PostgreSQL connection a thread, kept open, and the transaction of the write path."""

import logging
from contextlib import suppress
from datetime import date

import psycopg2
import psycopg2.extensions
from peewee import InterfaceError, OperationalError, PostgresqlDatabase, __exception_wrapper__
from playhouse.db_url import parse

log = logging.getLogger("remit.database")
# https://www.postgresql.org/docs/current/errcodes-appendix.html
# A foreign key is violated; from PostgreSQL 18 on, one that says `restrict` has a code of its own.
REFERENCES = {"23503", "23001"}
# Another transaction was in the way: a deadlock, a serialization failure, or a row that a foreign key needs came or went
# at the same moment.  The same transaction, tried again, sees what is there now.
IN_THE_WAY = {"40001", "40P01", *REFERENCES}
LOCK_NOT_AVAILABLE = "55P03"
QUERY_CANCELED = "57014"
IDLE_IN_TRANSACTION = "25P03"
# A prepared statement that a migration, or another pool of connections, has made invalid.
UNPREPARED = {"0A000", "26000"}


# Row-level security shows a connection the rows of the organizations in `remit.places` and of the accounts in
# `remit.accounts`; see the migration 0019_wall.  A server logs in as `remit_app`.  Where that role cannot log in, a
# connection of the owner takes the role, which keeps out mistakes but nobody who can run SQL of their own.
RESTRICT = """
select set_config('remit.places', '', false), (select set_config('role', rolname, false) from pg_roles
    where rolname = 'remit_app' and current_user <> rolname and pg_has_role(rolname, 'member')), pg_backend_pid()
"""
ALLOW_ALL_TENANTS = "select set_config('remit.places', '*', false), null, pg_backend_pid()"
CLEAR_TENANTS = "select set_config('remit.places', '', false), set_config('remit.accounts', '', false)"
ALLOW_TENANT = "select set_config('remit.places', array_append(remit_places(), %s::uuid)::text, false)"
ALLOW_ACCOUNT = "select set_config('remit.accounts', array_append(remit_accounts(), %s::uuid)::text, false)"
ALLOW_ACCOUNT_BY = "select remit_open_account(%s, %s)"

PREPARED = 500  # statements that a connection keeps; the server has memory for each
# Ids stay text on their way from the database to the answer (see IdField); Peewee would make objects of them.
IDS = psycopg2.extensions.new_type((2950,), "ID", lambda value, cursor: value)
ID_LISTS = psycopg2.extensions.new_array_type((2951,), "IDS", IDS)


def _date(value, cursor):
    """A date.  ``infinity``, by which rows without a date are sorted last, stays text: psycopg2 makes a date of it."""
    return value if value is None or "infinity" in value else date.fromisoformat(value)


DATES = psycopg2.extensions.new_type((1082,), "DATE", _date)


class Connection(psycopg2.extensions.connection):
    """A connection that knows which statements it has prepared, whether tenants or accounts are allowed, and what to call when
    its transaction is committed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.prepared = set()
        self.has_tenants = False
        self.after_commits = []


class CommitLost(Exception):
    """The connection was lost while a transaction was being committed: nobody knows yet whether it was."""


class Database(PostgresqlDatabase):
    """A database that is told at start where it is.  Connections are opened when a thread first needs one."""

    def __init__(self):
        super().__init__(None, autoconnect=True)
        self.is_pooled = False  # whether a pooler was found between this process and the database

    def configure(self, url, *, statement_ms=5_000, lock_ms=2_000, application="remit", row_security=False):
        """Point to ``url`` (``postgresql://user:password@host:port/name?option=…``).

        ``row_security`` connections, which a server has, see the rows of the caller's organizations alone; others, which do the
        house's own work, see all.
        """
        parts = parse(url, unquote_password=True, unquote_user=True)
        name = parts.pop("database")
        options = {
            "statement_timeout": statement_ms,
            "lock_timeout": lock_ms,
            "idle_in_transaction_session_timeout": 10_000,
            "timezone": "UTC",
        }
        parts["options"] = " ".join(f"-c {key}={value}" for key, value in options.items())
        parts.setdefault("connect_timeout", 3)
        self.url, self.row_security = url, row_security
        self.init(name, application_name=application, connection_factory=Connection, **parts)

    def _connect(self):
        connection = super()._connect()
        psycopg2.extensions.register_type(IDS, connection)
        psycopg2.extensions.register_type(ID_LISTS, connection)
        psycopg2.extensions.register_type(DATES, connection)
        with connection.cursor() as cursor:
            cursor.execute(RESTRICT if self.uses_rls() else ALLOW_ALL_TENANTS)
            *_, process = cursor.fetchone()
        connection.commit()
        if process != connection.info.backend_pid and not self.is_pooled:
            self.is_pooled = True
            log.warning(
                "pooled", extra={"advice": "A pooler must give each connection a session of its own."}
            )
        return connection

    def uses_rls(self):
        """Whether connections opened from now on are restricted by row-level security."""
        return self.row_security

    def clear_tenants(self):
        """Allow no tenant and no account, where an earlier caller of this connection had any."""
        connection = self._state.conn
        if connection is not None and connection.has_tenants and not connection.closed:
            self.execute_sql(CLEAR_TENANTS)
            connection.has_tenants = False

    def allow_tenant(self, organization_id):
        """Let the connection see the rows of one more organization, until the next caller."""
        self.execute_sql(ALLOW_TENANT, (organization_id,))
        self.connection().has_tenants = True

    def allow_account(self, account_id):
        """Let the connection see the rows of an account, until the next caller."""
        self.execute_sql(ALLOW_ACCOUNT, (account_id,))
        self.connection().has_tenants = True

    def allow_account_by(self, kind, shown):
        """The same for the account, if any, that a secret, an address, or an ID of this ``kind`` identifies."""
        self.execute_sql(ALLOW_ACCOUNT_BY, (kind, shown))
        self.connection().has_tenants = True

    def execute_prepared(self, statement, parameters):
        """Run a statement, which is planned once for each connection (``PREPARE``); its cursor."""
        with __exception_wrapper__:
            connection = self.connection()
            cursor = connection.cursor()
            if statement.name not in connection.prepared:
                if len(connection.prepared) >= PREPARED:
                    cursor.execute("deallocate all")
                    connection.prepared.clear()
                cursor.execute(f"prepare {statement.name} as {statement.text}")
                connection.prepared.add(statement.name)
            cursor.execute(statement.execution, parameters)
        return cursor

    def after_commit(self, act):
        """Have ``act()`` called once the transaction is committed, and not when it is undone."""
        self.connection().after_commits.append(act)

    def commit(self):
        try:
            super().commit()
        except (OperationalError, InterfaceError) as error:
            if is_lost(error):
                raise CommitLost from error
            raise
        following, self._state.conn.after_commits = self._state.conn.after_commits, []
        for act in following:
            act()

    def rollback(self):
        """Undo.  A connection that is gone has undone it already, and must not hide why."""
        if self._state.conn is not None:
            self._state.conn.after_commits = []
        try:
            super().rollback()
        except (OperationalError, InterfaceError) as error:
            if not is_lost(error):
                raise

    def forget_connection(self):
        """Close this thread's connection, whatever its state, so that the next use opens a new one."""
        if connection := self._state.conn:
            with suppress(psycopg2.Error):  # it was closed by the other side
                connection.close()
        self._state.reset()

    def rows(self, sql, parameters=()):
        """Run one statement and return all its rows as tuples."""
        return self.execute_sql(sql, parameters).fetchall()

    def run(self, sql, parameters=()):
        """Run one statement and return the number of rows it affected."""
        return self.execute_sql(sql, parameters).rowcount


def sqlstate(error):
    """The SQLSTATE of an error of Peewee or psycopg2, or None when the connection was lost."""
    return getattr(_origin(error), "pgcode", None)


def diagnosis(error):
    """What PostgreSQL tells of an error of Peewee or psycopg2 that has a SQLSTATE: psycopg2's ``Diagnostics``."""
    return _origin(error).diag


def _origin(error):
    return getattr(error, "orig", None) or error.__cause__ or error


def is_lost(error):
    """Whether the connection, not the statement, is what failed."""
    if sqlstate(error) == IDLE_IN_TRANSACTION:
        return True
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = sqlstate(error)
    return state is None or state.startswith(("08", "57P"))


database = Database()
