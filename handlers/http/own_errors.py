"""Operations with ``x-errors``: they answer for faults of input themselves, as the RFCs of OAuth say, and not by a problem.

Parameters are read one by one, so that what is readable reaches the operation beside the faults of the rest.
"""

from collections.abc import Collection
from urllib.parse import unquote_to_bytes

from handlers.http.parameters import BAD_ESCAPE
from handlers.http.plan import Plan
from handlers.http.request_context import RequestContext
from handlers.http.schemas import MAX_FAULTS, body_faults
from models.base.errors import fault

OWN_ERROR_STATUSES = frozenset({400, 413, 415})  # refusals of a body that the operation answers for
MAX_QUERY_PARAMETERS = 200
MAX_PAIR_BYTES = 24_576  # of a name and its value as sent; a longer one is not decoded


def check(plan: Plan, context: RequestContext) -> None:
    """Fill the request context with the values as they were sent, the first of each name, and with every fault."""
    arguments, faults = context.arguments, context.faults
    if context.refusal:
        faults += context.refusal.errors or [
            fault("body", context.refusal.code(), context.refusal.detail, pointer="")
        ]
    query, body_names = plan.parameters.query, plan.body_known or frozenset()
    values, query_faults = read_pairs(context.query, query or body_names, "query", MAX_QUERY_PARAMETERS)
    faults += query_faults
    if not plan.body_types:
        arguments.update(values)
        plan.parameters.judge(values, faults)
        return
    faults += [
        fault("query", "misplaced_parameter", "Send it in the body.", parameter=name) for name in values
    ]
    body, pair_faults = read_pairs(context.body, body_names, "body", plan.body_limit.values)
    arguments["body"] = body
    faults += pair_faults
    if not context.refusal:
        ((validator, _),) = plan.body_types.values()
        faults += body_faults(validator, body)[:MAX_FAULTS]


def read_pairs(
    raw: bytes, names: Collection[str], location: str, max_fields: int
) -> tuple[dict[str, str], list[dict]]:
    """``(values by name, faults)`` of a query or a form in bytes.

    A parameter without a value is as if omitted, and one that is not among ``names`` is ignored (RFC 6749 §3.1, §3.2).
    """
    pieces = raw.split(b"&", max_fields)
    values, faults = {}, []
    if len(pieces) > max_fields:
        faults.append(
            fault(
                location, "malformed_form", f"The request has more than {max_fields} parameters.", pointer=""
            )
        )
    for piece in pieces[:max_fields]:
        name, _, value = (decoded(part) for part in piece.partition(b"="))
        if value == "" or (len(piece) > MAX_PAIR_BYTES and name not in names):
            continue
        if name is None or value is None:
            faults.append(_unreadable(location, name if name and name in names else "", piece))
        elif name in names and name in values:
            faults.append(fault(location, "repeated_parameter", "Must not be repeated.", parameter=name))
        elif name in names:
            values[name] = value
    return values, faults


def decoded(part: bytes) -> str | None:
    """The text of a part of a query or a form; None when it is not percent-encoded UTF-8, or too long to be decoded."""
    if len(part) > MAX_PAIR_BYTES or not part.isascii() or BAD_ESCAPE.search(part):
        return None
    try:
        return unquote_to_bytes(part.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None


def _unreadable(location: str, name: str, piece: bytes) -> dict:
    if len(piece) > MAX_PAIR_BYTES:
        return fault(location, "too_long", "Value is too long.", parameter=name)
    return fault(location, "malformed_form", "Value is not percent-encoded UTF-8.", parameter=name)
