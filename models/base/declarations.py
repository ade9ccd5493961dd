"""Declarations: what a table states about itself, once, for everything that follows from it.

A table says it in its ``Meta``: ``declares = Declaration(tenant="organization", parent="project")``.  The values name fields
of the table.  A table that says nothing has :data:`UNDECLARED`.  Migrations never read declarations.
"""

from dataclasses import dataclass
from typing import Literal

from peewee import ForeignKeyField, Model

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
