"""Bodies: JSON, read strictly.  What two parsers could read in two ways is refused."""

import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import orjson

from handlers.http.refusals import MalformedJson
from models.base.errors import fault

MAX_DEPTH = 32
MAX_DIGITS = 19  # of the greatest integer of 64 bits
MAX_NUMBER_CHARACTERS = (
    400  # characters; a number with fewer is read in no time, and none with more is needed
)
# A string, closed or not; what was read once is not read again (``*+``).
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.S)
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def read_json(raw: bytes, max_values: int) -> Any:
    """The value of a JSON text in bytes (RFC 8259, and I-JSON, RFC 7493): UTF-8, no name twice, numbers that exist.

    Refused with :class:`MalformedJson`, which says where; also when it has more than ``max_values`` values.
    """
    opened = raw.count(b"[") + raw.count(b"{")
    if opened > MAX_DEPTH or opened + raw.count(b",") > max_values:
        _refuse_too_much(raw, max_values)
    try:
        text = raw.decode("utf-8")
        value = json.loads(
            text,
            object_pairs_hook=_unique_members,
            parse_constant=_no_constant,
            parse_int=_integer,
            parse_float=_number,
        )
        if b"\\u" in raw:
            orjson.loads(raw)  # refuses half a surrogate pair, which UTF-8 cannot hold
    except json.JSONDecodeError as error:
        raise refused(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from None
    except UnicodeDecodeError as error:
        raise refused(f"Byte {error.start} is not UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise refused(str(error)) from None
    return value


def refused(detail: str) -> MalformedJson:
    return MalformedJson(detail[:900], errors=[fault("body", "malformed_json", detail[:900], pointer="")])


def _unique_members(pairs: list) -> dict:
    """The object of these ``(name, value)`` pairs; ValueError when a name is repeated."""
    members = dict(pairs)
    if len(members) != len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"The name {name[:100]!r} appears twice in one object.")
            seen.add(name)
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a valid JSON number.")


def _integer(text: str) -> int:
    if len(text) - text.startswith("-") > MAX_DIGITS:
        raise ValueError("A number does not fit in 64 bits.")
    return int(text)


def _number(text: str) -> int | float:
    """The value of a number with a fraction or an exponent: an ``int`` when it is whole (JSON Schema Validation, §6.1.1).

    It is read exactly: neither is a whole number rounded, nor is one that is not whole ever taken for one.
    """
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise ValueError("A number has more digits than fit in 64 bits.")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("The exponent of a number does not fit in 64 bits.") from None
    if not number:
        return 0
    if number == number.to_integral_value():
        if number.adjusted() >= MAX_DIGITS:
            raise ValueError("A number does not fit in 64 bits.")
        return int(number)
    rounded = float(text)
    if rounded.is_integer():
        rounded = math.nextafter(rounded, math.inf)
    if rounded.is_integer():
        raise ValueError("A number has more digits than fit in 64 bits.")
    return rounded


def _refuse_too_much(raw: bytes, max_values: int) -> None:
    """Count values and levels outside strings, before the parser, which recurses, sees them."""
    plain = STRING.sub(b"", raw)
    depth = 0
    for bracket in plain.translate(None, NO_BRACKETS)[: 4 * max_values]:
        if bracket in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise refused(f"The body is nested more than {MAX_DEPTH} levels deep.")
        else:
            depth -= 1
    if plain.count(b"[") + plain.count(b"{") + plain.count(b",") > max_values:
        raise refused(f"The body has more than {max_values} values.")
