"""Activity: grants that hold only while work goes on, narrowed to where it does."""

from typing import Any

from models.base import declarations, lineage
from models.base.statements import any_of, statement
from security import policy, resources
from security.effective_permissions import Grant


def narrowed(grants: list[Grant]) -> list[Grant]:
    """The grants that hold now.

    One that holds only while work goes on holds in the active rows that are part of its resource, or, when the resource is
    such a row or part of one, while that is active.
    """
    met = [one for one in grants if not one.while_active]
    bound: dict[str, list[Grant]] = {}
    for one in grants:
        if one.while_active:
            bound.setdefault(one.resource_type, []).append(one)
    for noun, some in bound.items():
        for part, id, resource_id in _active(noun, sorted({one.resource_id for one in some})):
            held = [one for one in some if one.resource_id == resource_id]
            met += [
                one._replace(
                    resource_type=part, resource_id=id, permissions=policy.about(one.permissions, part)
                )
                for one in held
            ]
    return met


def _active(noun: str, ids: list[str]) -> list[tuple[str, str, str]]:
    """``(noun, id, id of the resource)`` of the rows in which work goes on, for the resources with these ids."""
    table, found = resources.table_of(noun), []
    for stateful, other in resources.granted().items():
        if other.activity() is None:
            continue
        if table is other or table in declarations.ancestors(other):
            found += [(stateful, *row) for row in _parts(other, table, ids)]
        elif other in declarations.ancestors(table):
            found += [(noun, id, id) for (id,) in _within(table, other, ids)]
    return found


def _parts(stateful: Any, table: Any, ids: list[str]) -> list[tuple]:
    """``(id, id of the resource)`` of the active rows that are part of resources, or resources themselves."""

    def build() -> tuple[str, list]:
        query, field = _joined(stateful, lineage.path_to(stateful, table))
        active = query.where(stateful.activity(), field == any_of("ids", "uuid[]"))
        return active.select(stateful.id, field).sql()

    return statement(("active parts", stateful, table), build).rows({"ids": ids})


def _within(table: Any, stateful: Any, ids: list[str]) -> list[tuple]:
    """The ids of those of the resources that are part of an active row."""

    def build() -> tuple[str, list]:
        query, field = _joined(table, lineage.path_to(table, stateful))
        query = query.join(stateful, on=(field == stateful.id))
        return query.where(stateful.activity(), table.id == any_of("ids", "uuid[]")).select(table.id).sql()

    return statement(("active within", table, stateful), build).rows({"ids": ids})


def _joined(table: Any, path: list) -> tuple[Any, Any]:
    """A query of the table that follows the references of a path, and the last field of it."""
    query = table.select()
    *through, last = path
    for reference in through:
        query = query.join(reference.rel_model, on=(reference == reference.rel_model.id))
    return query, last
