"""Pages of a list: keyset pagination with signed cursors, in any order, stable while rows come and go."""
import base64
import hashlib

import orjson
from peewee import Tuple, Value

from models.base.errors import InvalidRequest, fault
from models.base.secret import is_signed, sign


class Order:
    """An order of a table: by an expression, ``-`` for the greatest first, then by id so that no two rows are equal."""

    def __init__(self, name, expression, *, descending=False):
        self.name = name
        self.expression = expression
        self.descending = descending


def page(query, order, *, limit, cursor=None, include=(), **filters):
    """One page of ``query`` as ``{"items", "next_cursor", "total"}``.

    ``filters`` are what the query was narrowed by: a cursor that was made with others is refused.
    """
    table = query.model
    mark = _mark(order, filters)
    total = query.count() if "total" in include else None
    if cursor is not None:
        after = Tuple(*(Value(value, converter=False) for value in _read(cursor, mark)))
        place = Tuple(order.expression, table.id)
        query = query.where(place < after if order.descending else place > after)
    columns = (order.expression, table.id)
    query = query.select_extend(order.expression.alias("place_in_order"))
    query = query.order_by(*(column.desc() if order.descending else column.asc() for column in columns))
    rows = list(query.limit(limit + 1))
    following = None
    if len(rows) > limit:
        del rows[limit:]
        following = _write([rows[-1].place_in_order, rows[-1].id], mark)
    return {"items": rows, "next_cursor": following, "total": total}


def _mark(order, filters):
    """What a cursor belongs to: the order and the filters, in 8 bytes."""
    text = orjson.dumps([order.name, order.descending, filters], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(text).digest()[:8]


def _write(values, mark):
    body = mark + orjson.dumps(values)
    return base64.urlsafe_b64encode(sign("cursor", body) + body).rstrip(b"=").decode()


def _read(cursor, mark):
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    tag, body = raw[:16], raw[16:]
    if not is_signed("cursor", body, tag):
        raise _refused("invalid_cursor", "It is not a cursor of this server.")
    if body[:8] != mark:
        raise _refused("foreign_cursor", "It belongs to a list with other filters or another order.")
    return orjson.loads(body[8:])


def _refused(code, detail):
    return InvalidRequest(detail, errors=[fault("query", code, detail, parameter="cursor")])
