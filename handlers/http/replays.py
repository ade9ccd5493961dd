"""Replays: what makes two requests the same, and the answer that is given again."""

from typing import Any, NamedTuple, cast

from werkzeug.http import parse_etags

from handlers.http.answers import Answer
from handlers.http.plan import Plan
from handlers.http.request_context import RequestContext
from models.base import idempotency
from security import replays
from security.callers import Caller

CONDITIONS = (b"if-match", b"if-none-match")


class Claim(NamedTuple):
    """What a request claims: the key of a client, for requests with one fingerprint."""

    owner_id: str
    key: str
    fingerprint: str


def is_claimed(plan: Plan, context: RequestContext) -> bool:
    """Whether the request has a key under which its response is stored."""
    sent = context.parameters.get("idempotency-key")
    return bool(sent) and not plan.is_exempt and not context.arguments.get("validate_only")


def claim_of(plan: Plan, context: RequestContext, caller: Caller) -> Claim | None:
    """The claim under which the answer is stored; None where nothing is."""
    if not is_claimed(plan, context):
        return None
    key = idempotency.key_of(caller.client_id, context.parameters["idempotency-key"])
    return Claim(caller.user_id, key, fingerprint(plan, context))


def fingerprint(plan: Plan, context: RequestContext) -> str:
    """The operation, its validated arguments with defaults filled in, and its preconditions (RFC 9110 §13.1).

    How a request is spelled makes no difference: the order of members and white space, escapes, the case of ids, a default
    or ``validate_only=false`` that is written out.
    """
    arguments = {name: value for name, value in context.arguments.items() if name != "validate_only"}
    if plan.method != "PATCH" and isinstance(arguments.get("body"), dict):
        # Where nothing is changed, null and nothing at all mean the same.
        arguments["body"] = {name: value for name, value in arguments["body"].items() if value is not None}
    conditions = {
        name.decode(): _tags(context.headers[name]) for name in CONDITIONS if name in context.headers
    }
    return idempotency.fingerprint(plan.operation_id, arguments, conditions)


def _tags(value: bytes) -> list:
    tags = parse_etags(value.decode("latin-1"))
    strong = tags.as_set()
    weak = tags.as_set(include_weak=True) - strong
    # The empty tag `""` is read as None.
    return [tags.star_tag, *(sorted(tag or "" for tag in each) for each in (strong, weak))]


def store(claim: Claim, caller: Caller, answer: Answer) -> None:
    """Store the answer of the write that has claimed the key."""
    body = cast(bytes, answer.body)  # only reads are answered with a file
    idempotency.store_response(*claim, replays.checks_of(caller), answer.status, answer.headers, body)


def replayed(caller: Caller, stored: Any) -> Answer:
    """The stored answer, to who still has what it took."""
    replays.ask_again(caller, stored.checks)
    return Answer(stored.status, {**stored.headers, "Idempotency-Replayed": "true"}, stored.body)
