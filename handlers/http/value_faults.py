"""Faults of values: what the contract and the rules of an operation find, together in one refusal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from handlers.http.plan import Plan
from handlers.http.request_context import RequestContext
from models.base.errors import InvalidRequest, InvalidValue, Refusal
from models.base.unit_of_work import UnitOfWork
from models.base.value_rules import violations


def invalid_request(plan: Plan, context: RequestContext, now: datetime | None) -> Refusal:
    """The refusal of a request with faults, which also names the rules that its valid values violate at the time ``now``."""
    unsound = names_of(context.faults) | context.unsound
    body = context.arguments.get("body", context.sound_body)
    rules = plan.value_rules
    if body is None:  # none was sent, or it is no object: only what stands in the query can be looked at
        rules = tuple(rule for rule in rules if plan.parameters.query.keys() >= set(rule.fields))
    with UnitOfWork(now=now):
        errors = violations(rules, {**context.arguments, **(body or {})}, unsound)
    return _naming(context.faults + errors)


def with_others(plan: Plan, context: RequestContext, refusal: Refusal) -> Refusal:
    """The refusal of a valid request by its handler; by a rule about its values, with those that it violates besides."""
    if not isinstance(refusal, InvalidValue | InvalidRequest) or not plan.value_rules:
        return refusal
    values = {**context.arguments, **context.arguments.get("body", {})}
    others = [error for error in violations(plan.value_rules, values, ()) if error not in refusal.errors]
    return _naming(refusal.errors + others) if others else refusal


def names_of(faults: Iterable[dict[str, Any]]) -> set[str]:
    """The names of the properties of the body, and of the parameters, that have faults."""
    return {fault["parameter"] or (fault["pointer"] or "/").split("/")[1] for fault in faults}


def _naming(errors: list[dict[str, Any]]) -> InvalidRequest:
    many = "s were" if len(errors) > 1 else " was"
    return InvalidRequest(f"{len(errors)} fault{many} found.", errors=errors)
