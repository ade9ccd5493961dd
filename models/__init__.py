"""Tables, queries, business rules, and errors.  Knows no HTTP."""

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

# Peewee and its extensions import psycopg 3 where it is installed, 8 MB that a server has no use for: only workers do,
# through Procrastinate.
_hidden: dict[str, Any] = {} if "psycopg" in sys.modules else {"psycopg": None}
sys.modules.update(_hidden)
import playhouse.db_url  # noqa: E402, F401
from peewee import Model  # noqa: E402

from models.base import extensions  # noqa: E402

for _name in _hidden:
    del sys.modules[_name]


# The contexts from the foundation up.  A context knows itself and those before it.
CONTEXTS = (
    {"platform"},
    {"identity"},
    {"access"},
    {"apps"},
    {"services"},
    {"work"},
    {"insight", "integration", "money"},
    {"commerce"},
    {"logistics"},
    {"signals"},
    {"privacy"},
)


@cache
def tables() -> tuple[type[Model], ...]:
    """Every table, each after those it refers to: the order of creation; rows are deleted the other way.

    They are found in ``models.base`` and in the contexts, from the foundation up.
    """
    modules = list(_modules())  # all of them, before it is asked what others inherit from
    unordered = [table for module in modules for table in _defined_in(module)]
    ordered: dict[type[Model], None] = {}
    for table in unordered:
        _append(table, ordered, set())
    return tuple(ordered)


extensions.importers.append(tables)


def _modules() -> Iterator[ModuleType]:
    for names in ({"base"}, *CONTEXTS):
        for name in sorted(names):
            folder = f"{__path__[0]}/{name}"
            for module in sorted(
                module_info.name for module_info in iter_modules([folder]) if not module_info.ispkg
            ):
                yield import_module(f"models.{name}.{module}")


def _defined_in(module: ModuleType) -> Iterator[type[Model]]:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Model)
            and value.__module__ == module.__name__
            and _is_table(value)
        ):
            yield value


def _is_table(model: type[Model]) -> bool:
    """Whether it is neither what others inherit their columns from, nor a second view of a table."""
    name, children = model._meta.table_name, model.__subclasses__()
    is_base = any(child._meta.table_name != name for child in children)
    parents = [getattr(parent, "_meta", None) for parent in model.__bases__]
    return not is_base and all(parent is None or parent.table_name != name for parent in parents)


def _append(table: type[Model], ordered: dict[type[Model], None], waiting: set[type[Model]]) -> None:
    """Add a table after those it refers to.  Of a circle, the reference that closes it leads ahead."""
    if table in ordered or table in waiting:
        return
    waiting.add(table)
    for other in table._meta.refs.values():
        _append(other, ordered, waiting)
    ordered[table] = None
