"""Pages of a list: keyset pagination with signed cursors, in any order, stable while rows come and go."""

import base64
import hashlib
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import orjson
from peewee import SQL, DateField, Expression, Model, OperationalError, Tuple, fn

from models.base import search
from models.base.database import QUERY_CANCELED, database, sqlstate
from models.base.declarations import order_of
from models.base.errors import InvalidRequest, fault
from models.base.fields import UtcField
from models.base.secret import is_signed, sign
from models.base.settings import settings
from models.base.statements import Slot, any_of, execute, slot, statement


class Order:
    """An order of a table: by an expression, ``-`` for the greatest first, then by id so that no two rows are equal.

    The expression is null in no row: a column that can be null is sorted by ``missing_last``.  ``values`` are those of its
    slots, by name.
    """

    def __init__(self, name, expression, *, descending=False, values=()):
        if isinstance(expression, DateField | UtcField) and expression.null:
            raise TypeError(f"{expression} can be null: sort by missing_last.")
        self.name = name
        self.expression = expression
        self.descending = descending
        self.values = dict(values)


def missing_last(column, *, descending=False):
    """A column of dates to sort by, null last in both directions.

    PostgreSQL's ``infinity`` stands for null: it is beyond every date that the contract knows, and it can be indexed.
    """
    return fn.coalesce(column, SQL(f"date '{'-' if descending else ''}infinity'"))


class Is:
    """A filter: the column has this value."""

    def __init__(self, compare):
        self.compare = compare  # a node in, a condition out

    def shape(self, value):
        return None

    def condition(self, name, value):
        return self.compare(slot(name))

    def bound(self, value):
        return value


class Flag(Is):
    """A filter whose value decides what the condition is."""

    def shape(self, value):
        return value

    def condition(self, name, value):
        return self.compare(value)


class Among(Is):
    """A filter: the column has one of these values.  One value alone is asked as equality, which keeps an index's order."""

    def __init__(self, column, sql_type):
        self.column, self.sql_type = column, sql_type

    def shape(self, value):
        return len(value) == 1

    def condition(self, name, value):
        return self.column == (slot(name) if len(value) == 1 else any_of(name, self.sql_type))

    def bound(self, value):
        return value[0] if len(value) == 1 else value


class Search(Is):
    """A filter: the column of words matches a search text."""

    def __init__(self, column):
        super().__init__(lambda value: Expression(column, "@@", value.cast("tsquery")))

    def bound(self, value):
        return search.query(value).match

    @staticmethod
    def order(column, text):
        """The best match first: words as they stand in the text count more than other forms and beginnings."""
        asked = search.query(text)
        ranks = [fn.ts_rank(column, slot(name, "tsquery")) for name in ("exact", "near")]
        expression = (ranks[0] + ranks[1]).cast("float8")
        return Order(
            "relevance", expression, descending=True, values={"exact": asked.exact, "near": asked.near}
        )


def page(table: Any, caller: Any, filters: Mapping[str, Any], *, limit: int, order: Order | None = None,
         cursor: str | None = None, include: Collection[str] = (), within: str | None = None) -> dict[str, Any]:  # fmt: skip
    """One page of what ``caller`` may see of ``table``: ``{"items", "next_cursor", "total", "total_status"}``.

    ``filters`` are values by the names in ``table.FILTERS``; None is no filter.  A cursor that was made with others is
    refused.  ``within`` is the one organization to look into, which the caller was found to be allowed.  Without an
    ``order`` it is the one that the table declares.
    """
    order = order or default_order(table)
    given = {name: filters[name] for name in table.FILTERS if filters.get(name) is not None}
    shapes = ((name, table.FILTERS[name].shape(value)) for name, value in given.items())
    shape = (table, caller.shape(table, within), *shapes)
    values = caller.values(table, within)
    values.update((name, table.FILTERS[name].bound(value)) for name, value in given.items())
    values.update(order.values)
    mark = _mark(order, filters, within)
    if cursor is not None:
        # Cursors do not expire: those of version 0.2 tell the values of a filter in the order in which they were sent.
        values["after_value"], values["after_id"] = _read(cursor, mark, _mark(order, filters, within, list))

    def narrowed(viewer):
        return table.visible_to(viewer).where(*(table.FILTERS[n].condition(n, v) for n, v in given.items()))

    found = statement(
        ("page", *shape, order.name, order.descending, cursor is not None, read := _read_for(limit)),
        lambda: _in_order(caller.viewer(table, within), narrowed, order, cursor is not None, read),
        prepared=table.has_stable_plan(order.name, given.keys()),
    )
    items = found.as_rows(table, values)[: limit + 1]
    following = None
    if len(items) > limit:
        items.pop()
        following = _write([items[-1].place_in_order, items[-1].id], mark)
    total, status = None, "not_requested"
    if "total" in include:
        counted = lambda: _counted(narrowed(caller.viewer(table, within, split_by_scope=False)))  # noqa: E731
        total, status = _total(statement(("total", *shape), counted, prepared=False), values)
    return {"items": items, "next_cursor": following, "total": total, "total_status": status}


@cache
def default_order(table: type[Model]) -> Order:
    """The order that a table declares."""
    column, descending = order_of(table)
    return Order(column.name, column, descending=descending)


def _read_for(limit):
    """How many rows are read for a page of ``limit``: one of two numbers, so that there are few statements.

    The number is part of the text, because the best plan depends on it.
    """
    return 21 if limit <= 20 else 101


def _in_order(viewer, narrowed, order, is_continued, read):
    """The SQL of a page.  A caller who sees rows for several reasons is answered from each, so that each can stop early."""
    pages = []
    for kind in viewer.scope_kinds():
        viewer.current_kind, viewer.iterated_slot = kind, None
        pages.append(_of_one_kind(viewer, narrowed, order, is_continued, read))
    if len(pages) == 1:
        return pages[0]
    way = "desc" if order.descending else "asc"
    united = " union all ".join(f"({sql})" for sql, _ in pages)
    # A row may be seen for more than one reason.
    sql = f"""select distinct on (found.place_in_order, found.id) found.* from ({united}) as found
        order by found.place_in_order {way}, found.id {way} limit {read}"""
    return sql, [one for _, parameters in pages for one in parameters]


def _of_one_kind(viewer, narrowed, order, is_continued, read):
    """The SQL of a page from one kind of scopes; of several scopes as a union of one query for each."""
    query = narrowed(viewer)
    place = (order.expression, query.model.id)
    if is_continued:
        after = Tuple(slot("after_value"), slot("after_id", "uuid"))
        query = query.where(Tuple(*place) < after if order.descending else Tuple(*place) > after)
    query = query.select_extend(order.expression.alias("place_in_order"))
    query = query.order_by(*(one.desc() if order.descending else one.asc() for one in place))
    sql, parameters = query.limit(SQL(str(read))).sql()
    if not viewer.iterated_slot:
        return sql, parameters
    way = "desc" if order.descending else "asc"
    sql = f"""select found.* from unnest(%s::uuid[]) as scope(id) cross join lateral ({sql}) as found
        order by found.place_in_order {way}, found.id {way} limit {read}"""
    return sql, [Slot(viewer.iterated_slot), *parameters]


def _total(counting, values):
    """``(count, "exact")``, or ``(None, "too_costly")`` when counting takes longer than ``REMIT_COUNT_MS``.

    A count reads every row that the filters let through, which has no bound; the page, which has one, is answered anyway.
    """
    try:
        with database.atomic():
            # Until the end of the transaction: a list is no part of a larger one.
            execute("select set_config('statement_timeout', %s, true)", (str(settings().count_ms),))
            return counting.rows(values)[0][0], "exact"
    except OperationalError as error:
        if sqlstate(error) == QUERY_CANCELED:
            return None, "too_costly"
        raise


def _counted(query):
    sql, parameters = query.sql()
    return f"select count(*) from ({sql}) as found", parameters


def _as_set(values):
    return sorted(set(values))


def _mark(order, filters, within, several=_as_set):
    """What a cursor belongs to: the order and the filters, in 8 bytes.  A filter of several values is a set."""
    sets = {name: several(one) if isinstance(one, list) else one for name, one in filters.items()}
    text = orjson.dumps(
        [order.name, order.descending, within, sets], option=orjson.OPT_SORT_KEYS, default=str
    )
    return hashlib.sha256(text).digest()[:8]


def _write(values, mark):
    body = mark + orjson.dumps(values)
    return base64.urlsafe_b64encode(sign("cursor", body) + body).rstrip(b"=").decode()


def _read(cursor, *marks):
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    tag, body = raw[:16], raw[16:]
    if not is_signed("cursor", body, tag):
        raise _refused("invalid_cursor", "The cursor is invalid.")
    if body[:8] not in marks:
        raise _refused(
            "foreign_cursor", "The cursor belongs to a list with other filters or another sort order."
        )
    return orjson.loads(body[8:])


def _refused(code, detail):
    return InvalidRequest(detail, errors=[fault("query", code, detail, parameter="cursor")])
