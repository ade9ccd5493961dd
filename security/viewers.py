"""Viewers: what stands for a caller in the queries of what callers see, so that each query is written once."""

from collections.abc import Collection, Mapping
from functools import cache, reduce
from operator import or_

from peewee import SQL, Expression, Field, Model

from models.base import declarations, lineage
from models.base.statements import any_of, slot

# Kinds of scopes; those of grants on other resources are named by :func:`on` and :func:`own_on`.
TENANT, ORGANIZATION, RELATED, OWN = "tenant", "organization", "related", "own"
# How a row leads to a scope: the path of fields to the scope's id, and a condition of the row beside it.
Way = tuple[list[Field], Expression | None]
ScopeIds = dict[str, dict[str, list[str]]]  # by permission and kind of scope
Values = dict[str, str | list[str] | None]  # by the name of the slot


class Viewer:
    """Stands for a caller in ``Table.visible_to`` while a query is written: slots where a caller has values.

    ``permission_scopes`` is ``{permission: {kind of scope: whether there is one}}``: one scope is compared by equality, so
    that indexes give rows in order.  With ``split_by_scope`` a page is a union of one query for each kind
    (``current_kind``), and of several scopes of a kind one for each (``iterated_slot``); else one condition covers all.
    """

    def __init__(self, permission_scopes: Mapping[str, Mapping[str, bool]], *, split_by_scope: bool) -> None:
        self.permission_scopes = permission_scopes
        self.splits_by_scope = split_by_scope and len(permission_scopes) == 1
        self.current_kind: str | None = None
        self.iterated_slot: str | None = None  # the name of the slot whose scopes are queried one by one
        # What was asked so far: the kinds of scopes of each permission, and the permissions of one's own account.
        self.organizational: dict[str, tuple[str, ...]] = {}
        self.other: list[str] = []
        self.user_id, self.session_id = slot("caller.user_id", "uuid"), slot("caller.session_id", "uuid")

    def ask(self, permission: str) -> None:
        self.other.append(permission)

    def scope_kinds(self) -> list[str | None]:
        """The kinds of scopes that a page is a union of; [None] when one condition covers all."""
        return list(*self.permission_scopes.values()) if self.splits_by_scope else [None]

    def sees(
        self,
        permission: str,
        *,
        of: type[Model] | None = None,
        organization: Field | None = None,
        related: Expression | None = None,
        own: Expression | None = None,
    ) -> Expression:
        """The condition that the caller has ``permission`` on a row.

        ``of`` is the table: the row is reached by its organization, and by grants on what it is part of and on itself, as the
        table declares it.  Of a table that declares nothing, ``organization`` is the column.  ``related`` and ``own`` are the
        conditions that the row is related to the caller, or the caller's own.
        """
        ways = _ways(of, organization, own, related)
        self.organizational[permission] = tuple(ways)
        ways[TENANT] = (ways[ORGANIZATION][0], None)
        scopes = self.permission_scopes.get(permission, {ORGANIZATION: True})
        chosen = [self.current_kind] if self.current_kind else scopes
        return reduce(or_, (self._is_at(permission, kind, ways[kind], scopes[kind]) for kind in chosen))

    def _is_at(self, permission: str, kind: str, way: Way, is_single: bool) -> Expression:
        name = f"{permission} {kind}"
        (*through, column), beside = way
        if is_single:
            condition = column == slot(name, "uuid")
        elif self.current_kind:
            self.iterated_slot = name
            condition = column == SQL("scope.id")
        else:
            condition = column == any_of(name, "uuid[]")
        for reference in reversed(through):
            table = reference.rel_model
            condition = reference.in_(table.select(table.id).where(condition))
        return condition if beside is None else condition & beside


def _ways(
    of: type[Model] | None, organization: Field | None, own: Expression | None, related: Expression | None
) -> dict[str, Way]:
    """The :data:`Way` by kind of scope."""
    if of is not None:
        organization = lineage.organization_of(of)
    ways = {ORGANIZATION: ([organization], None)}
    if related is not None:
        ways[RELATED] = ([organization], related)
    if own is not None:
        ways[OWN] = ([organization], own)
    for table in [of, *declarations.ancestors(of)] if of is not None else ():
        if not declarations.declaration(table).is_grantable:
            continue
        path = lineage.path_to(of, table)
        ways[on(table.noun())] = (path, None)
        if own is not None:
            ways[own_on(table.noun())] = (path, own)
    return ways


def on(noun: str) -> str:
    """The kind of scope of grants on resources with this noun."""
    return f"on {noun}"


def own_on(noun: str) -> str:
    """The kind of scope of grants for one's own rows in resources with this noun."""
    return f"own on {noun}"


def needs(table: type[Model]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """What ``table.visible_to`` asks for: ``{permission: kinds of scopes}``, and the permissions on one's own account."""
    viewer = Viewer({}, split_by_scope=False)
    table.visible_to(viewer)
    return viewer.organizational, tuple(viewer.other)


needs = cache(needs)  # type: ignore[assignment]  # tables can be hashed, which mypy does not see


def narrowed(ids: Collection[str], within: str | None) -> list[str]:
    """The ids of scopes, sorted: all, or those in the organization ``within``.

    ``ids`` are those of organizations, or ``{id of a resource: its organization}``.
    """
    if within is None:
        return sorted(ids)
    if isinstance(ids, dict):
        return sorted(id for id, organization_id in ids.items() if organization_id == within)
    return [within] if within in ids else []
