"""Pages of a list: keyset pagination with signed cursors, in any order, stable while rows come and go."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from peewee import SQL, DateField, Expression, Field, Model, Node, OperationalError, Query, Tuple, fn

from models.base import cursors, search
from models.base.database import QUERY_CANCELED, database, sqlstate
from models.base.declarations import order_of
from models.base.fields import UtcField
from models.base.settings import settings
from models.base.statements import Slot, Statement, any_of, execute, slot, statement, without_write_only
from models.base.viewing import PageCaller, PageViewer


class Order:
    """An order of a table: by an expression, ``-`` for the greatest first, then by id so that no two rows are equal.

    The expression is null in no row: a column that can be null is sorted by ``missing_last``.  ``values`` are those of its
    slots, by name.
    """

    def __init__(
        self,
        name: str,
        expression: Node,
        *,
        descending: bool = False,
        values: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(expression, DateField | UtcField) and expression.null:
            raise TypeError(f"{expression} can be null: sort by missing_last.")
        self.name = name
        self.expression = expression
        self.descending = descending
        self.values = dict(values or {})


def missing_last(column: Field, *, descending: bool = False) -> Node:
    """A column of dates to sort by, null last in both directions.

    PostgreSQL's ``infinity`` replaces null: it is beyond every date of the contract, and it can be indexed.
    """
    return fn.coalesce(column, SQL(f"date '{'-' if descending else ''}infinity'"))


class Is:
    """A filter: the column has this value.  ``compare`` returns the condition for a node of the value."""

    def __init__(self, compare: Callable[[Any], Node]) -> None:
        self.compare = compare

    def shape(self, value: Any) -> Any:
        """The part of the value that the SQL of the condition depends on."""
        return None

    def condition(self, name: str, value: Any) -> Node:
        """The condition, with a slot called ``name``."""
        return self.compare(slot(name))

    def bound(self, value: Any) -> Any:
        """The value for the slot."""
        return value


class Flag(Is):
    """A filter whose value decides what the condition is: ``compare`` is called with the value."""

    def shape(self, value: Any) -> Any:
        return value

    def condition(self, name: str, value: Any) -> Node:
        return self.compare(value)


class Among(Is):
    """A filter: the column has one of these values.  One value alone is compared by equality, which keeps an index's order."""

    def __init__(self, column: Field, sql_type: str) -> None:
        self.column, self.sql_type = column, sql_type

    def shape(self, value: list[Any]) -> bool:
        return len(value) == 1

    def condition(self, name: str, value: list[Any]) -> Node:
        return self.column == (slot(name) if len(value) == 1 else any_of(name, self.sql_type))

    def bound(self, value: list[Any]) -> Any:
        return value[0] if len(value) == 1 else value


class Search(Is):
    """A filter: the column of words matches a search text."""

    def __init__(self, column: Field) -> None:
        super().__init__(lambda value: Expression(column, "@@", value.cast("tsquery")))

    def bound(self, value: str) -> str:
        return search.query(value).match

    @staticmethod
    def order(column: Field, text: str) -> Order:
        """The best match first: exact words count more than other forms and beginnings."""
        query = search.query(text)
        ranks = [fn.ts_rank(column, slot(name, "tsquery")) for name in ("exact", "near")]
        expression = (ranks[0] + ranks[1]).cast("float8")
        return Order(
            "relevance", expression, descending=True, values={"exact": query.exact, "near": query.near}
        )


def page(table: Any, caller: PageCaller, filters: Mapping[str, Any], *, limit: int, order: Order | None = None,
         cursor: str | None = None, include: Collection[str] = (), within: str | None = None) -> dict[str, Any]:  # fmt: skip
    """One page of what ``caller`` may see of ``table``: ``{"items", "next_cursor", "total", "total_status"}``.

    ``filters`` are values by the names in ``table.FILTERS``; None is no filter.  A cursor that was made with other filters is
    refused.  ``within`` is the one organization to read, which the caller is allowed to.  The default ``order`` is the one
    that the table declares.
    """
    order = order or default_order(table)
    values_by_filter = {name: filters[name] for name in table.FILTERS if filters.get(name) is not None}
    shapes = ((name, table.FILTERS[name].shape(value)) for name, value in values_by_filter.items())
    shape = (table, caller.shape(table, within), *shapes)
    values = caller.values(table, within)
    values.update((name, table.FILTERS[name].bound(value)) for name, value in values_by_filter.items())
    values.update(order.values)
    fingerprint = cursors.fingerprint(order, filters, within)
    if cursor is not None:
        # Cursors do not expire: those of version 0.2 have the values of a filter in the order in which they were sent.
        values["after_value"], values["after_id"] = cursors.read(
            cursor, fingerprint, cursors.fingerprint(order, filters, within, list)
        )

    def narrowed(viewer: PageViewer) -> Query:
        return table.visible_to(viewer).where(
            *(table.FILTERS[n].condition(n, v) for n, v in values_by_filter.items())
        )

    page_statement = statement(
        ("page", *shape, order.name, order.descending, cursor is not None, read := _rows_read(limit)),
        lambda: _page_sql(caller.viewer(table, within), narrowed, order, cursor is not None, read),
        prepared=table.has_stable_plan(order.name, values_by_filter.keys()),
    )
    items = page_statement.as_rows(table, values)[: limit + 1]
    following = None
    if len(items) > limit:
        items.pop()
        following = cursors.write([items[-1].place_in_order, items[-1].id], fingerprint)
    total, status = None, "not_requested"
    if "total" in include:
        build_count = lambda: _count_sql(narrowed(caller.viewer(table, within, split_by_scope=False)))  # noqa: E731
        total, status = _total(statement(("total", *shape), build_count, prepared=False), values)
    return {"items": items, "next_cursor": following, "total": total, "total_status": status}


@cache
def default_order(table: type[Model]) -> Order:
    """The order that a table declares."""
    column, descending = order_of(table)
    return Order(column.name, column, descending=descending)


def _rows_read(limit: int) -> int:
    """The number of rows that are read for a page of ``limit``: one of two, so that there are few statements.

    The number is part of the text, because the best plan depends on it.
    """
    return 21 if limit <= 20 else 101


def _page_sql(
    viewer: PageViewer, narrowed: Callable[[PageViewer], Query], order: Order, is_continued: bool, read: int
) -> tuple[str, list[Any]]:
    """The SQL and parameters of a page: a union of one query for each kind of scopes, so that each can stop early."""
    pages = []
    for kind in viewer.scope_kinds():
        viewer.current_kind, viewer.iterated_slot = kind, None
        pages.append(_kind_sql(viewer, narrowed, order, is_continued, read))
    if len(pages) == 1:
        return pages[0]
    direction = "desc" if order.descending else "asc"
    united = " union all ".join(f"({sql})" for sql, _ in pages)
    # A row may be visible in scopes of several kinds.
    sql = f"""select distinct on (found.place_in_order, found.id) found.* from ({united}) as found
        order by found.place_in_order {direction}, found.id {direction} limit {read}"""
    return sql, [parameter for _, parameters in pages for parameter in parameters]


def _kind_sql(
    viewer: PageViewer, narrowed: Callable[[PageViewer], Query], order: Order, is_continued: bool, read: int
) -> tuple[str, list[Any]]:
    """The SQL of a page from one kind of scopes; of several scopes as a union of one query for each."""
    query = without_write_only(narrowed(viewer))
    sort_key = (order.expression, query.model.id)
    if is_continued:
        after = Tuple(slot("after_value"), slot("after_id", "uuid"))
        query = query.where(Tuple(*sort_key) < after if order.descending else Tuple(*sort_key) > after)
    query = query.select_extend(order.expression.alias("place_in_order"))
    query = query.order_by(*(part.desc() if order.descending else part.asc() for part in sort_key))
    sql, parameters = query.limit(SQL(str(read))).sql()
    if not viewer.iterated_slot:
        return sql, parameters
    direction = "desc" if order.descending else "asc"
    sql = f"""select found.* from unnest(%s::uuid[]) as scope(id) cross join lateral ({sql}) as found
        order by found.place_in_order {direction}, found.id {direction} limit {read}"""
    return sql, [Slot(viewer.iterated_slot), *parameters]


def _total(count: Statement, values: Mapping[str, Any]) -> tuple[int | None, str]:
    """``(count, "exact")``, or ``(None, "too_costly")`` when counting takes longer than ``REMIT_COUNT_MS``.

    A count reads every row that the filters select, which has no bound; the page, which has one, is returned anyway.
    """
    try:
        with database.atomic():
            # Until the end of the transaction: a list is no part of a larger one.
            execute("select set_config('statement_timeout', %s, true)", (str(settings().count_ms),))
            return count.rows(values)[0][0], "exact"
    except OperationalError as error:
        if sqlstate(error) == QUERY_CANCELED:
            return None, "too_costly"
        raise


def _count_sql(query: Query) -> tuple[str, list[Any]]:
    sql, parameters = query.sql()
    return f"select count(*) from ({sql}) as found", parameters
