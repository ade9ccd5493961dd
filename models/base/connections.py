"""A connection to PostgreSQL whose statements can wait for the next one, to be sent in one message.

PostgreSQL runs the statements of one message in their order, answers with the result of the last, and runs none after one
that has failed ("Multiple Statements in a Simple Query" in its documentation).  A statement whose result nobody needs waits:
it costs no round trip of its own, and a lock that it takes is not held while Python runs.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import psycopg2.extensions

from models.base.caches import RecentBytesCache

# Of SQL text, for each connection: 500 operations use less than that.  PostgreSQL holds about 100 bytes for each of them, and a
# statement that has to be prepared anew takes four times as long (`scripts/bench statements`).
MAX_PREPARED_BYTES = 1024 * 1024
# Ids stay text on their way from the database to the answer (see IdField); Peewee would make objects of them.
IDS = psycopg2.extensions.new_type((2950,), "ID", lambda value, cursor: value)
ID_LISTS = psycopg2.extensions.new_array_type((2951,), "IDS", IDS)


def _date(value: str | bytes | None, cursor: object) -> date | str | None:
    """A date.  ``infinity``, by which rows without a date are sorted last, stays text: psycopg2 makes a date of it."""
    text = value.decode() if isinstance(value, bytes) else value
    return text if text is None or "infinity" in text else date.fromisoformat(text)


DATES = psycopg2.extensions.new_type((1082,), "DATE", _date)


class Cursor(psycopg2.extensions.cursor):
    """A cursor that sends what has waited on its connection with what it executes, and has the result of the latter."""

    connection: "Connection"

    def execute(self, sql: Any, parameters: Any = None) -> None:
        waiting = self.connection.waiting
        if not waiting:
            return super().execute(sql, parameters)
        message = b"; ".join([*waiting, self.mogrify(sql, parameters)])
        waiting.clear()
        return super().execute(message)


class Connection(psycopg2.extensions.connection):
    """A connection that knows which statements it has prepared, which wait, whether it sees rows of somebody's, and what
    follows when its transaction is committed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cursor_factory = Cursor
        self.obsolete: list[str] = []  # the names of those that are to be forgotten
        self.prepared = RecentBytesCache(MAX_PREPARED_BYTES, self.obsolete.append)
        self.waiting: list[bytes] = []
        self.has_tenants = False
        self.after_commits: list[Callable[[], object]] = []
        for kind in (IDS, ID_LISTS, DATES):
            psycopg2.extensions.register_type(kind, self)

    def prepare(self, name: str, text: str) -> None:
        """Have the server plan a statement once (``PREPARE``), unless it has; and forget those that were not used for long."""
        if self.prepared.get(name):
            return
        with self.cursor() as cursor:
            cursor.execute(
                "; ".join([*(f"deallocate {old}" for old in self.obsolete), f"prepare {name} as {text}"])
            )
        self.obsolete.clear()
        self.prepared.put(name, True, len(text))

    def send_up_to(self, statement: bytes) -> None:
        """Run now what waits, up to this statement, if it still waits."""
        for count, each in enumerate(self.waiting, 1):
            if each is statement:
                later, self.waiting[count:] = self.waiting[count:], []
                with self.cursor() as cursor:
                    cursor.execute("select")
                self.waiting.extend(later)
                return

    def send_with_next(self, sql: str, parameters: Sequence[Any] = ()) -> bytes:
        """Have the statement wait, and return it.  Whatever is executed next on the connection, a commit too, runs after it."""
        with self.cursor() as cursor:
            statement = cursor.mogrify(sql, parameters or None)
        self.waiting.append(statement)
        return statement
