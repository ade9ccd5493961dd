"""Declarations: what a table states about itself, once, for everything that follows from it.

A table says it in its ``Meta``: ``declares = Declaration(tenant="organization", parent="project")``.  The values name fields
of the table.  A table that says nothing has :data:`UNDECLARED`.  Migrations never read declarations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

from peewee import Field, ForeignKeyField, Model

NEWEST = "-created_at"
History = Literal["event", "summary", "none"]


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a table states about itself.

    ``tenant``: the reference to the organization that owns each row, or ``id`` for the organization itself; None for rows
    of an account or of the server.
    ``parent``: the reference to the row that a row is part of.  A grant on a row reaches its children.
    ``is_grantable``: whether a role can be granted on a row, and reaches the row and its children there; ``visible_to`` asks for
    that by ``caller.sees(permission, of=cls)``.
    ``order``: the default order of lists: the name of a field, after ``-`` when the greatest value comes first.
    ``history``: what a change leaves: ``event``, an event with the representation of the row; ``summary``, an event
    without it; ``none``, nothing.
    """

    tenant: str | None = None
    parent: str | None = None
    is_grantable: bool = False
    order: str = NEWEST
    history: History = "event"


UNDECLARED = Declaration()


def declaration(table: type[Model]) -> Declaration:
    """The declaration of a table, or that of the table it inherits from."""
    return getattr(table._meta, "declares", UNDECLARED)


def parent_of(table: type[Model]) -> ForeignKeyField | None:
    """The reference of a table to the row that a row of it is part of."""
    name = declaration(table).parent
    return table._meta.fields[name] if name else None


def ancestors(table: type[Model]) -> list[type[Model]]:
    """The tables that rows of a table are part of, the nearest first."""
    tables: list[type[Model]] = []
    while (reference := parent_of(table)) is not None:
        table = reference.rel_model
        tables.append(table)
    return tables


def organization_of(table: type[Model]) -> Field:
    """The field of a table that has the id of its organization."""
    name = declaration(table).tenant
    if name is None:
        raise LookupError(f"{table.__name__} declares no tenant.")
    return table._meta.fields[name]


def path_to(table: Any, ancestor: Any) -> list[Field]:
    """The fields that lead from a table to the id of what its rows are part of.

    The first is a field of the table, the last has the id of the ancestor; those before it are references to follow.  A table
    that keeps the id of an ancestor beyond its parent does so in a reference with the ancestor's noun: ``project``.
    """
    if table is ancestor:
        return [table._meta.primary_key]
    parent = parent_of(table)
    if parent is None:
        raise LookupError(f"{table.__name__} is no part of {ancestor.__name__}.")
    if parent.rel_model is ancestor:
        return [parent]
    field = table._meta.fields.get(ancestor.noun())
    if isinstance(field, ForeignKeyField) and field.rel_model is ancestor:
        return [field]
    return [parent, *path_to(parent.rel_model, ancestor)]


def place_reader(table: type[Model]) -> Callable[[Any], tuple]:
    """The function that gives the ids of the organization of a row, of what the row is part of, and of the row itself.

    Rows of a table without a parent are in their organization alone.  Where the table has no reference to what its parent is
    part of, the parent is read.
    """
    parent = parent_of(table)
    if parent is None:
        return lambda row: (row.organization_id,)
    paths = [path_to(table, one) for one in reversed([table, *ancestors(table)[:-1]])]
    if all(len(path) == 1 for path in paths):
        return attrgetter("organization_id", *(path[0].column_name for path in paths))
    return lambda row: (*parent.rel_model.scope_of(getattr(row, parent.column_name)), row.id)
