"""Statements: SQL text that Peewee wrote once for a shape of a query, prepared once on a connection, run with values.

A query is still written with Peewee, by the table that it reads.  It has a ``slot`` in the place of each value; the text is
cached by the shape of the query, so that neither the expression nor its SQL is made again for each request.
"""

import itertools
from collections import namedtuple
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from peewee import Cast, Context, Model, Node, Value

from models.base.caches import RecentBytesCache
from models.base.database import database
from models.base.declarations import declaration

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor


# A lock on a text, until the transaction ends.
LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
MAX_CACHED_BYTES = 16 * 1024 * 1024  # of SQL text: some 10,000 statements
CONSTANTS = ("event_organization_id", "etag")
_statements = RecentBytesCache(MAX_CACHED_BYTES)
_numbers = itertools.count(1)


class Slot:
    """Where the value called ``name`` will stand."""

    __slots__ = ("name",)

    def __init__(self, name: Hashable) -> None:
        self.name = name


def slot(name: str, cast: str | None = None) -> Node:
    """A node of a Peewee query for the value called ``name``; ``cast`` is its SQL type where PostgreSQL cannot tell."""
    node = Value(Slot(name), converter=False)
    return Cast(node, cast) if cast else node


def any_of(name: str, sql_type: str) -> Node:
    """A node for a list of values: ``column = any(…)``."""
    return _AnyOf(name, sql_type)


class _AnyOf(Value):
    def __init__(self, name: str, sql_type: str) -> None:
        super().__init__(Slot(name), converter=False)
        self.sql_type = sql_type

    def __sql__(self, ctx: Context) -> Context:
        ctx.literal("any(")
        super().__sql__(ctx)
        return ctx.literal(f"::{self.sql_type})")


class Statement:
    """One SQL text.  ``parameters`` are slots and constants, in their order in the text.

    A statement that is ``prepared`` is soon planned without looking at its values.  Where the best plan depends on them, as
    for the words of a search, it is not prepared, and planned each time.
    """

    def __init__(self, sql: str, parameters: Collection[Any], *, prepared: bool = True) -> None:
        self.sql, self.prepared = sql, prepared
        pieces = sql.split("%s")
        numbered = "".join(f"${index}{piece}" for index, piece in enumerate(pieces[1:], 1))
        self.text = (pieces[0] + numbered).replace("%%", "%")
        self.name = f"remit_{next(_numbers)}"
        self.parameters = [
            (parameter.name, None) if isinstance(parameter, Slot) else (None, parameter)
            for parameter in parameters
        ]
        marks = ", ".join(["%s"] * len(parameters))
        self.execution = f"execute {self.name} ({marks})" if parameters else f"execute {self.name}"
        self.row: Any = None  # the class of the rows, once there are any

    def _values(self, values: Any) -> list[Any]:
        """The value of each parameter, in the order of the text."""
        parameters = [constant if name is None else values[name] for name, constant in self.parameters]
        for index, value in enumerate(parameters):
            if isinstance(value, list):
                parameters[index] = array(value)
        return parameters

    def _cursor(self, values: Any) -> "Cursor":
        parameters = self._values(values)
        return (
            database.execute_prepared(self, parameters)
            if self.prepared
            else database.execute_sql(self.sql, parameters)
        )

    def rows(self, values: Mapping[str, Any] | Sequence[Any]) -> list[tuple]:
        """The rows as tuples; ``values`` has a value for each slot."""
        return self._cursor(values).fetchall()

    def execute(self, values: Mapping[str, Any] | Sequence[Any]) -> int:
        """Run it and return the number of rows it affected."""
        return self._cursor(values).rowcount

    def send_with_next(self, values: Mapping[str, Any] | Sequence[Any]) -> bytes | None:
        """Run it in one message with the next statement of the transaction; see :meth:`Database.send_with_next`."""
        return database.send_with_next(self, self._values(values))

    def as_rows(self, table: Any, values: Mapping[str, Any]) -> list[Any]:
        """The rows as read-only instances of the :func:`row_class` of ``table``."""
        cursor = self._cursor(values)
        if self.row is None:
            self.row = row_class(table, _columns(cursor))
        return [self.row._make(row) for row in cursor.fetchall()]

    def as_models(self, table: type[Model], values: Mapping[str, Any]) -> list[Any]:
        """The rows as instances of ``table``, which can be changed."""
        cursor = self._cursor(values)
        columns = _columns(cursor)
        return [table.from_row(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _columns(cursor: "Cursor") -> tuple[str, ...]:
    """The names of the columns that a statement returned."""
    return tuple(column.name for column in cursor.description or ())


def without_write_only(query: Any) -> Any:
    """The query without the columns that its table declares as needed for changes alone."""
    hidden = declaration(query.model).write_only
    columns = query.selected_columns
    return query.columns(*(column for column in columns if getattr(column, "name", None) not in hidden))


def array(values: Iterable[str]) -> str:
    """A list of strings as PostgreSQL writes an array, so that the statement decides its type."""
    return (
        "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"
    )


def forget() -> None:
    """Forget every statement that is cached."""
    _statements.clear()


def statement(
    key: Hashable, build: Callable[[], tuple[str, Collection[Any]]], *, prepared: bool = True
) -> Statement:
    """The statement that is cached under ``key``; of a new key, ``build()`` returns its SQL and its parameters."""
    cached = _statements.get(key)
    if cached is None:
        cached = Statement(*build(), prepared=prepared)
        _statements.put(key, cached, len(cached.sql))
    return cached


def rows(sql: str, values: Sequence[Any] = ()) -> list[tuple]:
    """The rows of a fixed SQL text as tuples."""
    return _fixed(sql, values).rows(values)


def execute(sql: str, values: Sequence[Any] = ()) -> int:
    """Run a fixed SQL text and return the number of rows it affected."""
    return _fixed(sql, values).execute(values)


def send_with_next(sql: str, values: Sequence[Any] = ()) -> bytes | None:
    """Run a fixed SQL text, whose result nobody needs, in one message with the next statement of the transaction."""
    return _fixed(sql, values).send_with_next(values)


def insert(row: Model, conflict: str = "") -> bool:
    """Store a new row without reading it back: its writer may not be allowed to see it.

    Returns whether it was stored, which an ``on conflict`` clause may prevent; without one it is, with the next statement.
    """
    fields = [field for field in row._meta.sorted_fields if field.name in row.__data__]
    names, marks = ", ".join(field.column_name for field in fields), ", ".join(["%s"] * len(fields))
    stored = [field.db_value(row.__data__[field.name]) for field in fields]
    sql = f"insert into {row._meta.table_name} ({names}) values ({marks}){conflict}"
    if conflict:
        return bool(execute(sql, stored))
    send_with_next(sql, stored)
    return True


def _fixed(sql: str, values: Sequence[Any]) -> Statement:
    return statement(sql, lambda: (sql, [Slot(index) for index in range(len(values))]))


@cache
def row_class(table: type[Model], columns: tuple[str, ...]) -> Any:
    """A read-only class for rows: a named tuple of ``columns``, with the properties of the table."""
    base = namedtuple("Row", columns)  # type: ignore[misc]
    attributes = {"__slots__": (), "noun": table.noun}
    for parent in reversed(table.__mro__[: table.__mro__.index(Model)]):
        for name, value in vars(parent).items():
            if name not in columns and (
                isinstance(value, property) or (name in CONSTANTS and isinstance(value, str | None))
            ):
                attributes[name] = value
    if hasattr(table, "resource_path_reader"):
        attributes["resource_path"] = property(table.resource_path_reader())
    return type(f"{table.__name__}Row", (base,), attributes)
