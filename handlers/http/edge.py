"""The edge: the first to see a request, the last to see its answer.

It turns away what cannot be read, finds the plan, receives the body within its limits, and lets no answer out that the
contract does not document.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from connexion.exceptions import OAuthProblem, OAuthResponseProblem, ProblemException
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers.http import problems, refusals, watch
from handlers.http.answers import Answer
from handlers.http.bridge import Bridge
from handlers.http.budget import BodyBudget, BodyReservation
from handlers.http.challenges import unauthenticated
from handlers.http.compiled import CompiledContract
from handlers.http.cors import Cors
from handlers.http.deprecation import add_deprecation
from handlers.http.gate import violation_of
from handlers.http.negotiation import header_fault, negotiated
from handlers.http.own_errors import OWN_ERROR_STATUSES
from handlers.http.plan import Plan
from handlers.http.receiving import Disconnected, receive_body
from handlers.http.request_context import RequestContext, context_of
from handlers.http.routing import allowed, options
from handlers.http.security_headers import API_HEADERS, PAGE_HEADERS, SECURITY
from models.base.bodies import FileBody
from models.base.errors import InternalError, NotFound, Refusal, Unavailable
from models.base.settings import Settings
from security.limits import Limits

log = logging.getLogger("remit.edge")
MAX_URL_BYTES, MAX_HEAD_BYTES = 8_192, 32_768


class Edge:
    """Wraps the whole application.  ``limits`` counts addresses; ``settings`` has the sizes and times."""

    def __init__(
        self,
        app: ASGIApp,
        bridge: Bridge,
        compiled: CompiledContract,
        limits: Limits,
        cors: Cors,
        settings: Settings,
    ) -> None:
        self.app, self.bridge, self.compiled = app, bridge, compiled
        self.routes, self.transport = compiled.routes, compiled.transport
        self.limits, self.cors, self.settings = limits, cors, settings
        self.bodies = BodyBudget(settings.bodies_bytes, settings.address_bodies_bytes)
        self.waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.perf_counter()
        context = context_of(scope, self.settings)
        try:
            answer = await self._answer(context, scope, receive)
        except Disconnected:
            return None
        if "RateLimit" not in answer.headers:
            answer.headers.update(await self._counted(self.limits.headers, context))
        self._complete(context, answer)
        await self._send(context, answer, scope, send)
        seconds = time.perf_counter() - started
        watch.access(context, answer, seconds)
        watch.observe(context, answer, seconds)

    async def _answer(self, context: RequestContext, scope: Scope, receive: Receive) -> Answer:
        try:
            early = await self._routed(context, self._methods(context, scope))
            if early:
                return early
            with self.bodies.reserve(context.address) as reservation:
                context.body = await self._received(context, receive, reservation)
                await self._pass_on(context, scope, receive)
            answer = context.answer
            if context.refusal:
                answer.headers.update(context.refusal.headers)
            return answer
        except Refusal as refusal:
            return await self._refused(context, refusal)
        except (OAuthProblem, OAuthResponseProblem):
            return await self._refused(context, unauthenticated(context))
        except Disconnected:
            raise
        except Exception as error:
            if isinstance(error, ProblemException) and error.status == 401:
                return await self._refused(context, unauthenticated(context))
            watch.fault(log, "unhandled", context, error)
            return await self._refused(context, InternalError())

    async def _pass_on(self, context: RequestContext, scope: Scope, receive: Receive) -> None:
        """Have the application answer; the answer is in the request context."""
        scope["extensions"] = {"remit": context}
        self.waiting += 1  # only now: who is slow to send keeps nobody else away
        try:
            await self.app(scope, receive, _no_messages)
        finally:
            self.waiting -= 1

    async def _received(
        self, context: RequestContext, receive: Receive, reservation: BodyReservation
    ) -> bytes:
        """The body.  Of one that cannot be read, an operation that answers for faults itself is told."""
        try:
            return await receive_body(context, receive, self.settings, reservation)
        except Refusal as refusal:
            if not context.plan.answers_faults or refusal.status not in OWN_ERROR_STATUSES:
                raise
            context.refusal = refusal
            return b""

    async def _counted(self, count: Callable, context: RequestContext) -> dict[str, str]:
        """What counting the address gives.  A storage that others share is asked in a thread: the loop waits for nobody."""
        if self.limits.is_local:
            return count("public", context.address)
        return await self.bridge.threads.run(lambda address: count("public", address), context.address)

    async def _refused(self, context: RequestContext, refusal: Refusal) -> Answer:
        """A refusal before the frame: it counts against the address, unless it is a fault of ours."""
        if refusal.status < 500:
            try:
                counted = await self._counted(self.limits.hit, context)
                refusal.headers = {**counted, **refusal.headers}
            except Refusal as too_many:
                refusal = too_many
        return problems.answer(refusal, context.request_id)

    def _methods(self, context: RequestContext, scope: Scope) -> dict[str, str]:
        """The operationIds at the address of a request whose head can be read, by method."""
        if "extensions" in scope and "remit.refusal" in scope["extensions"]:
            raise scope["extensions"]["remit.refusal"]  # by the protocol: it is not HTTP
        if context.repeated:
            name = context.repeated.decode("latin-1")
            detail = f"The header {name} must not be repeated."
            raise refusals.MalformedRequest(detail, errors=[header_fault("repeated_header", name, detail)])
        raw_path = scope.get("raw_path") or scope["path"].encode()
        if len(raw_path) + len(context.query) > MAX_URL_BYTES:
            raise refusals.UriTooLong(f"The URL is longer than {MAX_URL_BYTES} bytes.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD_BYTES:
            raise refusals.HeadTooLarge(f"The header is larger than {MAX_HEAD_BYTES} bytes.")
        if b"%2f" in raw_path.lower() or "\ufffd" in context.path:
            raise NotFound("The URL does not exist.")
        if context.path == "*":
            return {}
        match = self.routes.find(context.path)
        if match is None:
            raise NotFound("The URL does not exist.")
        methods, context.path_values = match
        return methods

    async def _routed(self, context: RequestContext, methods: dict[str, str]) -> Answer | None:
        """Find the plan; an answer when there is nothing more to do."""
        if not methods:  # the server as a whole (RFC 9110 §9.3.7)
            return Answer(204, {"Allow": self.routes.allowed}, b"")
        if context.method == "OPTIONS":
            patch = await self._plan(methods["PATCH"]) if "PATCH" in methods else None
            preflight = self.cors.preflight(context, allowed(methods))
            return Answer(204, {**options(methods, patch), **preflight}, b"")
        operation_id = methods.get("GET" if context.method == "HEAD" else context.method)
        if operation_id is None:
            names = allowed(methods)
            raise refusals.MethodNotAllowed(f"Supported methods: {names}.", headers={"Allow": names})
        plan = self.compiled.plans.compiled.get(operation_id) or await self._plan(operation_id)
        context.plan, context.method = plan, plan.method
        if plan.sheds and self.waiting >= self.settings.max_waiting:
            raise Unavailable("The server is overloaded. Nothing was saved; try again.")
        context.media_type = negotiated(context.headers.get(b"accept"), plan)
        return None

    async def _plan(self, operation_id: str) -> Plan:
        """The plan of an operation.  It is compiled, and its handler imported, in a thread: the loop waits for nobody."""
        return await asyncio.to_thread(self.compiled.plans.__getitem__, operation_id)

    def _complete(self, context: RequestContext, answer: Answer) -> None:
        """The response gate: an answer that the contract does not document becomes a 500, and is counted."""
        headers = answer.headers
        headers["Request-Id"] = context.request_id
        if context.method == "OPTIONS" and answer.status == 204:
            return
        if context.plan and context.plan.deprecation_headers and answer.status < 300:
            add_deprecation(answer, context.plan.deprecation_headers)
        responses = context.plan.responses if context.plan else self.transport
        response_spec = responses.get(answer.status) or self.transport.get(answer.status)
        if violation := violation_of(response_spec, answer):
            watch.fault(log, "contract_violation", context, fault=violation)
            own_headers = {name: headers[name] for name in ("Request-Id", "RateLimit", "RateLimit-Policy")}
            instead = problems.answer(InternalError(), context.request_id)
            answer.status, answer.body, answer.headers = (
                instead.status,
                instead.body,
                {**instead.headers, **own_headers},
            )

    async def _send(self, context: RequestContext, answer: Answer, scope: Scope, send: Send) -> None:
        headers = [
            (name_bytes(name), value.encode("latin-1", "replace")) for name, value in answer.headers.items()
        ]
        if "Content-Security-Policy" in answer.headers:  # a page that says for itself what it may do
            headers += SECURITY
        else:
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            headers += PAGE_HEADERS if is_page else API_HEADERS
        headers += self.cors.headers(context)
        if "Cache-Control" not in answer.headers:
            headers.append((b"cache-control", b"private, no-cache"))
        if answer.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
        elif isinstance(answer.body, FileBody):
            async for piece in answer.body.pieces():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": answer.body})


@cache
def name_bytes(name: str) -> bytes:
    """A header's name as ASGI has it.  Only names of ours come here, which are few."""
    return name.lower().encode()


async def _no_messages(message: Any) -> None:
    """The application hands its answer over in the request context."""
    raise RuntimeError(f"A {message['type']} message was sent past the edge.")
