"""The database: one PostgreSQL connection a thread, kept open, and the transaction of the write path."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg2
import psycopg2.extensions
from peewee import InterfaceError, OperationalError, PostgresqlDatabase, __exception_wrapper__
from playhouse.db_url import parse

from models.base.connections import Connection

if TYPE_CHECKING:
    from models.base.statements import Statement

log = logging.getLogger("remit.database")
# https://www.postgresql.org/docs/current/errcodes-appendix.html
# A foreign key is violated; from PostgreSQL 18 on, one that says `restrict` has a code of its own.
FOREIGN_KEY_VIOLATIONS = {"23503", "23001"}
# A conflict with another transaction: a deadlock, a serialization failure, or a row that a foreign key needs came or went
# at the same moment.  The same transaction, tried again, sees what is there now.
TRANSACTION_CONFLICTS = {"40001", "40P01", *FOREIGN_KEY_VIOLATIONS}
LOCK_NOT_AVAILABLE = "55P03"
QUERY_CANCELED = "57014"
IDLE_IN_TRANSACTION = "25P03"
# A prepared statement that a migration, or another pool of connections, has made invalid.
INVALID_PREPARED_STATEMENTS = {"0A000", "26000"}


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

BEGIN = b"begin"
BATCH_ROWS = 1000  # that one statement deletes at most, of many


class CommitLost(Exception):
    """The connection was lost while a transaction was being committed: nobody knows yet whether it was."""


class Database(PostgresqlDatabase):
    """The database; ``configure`` sets its URL at start.  Connections are opened when a thread first needs one."""

    def __init__(self) -> None:
        super().__init__(None, autoconnect=True)
        self.is_pooled = False  # whether a pooler was found between this process and the database

    def configure(
        self,
        url: str,
        *,
        statement_ms: int = 5_000,
        lock_ms: int = 2_000,
        application: str = "remit",
        row_security: bool = False,
    ) -> None:
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

    def _connect(self) -> Connection:
        connection = super()._connect()
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

    def uses_rls(self) -> bool:
        """Whether connections opened from now on are restricted by row-level security."""
        return self.row_security

    def clear_tenants(self) -> None:
        """Allow no tenant and no account, where an earlier caller of this connection had any."""
        connection = self._state.conn
        if connection is not None and connection.has_tenants and not connection.closed:
            self.execute_sql(CLEAR_TENANTS)
            connection.has_tenants = False

    def allow_tenant(self, organization_id: str) -> None:
        """Let the connection see the rows of one more organization, until the next caller."""
        self.execute_sql(ALLOW_TENANT, (organization_id,))
        self.connection().has_tenants = True

    def allow_account(self, account_id: str) -> None:
        """Let the connection see the rows of an account, until the next caller."""
        self.execute_sql(ALLOW_ACCOUNT, (account_id,))
        self.connection().has_tenants = True

    def allow_account_by(self, kind: str, value: str) -> None:
        """The same for the account, if any, that ``value`` identifies: a secret, an address, or an ID of this ``kind``."""
        self.execute_sql(ALLOW_ACCOUNT_BY, (kind, value))
        self.connection().has_tenants = True

    def execute_prepared(
        self, statement: "Statement", parameters: Sequence[Any]
    ) -> psycopg2.extensions.cursor:
        """Run a statement, which is planned once for each connection (``PREPARE``), and return its cursor."""
        with __exception_wrapper__:
            connection = self._prepared(statement)
            cursor = connection.cursor()
            cursor.execute(statement.execution, parameters)
        return cursor

    def send_with_next(self, statement: "Statement", parameters: Sequence[Any]) -> bytes | None:
        """Run a statement, whose result nobody needs, in one message with the next one of the transaction.

        It fails, where it does, when that message is sent: at the latest in the commit.  Outside a transaction it is run at
        once, and None is returned; else what waits, for :meth:`send_up_to`.
        """
        if not self.transaction_depth():
            self.execute_prepared(statement, parameters)
            return None
        with __exception_wrapper__:
            return self._prepared(statement).send_with_next(statement.execution, parameters)

    def _prepared(self, statement: "Statement") -> Connection:
        connection = self.connection()
        connection.prepare(statement.name, statement.text)
        return connection

    def send_waiting(self) -> None:
        """Run now what waits, to learn whether it fails."""
        if self.connection().waiting:
            self.execute_sql("select")

    def send_up_to(self, statement: bytes) -> None:
        """Run now what waits, up to this statement, if it still waits."""
        with __exception_wrapper__:
            self.connection().send_up_to(statement)

    def begin(self, isolation_level: int | None = None) -> None:
        """Begin a transaction with the first statement that is executed in it."""
        if isolation_level is None:
            self.connection().waiting.append(BEGIN)
        else:
            super().begin(isolation_level)

    def after_commit(self, action: Callable[[], object]) -> None:
        """Have ``action()`` called once the transaction is committed, and not when it is rolled back."""
        self.connection().after_commits.append(action)

    def commit(self) -> None:
        connection = self._state.conn  # not a new one, where it was closed: Peewee raises that
        if connection is not None and connection.waiting == [BEGIN]:  # nothing has been executed
            connection.waiting.clear()
        else:
            self._commit()
        actions, connection.after_commits = connection.after_commits, []
        for action in actions:
            action()

    def _commit(self) -> None:
        try:
            super().commit()
        except (OperationalError, InterfaceError) as error:
            if is_lost(error):
                raise CommitLost from error
            raise

    def rollback(self) -> None:
        """Undo.  A connection that is gone has undone it already, and must not hide why."""
        if (connection := self._state.conn) is not None:
            waiting, connection.waiting, connection.after_commits = connection.waiting, [], []
            if BEGIN in waiting:  # nothing has been executed
                return
        try:
            super().rollback()
        except (OperationalError, InterfaceError) as error:
            if not is_lost(error):
                raise

    def forget_connection(self) -> None:
        """Close this thread's connection, whatever its state, so that the next use opens a new one."""
        if connection := self._state.conn:
            with suppress(psycopg2.Error):  # it was closed by the other side
                connection.close()
        self._state.reset()

    def rows(self, sql: str, parameters: Any = ()) -> list[tuple]:
        """Run one statement and return all its rows as tuples."""
        return self.execute_sql(sql, parameters).fetchall()

    def delete_in_batches(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run a deletion, each time of few rows, which its last parameter limits, until nothing is left to delete."""
        while self.run(sql, (*parameters, BATCH_ROWS)) == BATCH_ROWS:
            pass

    def run(self, sql: str, parameters: Any = ()) -> int:
        """Run one statement and return the number of rows it affected."""
        return self.execute_sql(sql, parameters).rowcount


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE of an error of Peewee or psycopg2, or None when the connection was lost."""
    return getattr(_origin(error), "pgcode", None)


def diagnosis(error: BaseException) -> psycopg2.extensions.Diagnostics:
    """PostgreSQL's fields of an error of Peewee or psycopg2 that has a SQLSTATE."""
    return _origin(error).diag


def _origin(error: BaseException) -> Any:
    return getattr(error, "orig", None) or error.__cause__ or error


def is_lost(error: BaseException) -> bool:
    """Whether the connection, not the statement, is what failed."""
    if sqlstate(error) == IDLE_IN_TRANSACTION:
        return True
    if not isinstance(error, (OperationalError, InterfaceError)):
        return False
    state = sqlstate(error)
    return state is None or state.startswith(("08", "57P"))


database = Database()
