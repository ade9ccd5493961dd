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
from handlers.http.plan import Plan
from handlers.http.request_context import RequestContext
from handlers.http.schemas import MAX_FAULTS, body_faults
from handlers.http.value_faults import names_of
from models.base.errors import Refusal, fault

READERS = {
    forms.MEDIA_TYPE: forms.read_form,
    forms.MULTIPART: forms.read_multipart,
}  # every other media type is JSON
INLINE_BODY_BYTES = 65_536  # a larger body is read in a thread, so that nobody else waits for it


class ValidationOperation:
    """The check of one operation's requests; the way on is Connexion's."""

    def __init__(self, next_app: ASGIApp, plan: Plan) -> None:
        self.next_app, self.plan = next_app, plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = scope["extensions"]["remit"]
        connexion_context = scope["extensions"].get("connexion_context")
        context.credential = connexion_context["token_info"]["credential"] if connexion_context else None
        if len(context.body) > INLINE_BODY_BYTES:
            await asyncio.get_running_loop().run_in_executor(None, check, self.plan, context)
        else:
            check(self.plan, context)
        await self.next_app(scope, receive, send)


def check(plan: Plan, context: RequestContext) -> None:
    """Fill the request context with values and faults."""
    if plan.answers_faults:
        return own_errors.check(plan, context)
    try:
        plan.parameters.read(context)
        if plan.body_types:
            _check_body(plan, context)
    except Refusal as refusal:
        context.refusal = refusal
    return None


def _check_body(plan: Plan, context: RequestContext) -> None:
    if not context.body:
        if plan.body_required:
            context.faults.append(fault("body", "missing_body", "A body is required.", pointer=""))
        return
    media_type = context.parameters["content-type"]
    validator, convert = plan.body_types[media_type]
    body = READERS.get(media_type, read_json)(context.body, plan.body_limit.values)
    if not validator.is_valid(body):
        faults = body_faults(validator, body)
        context.faults += faults[:MAX_FAULTS]
        if plan.value_rules and isinstance(body, dict):
            context.sound_body, context.unsound = _divided(plan, media_type, body, faults)
        return
    if plan.body_known is not None:
        body = {name: value for name, value in body.items() if name in plan.body_known}
    _add_defaults(plan, media_type, body)
    if convert:
        body = convert(body, "", context.faults)
    context.arguments["body"] = body


def _divided(plan: Plan, media_type: str, body: dict, faults: list[dict]) -> tuple[dict, set[str]]:
    """``(properties without faults, converted as those of a valid body; names of all others that have a fault or lack)``."""
    _, convert = plan.body_types[media_type]
    sound = dict(body)
    _add_defaults(plan, media_type, sound)
    unsound, unfit = names_of(faults), list[dict]()
    sound = {name: value for name, value in sound.items() if name not in unsound}
    if convert:
        sound = convert(sound, "", unfit)
    return sound, unsound | names_of(unfit)


def _add_defaults(plan: Plan, media_type: str, body: dict) -> None:
    for name, default in plan.body_defaults[media_type].items():
        if name not in body:
            body[name] = orjson.loads(default)


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
