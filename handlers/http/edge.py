"""The edge: the first to see a request, the last to see its answer.

It turns away what cannot be read, finds the plan, receives the body within its limits, and lets no answer out that the
contract does not promise.
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
from handlers.http.budget import BodyBudget, BodyRoom
from handlers.http.challenges import unauthenticated
from handlers.http.compiled import CompiledContract
from handlers.http.cors import Cors
from handlers.http.exchange import Exchange, exchange_of
from handlers.http.gate import broken
from handlers.http.negotiation import header_fault, negotiated
from handlers.http.own_errors import HANDED_ON
from handlers.http.plan import Plan
from handlers.http.receiving import Disconnected, receive_body
from handlers.http.routing import allowed, options
from handlers.http.security_headers import API_HEADERS, PAGE_HEADERS, SECURITY
from models.base.bodies import FileBody
from models.base.errors import InternalError, NotFound, Refusal, Unavailable
from models.base.settings import Settings
from security.limits import Limits

log = logging.getLogger("remit.edge")
URL_BYTES, HEAD_BYTES = 8_192, 32_768


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
        exchange = exchange_of(scope, self.settings)
        try:
            answer = await self._answer(exchange, scope, receive)
        except Disconnected:
            return None
        if "RateLimit" not in answer.headers:
            answer.headers.update(await self._counted(self.limits.headers, exchange))
        self._complete(exchange, answer)
        await self._send(exchange, answer, scope, send)
        seconds = time.perf_counter() - started
        watch.access(exchange, answer, seconds)
        watch.observe(exchange, answer, seconds)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> Answer:
        try:
            early = await self._routed(exchange, self._methods(exchange, scope))
            if early:
                return early
            with self.bodies.room(exchange.address) as room:
                exchange.body = await self._received(exchange, receive, room)
                await self._pass_on(exchange, scope, receive)
            answer = exchange.answer
            if exchange.refusal:
                answer.headers.update(exchange.refusal.headers)
            return answer
        except Refusal as refusal:
            return await self._refused(exchange, refusal)
        except (OAuthProblem, OAuthResponseProblem):
            return await self._refused(exchange, unauthenticated(exchange))
        except Disconnected:
            raise
        except Exception as error:
            if isinstance(error, ProblemException) and error.status == 401:
                return await self._refused(exchange, unauthenticated(exchange))
            watch.fault(log, "unhandled", exchange, error)
            return await self._refused(exchange, InternalError())

    async def _pass_on(self, exchange: Exchange, scope: Scope, receive: Receive) -> None:
        """Have the application answer; the answer is in the exchange."""
        scope["extensions"] = {"remit": exchange}
        self.waiting += 1  # only now: who is slow to send keeps nobody else away
        try:
            await self.app(scope, receive, _no_messages)
        finally:
            self.waiting -= 1

    async def _received(self, exchange: Exchange, receive: Receive, room: BodyRoom) -> bytes:
        """The body.  Of one that cannot be read, an operation that answers for faults itself is told."""
        try:
            return await receive_body(exchange, receive, self.settings, room)
        except Refusal as refusal:
            if not exchange.plan.answers_faults or refusal.status not in HANDED_ON:
                raise
            exchange.refusal = refusal
            return b""

    async def _counted(self, count: Callable, exchange: Exchange) -> dict[str, str]:
        """What counting the address gives.  A storage that others share is asked in a thread: the loop waits for nobody."""
        if self.limits.is_local:
            return count("public", exchange.address)
        return await self.bridge.threads.run(lambda address: count("public", address), exchange.address)

    async def _refused(self, exchange: Exchange, refusal: Refusal) -> Answer:
        """A refusal before the frame: it counts against the address, unless it is a fault of ours."""
        if refusal.status < 500:
            try:
                counted = await self._counted(self.limits.hit, exchange)
                refusal.headers = {**counted, **refusal.headers}
            except Refusal as too_many:
                refusal = too_many
        return problems.answer(refusal, exchange.request_id)

    def _methods(self, exchange: Exchange, scope: Scope) -> dict[str, str]:
        """The operationIds at the address of a request whose head can be read, by method."""
        if "extensions" in scope and "remit.refusal" in scope["extensions"]:
            raise scope["extensions"]["remit.refusal"]  # by the protocol: it is not HTTP
        if exchange.repeated:
            name = exchange.repeated.decode("latin-1")
            detail = f"The header {name} must not be repeated."
            raise refusals.MalformedRequest(detail, errors=[header_fault("repeated_header", name, detail)])
        raw_path = scope.get("raw_path") or scope["path"].encode()
        if len(raw_path) + len(exchange.query) > URL_BYTES:
            raise refusals.UriTooLong(f"The URL is longer than {URL_BYTES} bytes.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
            raise refusals.HeadTooLarge(f"The header is larger than {HEAD_BYTES} bytes.")
        if b"%2f" in raw_path.lower() or "\ufffd" in exchange.path:
            raise NotFound("The URL does not exist.")
        if exchange.path == "*":
            return {}
        found = self.routes.find(exchange.path)
        if found is None:
            raise NotFound("The URL does not exist.")
        methods, exchange.path_values = found
        return methods

    async def _routed(self, exchange: Exchange, methods: dict[str, str]) -> Answer | None:
        """Find the plan; an answer when there is nothing more to do."""
        if not methods:  # the server as a whole (RFC 9110 §9.3.7)
            return Answer(204, {"Allow": self.routes.allowed}, b"")
        if exchange.method == "OPTIONS":
            patch = await self._plan(methods["PATCH"]) if "PATCH" in methods else None
            preflight = self.cors.preflight(exchange, allowed(methods))
            return Answer(204, {**options(methods, patch), **preflight}, b"")
        operation_id = methods.get("GET" if exchange.method == "HEAD" else exchange.method)
        if operation_id is None:
            names = allowed(methods)
            raise refusals.MethodNotAllowed(f"Supported methods: {names}.", headers={"Allow": names})
        plan = self.compiled.plans.compiled.get(operation_id) or await self._plan(operation_id)
        exchange.plan, exchange.method = plan, plan.method
        if plan.sheds and self.waiting >= self.settings.max_waiting:
            raise Unavailable("The server is overloaded. Nothing was saved; try again.")
        exchange.media_type = negotiated(exchange.headers.get(b"accept"), plan)
        return None

    async def _plan(self, operation_id: str) -> Plan:
        """The plan of an operation.  It is compiled, and its handler imported, in a thread: the loop waits for nobody."""
        return await asyncio.to_thread(self.compiled.plans.__getitem__, operation_id)

    def _complete(self, exchange: Exchange, answer: Answer) -> None:
        """The response gate: an answer that the contract does not promise becomes a 500, and is counted."""
        headers = answer.headers
        headers["Request-Id"] = exchange.request_id
        if exchange.method == "OPTIONS" and answer.status == 204:
            return
        kept = exchange.plan.promises if exchange.plan else self.transport
        promise = kept.get(answer.status) or self.transport.get(answer.status)
        if violation := broken(promise, answer):
            watch.fault(log, "contract_violation", exchange, fault=violation)
            told = {name: headers[name] for name in ("Request-Id", "RateLimit", "RateLimit-Policy")}
            instead = problems.answer(InternalError(), exchange.request_id)
            answer.status, answer.body, answer.headers = (
                instead.status,
                instead.body,
                {**instead.headers, **told},
            )

    async def _send(self, exchange: Exchange, answer: Answer, scope: Scope, send: Send) -> None:
        told = answer.headers
        headers = [(name_bytes(name), value.encode("latin-1", "replace")) for name, value in told.items()]
        if "Content-Security-Policy" in told:  # a page that says for itself what it may do
            headers += SECURITY
        else:
            is_page = told.get("Content-Type", "").startswith("text/html")
            headers += PAGE_HEADERS if is_page else API_HEADERS
        headers += self.cors.headers(exchange)
        if "Cache-Control" not in told:
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
    """The application hands its answer over in the exchange."""
    raise RuntimeError(f"A {message['type']} message was sent past the edge.")
