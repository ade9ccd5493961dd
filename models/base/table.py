"""The row of the write path: versioned, and changed only by recording what happened."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from peewee import BigIntegerField, Expression, ForeignKeyField, Model

from models.base import lineage
from models.base.database import database
from models.base.declarations import declaration
from models.base.errors import StaleEtag
from models.base.extensions import ExtensionPoint
from models.base.fields import IdField, UtcField
from models.base.ids import new_id
from models.base.statements import insert, touch
from models.base.work import current, now

# Called with a row that is about to be deleted.
erasing: ExtensionPoint[["Table"], None] = ExtensionPoint("base.erasing")
UNREMARKABLE = {"version", "updated_at"}  # they change with every event


class Table(Model):
    """A table whose rows change only by ``add``, ``record`` and ``erase``, each of which leaves what it declares as history."""

    id = IdField(primary_key=True, default=new_id)
    version = BigIntegerField(default=1)
    created_at = UtcField(default=now)
    updated_at = UtcField(default=now)

    is_new = False  # whether this transaction has added the row

    # Names that ``add`` and ``record`` take and ``store_<name>`` keeps in another table.
    elsewhere = frozenset()

    # What ``add_once`` compares rows by: the columns of a unique index, and its condition, in SQL.
    unique_by = ""

    # Whether a list over several organizations may be answered from each in turn.
    asked_in_turn = True

    class Meta:
        database = database
        legacy_table_names = False

    @classmethod
    @cache
    def noun(cls) -> str:
        """``ApiKey`` is ``api_key``, in permissions, events and problems."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def visible_to(cls, caller):
        """The rows that ``caller`` may know of, as a query."""
        raise NotImplementedError(f"{cls.__name__} does not say who may see it.")

    @classmethod
    def from_row(cls, row):
        """An instance of ``(column, value)`` pairs.  What is no column of the table is kept under ``extra``."""
        found = cls(__no_default__=True)
        for column, value in row:
            field = cls._meta.columns.get(column)
            if field is not None:
                found.__data__[field.name] = value
            elif (
                column not in cls.elsewhere
            ):  # those were read before the lock was there: they are read when asked for
                found.extra[column] = value
        return found

    @classmethod
    def locked(cls, query):
        """The rows of a query, locked for being changed, as instances."""
        sql, parameters = query.sql()
        cursor = database.execute_sql(f"{sql} FOR NO KEY UPDATE OF t1", parameters)
        columns = [column.name for column in cursor.description]
        return [cls.from_row(zip(columns, one, strict=True)) for one in cursor.fetchall()]

    def __init__(self, *args, **kwargs):
        self.extra = {}
        super().__init__(*args, **kwargs)

    @classmethod
    def is_settled(cls, order, filters):
        """Whether the best plan of a list is known from the names of its order and filters, whatever their values."""
        return not filters

    @property
    def etag(self):
        """The strong validator of the row's representation."""
        return f'"{self.version}"'

    @classmethod
    @cache
    def place_of(cls) -> Callable[[Any], tuple]:
        """The function that reads :attr:`scope` off a row."""
        return lineage.place_reader(cls)

    @classmethod
    def scope_of(cls, id: str) -> tuple:
        """The scope of the row with this id."""
        return cls.get_by_id(id).scope

    @property
    def scope(self) -> tuple:
        """The ids of what a grant that reaches this row may be on: its organization, what the row is part of, itself."""
        return self.place_of()(self)

    @classmethod
    def activity(cls) -> Expression | None:
        """The condition that work on a row goes on, for grants that hold only then; None where rows have no such state."""
        return None

    @classmethod
    def assignees_of(cls, ids: Iterable[str]) -> dict[str, list[str]]:
        """The people who are to do these rows, by id of the row; none where nobody is assigned to rows."""
        return {}

    @property
    def event_organization_id(self):
        """The organization whose event log tells of this row; None for an account's."""
        return self.organization_id

    @property
    def stream_id(self):
        """What numbers the events of this row: its organization."""
        return self.organization_id

    @classmethod
    def add(cls, event_type, **fields):
        """Store a new row and record that it is there."""
        return cls._added(event_type, fields)

    @classmethod
    def add_once(cls, event_type, **fields):
        """The same, or None where a row is there already with the same ``unique_by``, perhaps since this very moment."""
        return cls._added(event_type, fields, f" on conflict {cls.unique_by} do nothing")

    @classmethod
    def _added(cls, event_type, fields, conflict=""):
        elsewhere = {name: fields.pop(name) for name in cls.elsewhere & fields.keys()}
        row = cls(**fields)
        row.is_new = True
        if not insert(row, conflict):
            return None
        for name, value in elsewhere.items():
            getattr(row, f"store_{name}")(value)
        row._note(event_type, {})
        return row

    def record(self, event_type, **fields):
        """Change fields, raise the version and leave an event; nothing at all when nothing would change."""
        changed = {name: value for name, value in sorted(fields.items()) if self._differs(name, value)}
        if not changed:
            return self
        before = current().represent(self) or {}
        known, moment = self.version, now()
        named = {name: value for name, value in changed.items() if name not in self.elsewhere}
        columns = dict(self._column(name, value) for name, value in named.items())
        sets = "".join(f", {column} = %s" for column in columns)
        sql = f"update {self._meta.table_name} set version = %s, updated_at = %s{sets} where id = %s and version = %s"
        if not touch(sql, [known + 1, moment, *columns.values(), self.id, known]):
            raise StaleEtag("Another request changed the resource at the same time.")
        self.version, self.updated_at = known + 1, moment
        for name, value in changed.items():
            if name in self.elsewhere:
                getattr(self, f"store_{name}")(value)
            else:
                setattr(self, name, value)
        self._note(event_type, before)
        return self

    def erase(self, event_type):
        """Delete the row and leave an event that keeps its last representation."""
        erasing(self)
        self.version += 1
        self._note(event_type, current().represent(self) or {})
        type(self).delete().where(type(self).id == self.id).execute()

    def _differs(self, name, value):
        """Whether the value is another than that of the row; a reference is compared by its id."""
        field = self._meta.combined.get(name)
        if isinstance(field, ForeignKeyField):
            return self.__data__.get(field.name) != field.db_value(value)
        return getattr(self, name) != value

    def _column(self, name, value):
        """``(column, value)`` of a field as the database takes it."""
        field = self._meta.combined[name]
        return field.column_name, field.db_value(value)

    def _note(self, event_type, before):
        history = declaration(type(self)).history
        if history == "none":
            return None
        work = current()
        if history == "summary":
            return work.note(event_type, self, [], None)
        after = work.represent(self)
        work.note(event_type, self, differences(before, after or {}), after)


def read_with(column: str, otherwise: Callable[[Any], Any]) -> property:
    """What ``visible_to`` has read with the row; of one that was not read by it, what is stored."""
    return property(lambda self: self.extra[column] if column in self.extra else otherwise(self))


def differences(before, after):
    """What changed between two representations, as the contract's ``FieldChange``."""
    return [
        {"field": name, "before": before.get(name), "after": after[name]}
        for name in after
        if name not in UNREMARKABLE and before.get(name) != after[name]
    ]
