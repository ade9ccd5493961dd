"""Resources: the nouns that something can be granted on, as their tables declare what they are part of.

A table says in ``Meta.declares`` that it is grantable, and what it is part of.  A grant reaches the row and all that is part of
it.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import models
from models.access.organizations import Organization
from models.base import declarations
from models.base.table import Table

ORGANIZATION = Organization.noun()


@cache
def tables() -> dict[str, type[Table]]:
    """Every table of the write path, by its noun: of all contexts, whichever this process has needed so far."""
    models.tables()  # imports them
    waiting: list[type[Table]] = [Table]
    by_noun: dict[str, type[Table]] = {}
    for table in waiting:
        waiting += table.__subclasses__()
        by_noun.setdefault(table.noun(), table)
    del by_noun[Table.noun()]
    return by_noun


def table_of(noun: str) -> Any:
    """The table whose rows have this noun, which need not be one of the write path: a job records no events of its own."""
    if noun not in tables():
        tables.cache_clear()  # a second noun of one table, whose module was imported since
    return (
        tables().get(noun)
        or {
            table.noun(): table
            for table in models.tables()
            if hasattr(table, "noun") and not issubclass(table, Table)
        }[noun]
    )


def parent_of(noun: str) -> str | None:
    """The noun of what rows of a noun are part of; None where nothing is declared."""
    table = tables().get(noun)
    reference = table and declarations.parent_of(table)
    return reference.rel_model.noun() if reference else None


@cache
def at_or_below(noun: str) -> frozenset[str]:
    """The noun, and the nouns of what is part of its rows."""
    table = tables().get(noun)
    parts = (name for name, other in tables().items() if table in declarations.ancestors(other))
    return frozenset((noun, *parts))


@cache
def granted() -> dict[str, type[Table]]:
    """The tables whose rows a role can be granted on, by noun, without the organization."""
    return {noun: table for noun, table in tables().items() if declarations.declaration(table).is_grantable}


def is_leaf(noun: str) -> bool:
    """Whether the noun can be granted, and nothing is part of its rows."""
    return noun in granted() and at_or_below(noun) == {noun}


def rows_of(references: Iterable[tuple[str, str]]) -> dict[str, Table]:
    """The rows of resources, ``(noun, id)`` of each, by id; those of one noun are read in one statement."""
    ids: dict[str, list[str]] = {}
    for noun, id in references:
        ids.setdefault(noun, []).append(id)
    return {
        row.id: row
        for noun, wanted in ids.items()
        for row in table_of(noun).select().where(table_of(noun).id.in_(wanted))
    }


def forget() -> None:
    """Clear what was computed from the declared tables: for tests that declare some."""
    for function in (tables, at_or_below, granted):
        function.cache_clear()
