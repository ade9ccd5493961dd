"""Statements: SQL text that Peewee wrote once for a shape of a query, prepared once on a connection, run with values.

A query is still written with Peewee, by the table that it asks.  Where a value will stand, a ``slot`` stands; the text is
kept under a key that tells the shape, so that neither the expression nor its SQL is made again for each request.
"""

import itertools
from collections import OrderedDict, namedtuple
from functools import cache
from threading import Lock

from peewee import Cast, Model, Value

from models.base.database import database

MAX_STATEMENTS = 500
CONSTANTS = ("event_organization_id", "etag")
_statements: OrderedDict = OrderedDict()
_lock = Lock()
_numbers = itertools.count(1)


class Slot:
    """Where the value called ``name`` will stand."""

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


def slot(name, cast=None):
    """A node of a Peewee query for the value called ``name``; ``cast`` is its SQL type where PostgreSQL cannot tell."""
    node = Value(Slot(name), converter=False)
    return Cast(node, cast) if cast else node


def any_of(name, sql_type):
    """A node for a list of values: ``column = any(…)``."""
    return _AnyOf(name, sql_type)


class _AnyOf(Value):
    def __init__(self, name, sql_type):
        super().__init__(Slot(name), converter=False)
        self.sql_type = sql_type

    def __sql__(self, ctx):
        ctx.literal("any(")
        super().__sql__(ctx)
        return ctx.literal(f"::{self.sql_type})")


class Statement:
    """One SQL text.  ``parameters`` are slots and constants, in their order in the text.

    A statement that is ``prepared`` is soon planned without looking at its values.  Where the best plan depends on them, as
    for the words of a search, it is not prepared, and planned each time.
    """

    def __init__(self, sql, parameters, *, prepared=True):
        self.sql, self.prepared = sql, prepared
        pieces = sql.split("%s")
        numbered = "".join(f"${place}{piece}" for place, piece in enumerate(pieces[1:], 1))
        self.text = (pieces[0] + numbered).replace("%%", "%")
        self.name = f"remit_{next(_numbers)}"
        self.parameters = [(one.name, None) if isinstance(one, Slot) else (None, one) for one in parameters]
        marks = ", ".join(["%s"] * len(parameters))
        self.execution = f"execute {self.name} ({marks})" if parameters else f"execute {self.name}"
        self.row = None

    def _cursor(self, values):
        given = [constant if name is None else values[name] for name, constant in self.parameters]
        for place, value in enumerate(given):
            if isinstance(value, list):
                given[place] = array(value)
        return (
            database.execute_prepared(self, given) if self.prepared else database.execute_sql(self.sql, given)
        )

    def rows(self, values):
        """The rows as tuples; ``values`` has a value for each slot."""
        return self._cursor(values).fetchall()

    def execute(self, values):
        """Run it; the number of rows it affected."""
        return self._cursor(values).rowcount

    def as_rows(self, table, values):
        """The rows as instances of :func:`row_class`, which are read-only."""
        cursor = self._cursor(values)
        if self.row is None:
            self.row = row_class(table, tuple(column.name for column in cursor.description))
        return [self.row._make(one) for one in cursor.fetchall()]

    def as_models(self, table, values):
        """The rows as instances of ``table``, which can be changed."""
        cursor = self._cursor(values)
        columns = [column.name for column in cursor.description]
        return [table.from_row(zip(columns, one, strict=True)) for one in cursor.fetchall()]


def array(values):
    """A list of strings as PostgreSQL writes an array, so that the statement decides its type."""
    return "{" + ",".join('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values) + "}"


def statement(key, build, *, prepared=True):
    """The statement that is kept under ``key``; ``build()`` gives its SQL and its parameters."""
    found = _statements.get(key)
    if found is None:
        found = Statement(*build(), prepared=prepared)
        with _lock:
            _statements[key] = found
            while len(_statements) > MAX_STATEMENTS:
                _statements.popitem(last=False)
    return found


def rows(sql, values=()):
    """The rows of a fixed SQL text as tuples."""
    return _fixed(sql, values).rows(values)


def execute(sql, values=()):
    """Run a fixed SQL text; the number of rows it affected."""
    return _fixed(sql, values).execute(values)


def insert(row, conflict=""):
    """Store a new row as it is, without reading it: its writer may not be allowed to see it.  Whether it was stored, which
    an ``on conflict`` clause may prevent.
    """
    fields = [field for field in row._meta.sorted_fields if field.name in row.__data__]
    names, marks = ", ".join(field.column_name for field in fields), ", ".join(["%s"] * len(fields))
    stored = [field.db_value(row.__data__[field.name]) for field in fields]
    return bool(execute(f"insert into {row._meta.table_name} ({names}) values ({marks}){conflict}", stored))


def _fixed(sql, values):
    return statement(sql, lambda: (sql, [Slot(place) for place in range(len(values))]))


@cache
def row_class(table, columns):
    """A read-only class for rows: a named tuple of ``columns``, with the properties of the table."""
    base = namedtuple("Row", columns)  # type: ignore[misc]
    shown = {"__slots__": (), "noun": table.noun}
    for parent in reversed(table.__mro__[: table.__mro__.index(Model)]):
        for name, value in vars(parent).items():
            if name not in columns and (
                isinstance(value, property) or (name in CONSTANTS and isinstance(value, str | None))
            ):
                shown[name] = value
    if hasattr(table, "resource_path_reader"):
        shown["resource_path"] = property(table.resource_path_reader())
    return type(f"{table.__name__}Row", (base,), shown)
