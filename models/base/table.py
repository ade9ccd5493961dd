"""The row of the write path: versioned, and changed only by recording what happened."""

import re
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, Self

from peewee import BigIntegerField, Expression, ForeignKeyField, Model, Query

from models.base import lineage
from models.base.database import database
from models.base.declarations import declaration
from models.base.errors import StaleEtag
from models.base.extensions import ExtensionPoint
from models.base.fields import IdField, UtcField
from models.base.ids import new_id
from models.base.statements import execute, insert
from models.base.unit_of_work import current, now
from models.base.viewing import RowViewer

# Called with a row that is about to be deleted.
row_deletion: ExtensionPoint[["Table"], None] = ExtensionPoint("base.erasing")
ALWAYS_CHANGED = {"version", "updated_at"}  # they change with every event


class Table(Model):
    """A table whose rows change only by ``add``, ``record`` and ``erase``, each of which leaves what it declares as history."""

    id = IdField(primary_key=True, default=new_id)
    version = BigIntegerField(default=1)
    created_at = UtcField(default=now)
    updated_at: Any = UtcField(default=now)

    is_new = False  # whether this transaction has added the row

    # Names that ``add`` and ``record`` take, and that ``store_<name>`` stores in another table.
    external_fields: frozenset[str] = frozenset()

    # What ``add_once`` compares rows by: the columns of a unique index, and its condition, in SQL.
    unique_by = ""

    # Whether a list over several organizations may be a union of one query for each, which stops early.
    split_by_scope = True

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    @cache
    def noun(cls) -> str:
        """``ApiKey`` is ``api_key``, in permissions, events and problems."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def visible_to(cls, caller: RowViewer) -> Query:
        """The rows that ``caller`` may know of, as a query."""
        raise NotImplementedError(f"{cls.__name__} does not say who may see it.")

    @classmethod
    def from_row(cls, pairs: Iterable[tuple[str, Any]]) -> Self:
        """An instance of ``(column, value)`` pairs.  What is no column of the table is stored in ``extra``."""
        instance = cls(__no_default__=True)
        for column, value in pairs:
            field = cls._meta.columns.get(column)
            if field is not None:
                instance.__data__[field.name] = value
            # External fields were read before the row was locked: they are read again when they are used.
            elif column not in cls.external_fields:
                instance.extra[column] = value
        return instance

    @classmethod
    def locked(cls, query: Query) -> list[Self]:
        """The rows of a query, locked for a change, as instances."""
        sql, parameters = query.sql()
        cursor = database.execute_sql(f"{sql} FOR NO KEY UPDATE OF t1", parameters)
        columns = [column.name for column in cursor.description]
        return [cls.from_row(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.extra: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    @classmethod
    def has_stable_plan(cls, order: str, filters: Collection[str]) -> bool:
        """Whether the best plan of a list is known from the names of its order and filters, whatever their values."""
        return not filters

    @property
    def etag(self) -> str:
        """The strong validator of the row's representation."""
        return f'"{self.version}"'

    @classmethod
    @cache
    def resource_path_reader(cls) -> Callable[[Any], tuple]:
        """The function that reads :attr:`resource_path` off a row."""
        return lineage.resource_path_reader(cls)

    @classmethod
    def resource_path_of(cls, id: str) -> tuple:
        """The resource path of the row with this id."""
        return cls.get_by_id(id).resource_path

    @property
    def resource_path(self) -> tuple:
        """The IDs from the organization down to this row: ``(organization, project, task)``. A grant on any of them covers it."""
        return self.resource_path_reader()(self)

    @classmethod
    def activity(cls) -> Expression | None:
        """The condition that work on a row goes on, for grants that hold only then; None where rows have no such state."""
        return None

    @classmethod
    def assignees_of(cls, ids: Iterable[str]) -> dict[str, list[str]]:
        """The people who are to do these rows, by id of the row; none where nobody is assigned to rows."""
        return {}

    @property
    def event_organization_id(self) -> str | None:
        """The organization whose event log has the events of this row; None for a row of an account."""
        return self.organization_id

    @property
    def stream_id(self) -> str:
        """The ID under which the events of this row are numbered: its organization."""
        return self.organization_id

    @classmethod
    def add(cls, event_type: str, **fields: Any) -> Self:
        """Store a new row and record the event."""
        return cls._added(event_type, fields)

    @classmethod
    def add_once(cls, event_type: str, **fields: Any) -> Self | None:
        """The same, or None where a row with the same ``unique_by`` exists, perhaps since this very moment."""
        return cls._added(event_type, fields, f" on conflict {cls.unique_by} do nothing")

    @classmethod
    def _added(cls, event_type: str, fields: dict[str, Any], conflict: str = "") -> Any:
        external = {name: fields.pop(name) for name in cls.external_fields & fields.keys()}
        row = cls(**fields)
        row.is_new = True
        if not insert(row, conflict):
            return None
        for name, value in external.items():
            getattr(row, f"store_{name}")(value)
        row._note_event(event_type, {})
        return row

    def record(self, event_type: str, **fields: Any) -> Self:
        """Change fields, raise the version and leave an event; nothing at all when nothing would change."""
        changed = {name: value for name, value in sorted(fields.items()) if self._differs(name, value)}
        if not changed:
            return self
        before = current().represent(self) or {}
        version, updated_at = self.version, now()
        named = {name: value for name, value in changed.items() if name not in self.external_fields}
        columns = dict(self._column(name, value) for name, value in named.items())
        sets = "".join(f", {column} = %s" for column in columns)
        sql = f"update {self._meta.table_name} set version = %s, updated_at = %s{sets} where id = %s and version = %s"
        if not execute(sql, [version + 1, updated_at, *columns.values(), self.id, version]):
            raise StaleEtag("Another request changed the resource at the same time.")
        self.version, self.updated_at = version + 1, updated_at
        for name, value in changed.items():
            if name in self.external_fields:
                getattr(self, f"store_{name}")(value)
            else:
                setattr(self, name, value)
        self._note_event(event_type, before)
        return self

    def erase(self, event_type: str) -> None:
        """Delete the row and leave an event that keeps its last representation."""
        row_deletion(self)
        self.version += 1
        self._note_event(event_type, current().represent(self) or {})
        type(self).delete().where(type(self).id == self.id).execute()

    def _differs(self, name: str, value: Any) -> bool:
        """Whether the value differs from that of the row; references are compared by ID."""
        field = self._meta.combined.get(name)
        if isinstance(field, ForeignKeyField):
            return self.__data__.get(field.name) != field.db_value(value)
        return getattr(self, name) != value

    def _column(self, name: str, value: Any) -> tuple[str, Any]:
        """``(column, value)`` of a field, converted for the database."""
        field = self._meta.combined[name]
        return field.column_name, field.db_value(value)

    def _note_event(self, event_type: str, before: dict[str, Any]) -> None:
        history = declaration(type(self)).history
        if history == "none":
            return
        work = current()
        if history == "summary":
            work.note(event_type, self, [], None)
            return
        after = work.represent(self)
        work.note(event_type, self, differences(before, after or {}), after)


def read_with(column: str, otherwise: Callable[[Any], Any]) -> property:
    """A property: the column that ``visible_to`` reads with the row, or ``otherwise(row)`` for a row read by another query."""
    return property(lambda self: self.extra[column] if column in self.extra else otherwise(self))


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[dict[str, Any]]:
    """The changes between two representations, each a ``FieldChange`` of the contract."""
    return [
        {"field": name, "before": before.get(name), "after": after[name]}
        for name in after
        if name not in ALWAYS_CHANGED and before.get(name) != after[name]
    ]
