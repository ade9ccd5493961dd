"""Activity: grants that hold only while work goes on, narrowed to where it does."""

from typing import Any

from peewee import Field, Query

from models.base import declarations, lineage
from models.base.statements import any_of, statement
from models.base.table import Table
from security import policy, resources
from security.effective_permissions import Grant


def narrowed(grants: list[Grant]) -> list[Grant]:
    """The grants that hold now.

    One that holds only while work goes on holds in the active rows that are part of its resource, or, when the resource is
    such a row or part of one, while that is active.
    """
    met = [grant for grant in grants if not grant.while_active]
    bound: dict[str, list[Grant]] = {}
    for grant in grants:
        if grant.while_active:
            bound.setdefault(grant.resource_type, []).append(grant)
    for noun, group in bound.items():
        for part, id, resource_id in _active(noun, sorted({grant.resource_id for grant in group})):
            held = [grant for grant in group if grant.resource_id == resource_id]
            met += [
                grant._replace(
                    resource_type=part, resource_id=id, permissions=policy.about(grant.permissions, part)
                )
                for grant in held
            ]
    return met


def _active(noun: str, ids: list[str]) -> list[tuple[str, str, str]]:
    """``(noun, id, id of the resource)`` of the rows in which work goes on, for the resources with these ids."""
    table, active = resources.table_of(noun), []
    for stateful, other in resources.granted().items():
        if other.activity() is None:
            continue
        if table is other or table in declarations.ancestors(other):
            active += [(stateful, *row) for row in _parts(other, table, ids)]
        elif other in declarations.ancestors(table):
            active += [(noun, id, id) for (id,) in _within(table, other, ids)]
    return active


def _parts(stateful: type[Table], table: type[Table], ids: list[str]) -> list[tuple[str, str]]:
    """``(id, id of the resource)`` of the active rows that are part of resources, or resources themselves."""

    def build() -> tuple[str, list[Any]]:
        query, field = _joined(stateful, lineage.path_to(stateful, table))
        active = query.where(stateful.activity(), field == any_of("ids", "uuid[]"))
        return active.select(stateful.id, field).sql()

    return statement(("active parts", stateful, table), build).rows({"ids": ids})


def _within(table: type[Table], stateful: type[Table], ids: list[str]) -> list[tuple[str]]:
    """The ids of those of the resources that are part of an active row."""

    def build() -> tuple[str, list[Any]]:
        query, field = _joined(table, lineage.path_to(table, stateful))
        query = query.join(stateful, on=(field == stateful.id))
        return query.where(stateful.activity(), table.id == any_of("ids", "uuid[]")).select(table.id).sql()

    return statement(("active within", table, stateful), build).rows({"ids": ids})


def _joined(table: type[Table], path: list[Field]) -> tuple[Query, Field]:
    """A query of the table that follows the references of a path, and the last field of it."""
    query = table.select()
    *through, last = path
    for reference in through:
        query = query.join(reference.rel_model, on=(reference == reference.rel_model.id))
    return query, last
