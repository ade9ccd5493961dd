"""Cursors of pages: the position after the last row, signed, and bound to the order and the filters of its list."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import orjson

from models.base.errors import InvalidRequest, fault
from models.base.secret import is_signed, sign

if TYPE_CHECKING:
    from models.base.pages import Order


def _as_set(values: Iterable[Any]) -> list[Any]:
    return sorted(set(values))


def fingerprint(
    order: "Order",
    filters: Mapping[str, Any],
    within: str | None,
    several: Callable[[Iterable[Any]], list[Any]] = _as_set,
) -> bytes:
    """8 bytes of a hash of the order and the filters that a cursor belongs to.  A filter of several values is a set."""
    sets = {name: several(value) if isinstance(value, list) else value for name, value in filters.items()}
    text = orjson.dumps(
        [order.name, order.descending, within, sets], option=orjson.OPT_SORT_KEYS, default=str
    )
    return hashlib.sha256(text).digest()[:8]


def write(position: list[Any], list_fingerprint: bytes) -> str:
    """A cursor for ``position``, JSON values."""
    body = list_fingerprint + orjson.dumps(position)
    return base64.urlsafe_b64encode(sign("cursor", body) + body).rstrip(b"=").decode()


def read(cursor: str, *fingerprints: bytes) -> list[Any]:
    """The position of a cursor; refused unless this server signed it for a list with one of the fingerprints."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    tag, body = raw[:16], raw[16:]
    if not is_signed("cursor", body, tag):
        raise _refused("invalid_cursor", "The cursor is invalid.")
    if body[:8] not in fingerprints:
        raise _refused(
            "foreign_cursor", "The cursor belongs to a list with other filters or another sort order."
        )
    return orjson.loads(body[8:])


def _refused(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(detail, errors=[fault("query", code, detail, parameter="cursor")])
