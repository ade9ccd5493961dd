"""Operations with ``x-errors``: they answer for faults of input themselves, as the RFCs of OAuth say, and not by a problem.

Parameters are read one by one, so that what is readable reaches the operation beside the faults of the rest.
"""

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from handlers.http.exchange import Exchange
from handlers.http.parameters import BAD_ESCAPE
from handlers.http.plan import Plan
from handlers.http.schemas import MOST_FAULTS, body_faults
from models.base.errors import fault

HANDED_ON = frozenset({400, 413, 415})  # refusals of a body that the operation answers for
QUERY_PARAMETERS = 200
LONGEST = 24_576  # bytes of a name and its value as sent; a longer one is not decoded


def check(plan: Plan, exchange: Exchange) -> None:
    """Fill the exchange with the values as they were sent, the first of each name, and with every fault."""
    arguments, faults = exchange.arguments, exchange.faults
    if exchange.refusal:
        faults += exchange.refusal.errors or [
            fault("body", exchange.refusal.code(), exchange.refusal.detail, pointer="")
        ]
    query, known = plan.parameters.query, plan.body_known or frozenset()
    values, found = read_pairs(exchange.query, query or known, "query", QUERY_PARAMETERS)
    faults += found
    if not plan.body_types:
        arguments.update(values)
        plan.parameters.judge(values, faults)
        return
    faults += [
        fault("query", "misplaced_parameter", "Send it in the body.", parameter=name) for name in values
    ]
    body, found = read_pairs(exchange.body, known, "body", plan.body_limit.values)
    arguments["body"] = body
    faults += found
    if not exchange.refusal:
        ((validator, _),) = plan.body_types.values()
        faults += body_faults(validator, body)[:MOST_FAULTS]


def read_pairs(
    raw: bytes, known: Collection[str], place: str, max_fields: int
) -> tuple[dict[str, str], list[dict]]:
    """``(values by name, faults)`` of a query or a form in bytes.

    A parameter without a value is as if omitted, and one that is not ``known`` is ignored (RFC 6749 §3.1, §3.2).
    """
    pieces = raw.split(b"&", max_fields)
    values, faults = {}, []
    if len(pieces) > max_fields:
        faults.append(
            fault(place, "malformed_form", f"The request has more than {max_fields} parameters.", pointer="")
        )
    for piece in pieces[:max_fields]:
        name, _, value = (decoded(part) for part in piece.partition(b"="))
        if value == "" or (len(piece) > LONGEST and name not in known):
            continue
        if name is None or value is None:
            faults.append(_unreadable(place, name if name and name in known else "", piece))
        elif name in known and name in values:
            faults.append(fault(place, "repeated_parameter", "Must not be repeated.", parameter=name))
        elif name in known:
            values[name] = value
    return values, faults


def decoded(part: bytes) -> str | None:
    """The text of a part of a query or a form; None when it is not percent-encoded UTF-8, or too long to be decoded."""
    if len(part) > LONGEST or not part.isascii() or BAD_ESCAPE.search(part):
        return None
    try:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None


def _unreadable(place: str, name: str, piece: bytes) -> dict:
    if len(piece) > LONGEST:
        return fault(place, "too_long", "Value is too long.", parameter=name)
    return fault(place, "malformed_form", "Value is not percent-encoded UTF-8.", parameter=name)
