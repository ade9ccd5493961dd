"""Validation: parameters and body against the compiled contract.

Faults are collected, not raised: the frame refuses them after it knows who asks, so that nobody unknown is told, that
they count in the caller's limit, and that all of them are in one answer.
"""

import asyncio
from typing import Any

import orjson
from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers.http import forms, own_errors
from handlers.http.bodies import read_json
from handlers.http.compiled import Plans, WhenUsed
from handlers.http.exchange import Exchange
from handlers.http.plan import Plan
from handlers.http.schemas import body_faults
from models.base.errors import Refusal, fault

READERS = {forms.MEDIA_TYPE: forms.read_form}  # every other media type is JSON
LARGE = 65_536  # bytes; a larger body is read in a thread, so that nobody else waits for it


class ValidationOperation:
    """The check of one operation's requests; the way on is Connexion's."""

    def __init__(self, next_app: ASGIApp, plan: Plan) -> None:
        self.next_app, self.plan = next_app, plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = scope["extensions"]["remit"]
        context = scope["extensions"].get("connexion_context")
        exchange.credential = context["token_info"]["credential"] if context else None
        if len(exchange.body) > LARGE:
            await asyncio.get_running_loop().run_in_executor(None, check, self.plan, exchange)
        else:
            check(self.plan, exchange)
        await self.next_app(scope, receive, send)


def check(plan: Plan, exchange: Exchange) -> None:
    """Fill the exchange with values and faults."""
    if plan.answers_faults:
        return own_errors.check(plan, exchange)
    try:
        plan.parameters.read(exchange)
        if plan.body_types:
            _check_body(plan, exchange)
    except Refusal as refusal:
        exchange.refusal = refusal
    return None


def _check_body(plan: Plan, exchange: Exchange) -> None:
    if not exchange.body:
        if plan.body_required:
            exchange.faults.append(fault("body", "missing_body", "A body is required.", pointer=""))
        return
    media_type = exchange.parameters["content-type"]
    validator, convert = plan.body_types[media_type]
    body = READERS.get(media_type, read_json)(exchange.body, plan.body_limit.values)
    if not validator.is_valid(body):
        exchange.faults += body_faults(validator, body)
        return
    if plan.body_known is not None:
        body = {name: value for name, value in body.items() if name in plan.body_known}
    for name, default in plan.body_defaults[media_type].items():
        if name not in body:
            body[name] = orjson.loads(default)
    if convert:
        body = convert(body, "", exchange.faults)
    exchange.arguments["body"] = body


class ValidationAPI(RoutedAPI):
    """The validation of each operation, made when it is first used."""

    def __init__(self, *args: Any, plans: Plans, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operations = WhenUsed(
            lambda operation_id: ValidationOperation(self.next_app, plans[operation_id])
        )

    def make_operation(self, operation: Any) -> None:
        """Unused: plans are found by their ids."""


class PlannedValidation(RoutedMiddleware):
    """Takes the place of Connexion's request validation, with the plans that it is given."""

    api_cls = ValidationAPI
