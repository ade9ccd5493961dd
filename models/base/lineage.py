"""Lineage: how rows lead to the organization and to the rows that they are part of, as their tables declare it."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from peewee import Field, ForeignKeyField, Model

from models.base.declarations import ancestors, declaration, parent_of


def organization_of(table: type[Model]) -> Field:
    """The field of a table that has the id of its organization."""
    name = declaration(table).tenant
    if name is None:
        raise LookupError(f"{table.__name__} declares no tenant.")
    return table._meta.fields[name]


def path_to(table: Any, ancestor: Any) -> list[Field]:
    """The fields that lead from a table to the id of an ancestor: a table that its rows are part of.

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


def resource_path_reader(table: type[Model]) -> Callable[[Any], tuple]:
    """The function that gives the ids of the organization of a row, of what the row is part of, and of the row itself.

    Rows of a table without a parent are in their organization alone.  Where the table has no reference to what its parent is
    part of, the parent is read.
    """
    parent = parent_of(table)
    if parent is None:
        return lambda row: (row.organization_id,)
    paths = [path_to(table, part) for part in reversed([table, *ancestors(table)[:-1]])]
    if all(len(path) == 1 for path in paths):
        return attrgetter("organization_id", *(path[0].column_name for path in paths))
    return lambda row: (*parent.rel_model.resource_path_of(getattr(row, parent.column_name)), row.id)
