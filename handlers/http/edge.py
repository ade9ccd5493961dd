"""The edge: the first to see a request, the last to see its answer.

It turns away what cannot be read, finds the plan, receives the body within its limits, and lets no answer out that the
contract does not promise.
"""

import logging
import re
import time
from functools import cache

from connexion.exceptions import OAuthProblem, OAuthResponseProblem, ProblemException

from handlers.http import problems, refusals, watch
from handlers.http.answers import Answer
from handlers.http.exchange import Exchange
from handlers.http.gate import broken
from handlers.http.negotiation import negotiated
from handlers.http.own_errors import HANDED_ON
from handlers.http.receiving import Disconnected, receive_body
from handlers.http.routing import allowed
from models.base.bodies import FileBody
from models.base.errors import InternalError, NotFound, Refusal, Unauthenticated, Unavailable
from models.base.ids import new_id
from security.certificates import fingerprint

log = logging.getLogger("remit.edge")
URL_BYTES, HEAD_BYTES = 8_192, 32_768
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"strict-transport-security", b"max-age=63072000"),
    (b"vary", b"Accept, Authorization, X-API-Key, X-Service-Account, Origin"),
]
API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
PAGE_POLICY = (
    b"content-security-policy",
    (
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
)
API_HEADERS = [*SECURITY, API_POLICY]
PAGE_HEADERS = [*SECURITY, PAGE_POLICY]


class Edge:
    """Wraps the whole application.  ``limits`` counts addresses; ``settings`` has the sizes and times."""

    def __init__(self, app, routes, transport, limits, cors, settings):
        self.app, self.routes, self.transport = app, routes, transport
        self.limits, self.cors, self.settings = limits, cors, settings
        self.waiting = 0
        self.compiled = self.bridge = None  # what the application is made of, for those who look into it

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = time.perf_counter()
        exchange = self._exchange(scope)
        try:
            answer = await self._answer(exchange, scope, receive)
        except Disconnected:
            return None
        self._complete(exchange, answer)
        await self._send(exchange, answer, scope, send)
        seconds = time.perf_counter() - started
        watch.access(exchange, answer, seconds)
        watch.observe(exchange, answer, seconds)

    def _exchange(self, scope):
        headers = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b"," + value if name in headers else value
        given = headers.get(b"request-id") or headers.get(b"x-request-id") or b""
        request_id = given.decode() if REQUEST_ID.fullmatch(given) else new_id()
        exchange = Exchange(
            scope["method"],
            scope["path"],
            scope["query_string"],
            headers,
            request_id,
            self._address(scope, headers),
        )
        if self.settings.proxies and self.settings.client_cert_header:
            told = headers.get(self.settings.client_cert_header.lower().encode(), b"")
            exchange.certificate = fingerprint(told.decode("latin-1").strip())
        return exchange

    def _address(self, scope, headers):
        """The client's network address; what trusted proxies say of it (the last ones of X-Forwarded-For) is believed."""
        address = scope["client"][0] if scope.get("client") else "local"
        if self.settings.proxies:
            told = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
            address = told[-min(self.settings.proxies, len(told))].strip()[:45] or address
        return address

    async def _answer(self, exchange, scope, receive):
        try:
            early = self._routed(exchange, scope)
            if early:
                return early
            exchange.body = await self._received(exchange, receive)
            scope["extensions"] = {"remit": exchange}
            self.waiting += 1  # only now: who is slow to send keeps nobody else away
            try:
                await self.app(scope, receive, _no_messages)
            finally:
                self.waiting -= 1
            if exchange.refusal:
                exchange.answer.headers.update(exchange.refusal.headers)
            return exchange.answer
        except Refusal as refusal:
            return self._refused(exchange, refusal)
        except (OAuthProblem, OAuthResponseProblem):
            return self._refused(exchange, Unauthenticated("Send a valid access token or API key."))
        except Disconnected:
            raise
        except Exception as error:
            if isinstance(error, ProblemException) and error.status == 401:
                return self._refused(exchange, Unauthenticated("Send a valid access token or API key."))
            watch.fault(log, "unhandled", exchange, error)
            return self._refused(exchange, InternalError())

    async def _received(self, exchange, receive):
        """The body.  Of one that cannot be read, an operation that answers for faults itself is told."""
        try:
            return await receive_body(exchange, receive, self.settings)
        except Refusal as refusal:
            if not exchange.plan.answers_faults or refusal.status not in HANDED_ON:
                raise
            exchange.refusal = refusal
            return b""

    def _refused(self, exchange, refusal):
        """A refusal before the frame: it counts against the address, unless it is a fault of ours."""
        if refusal.status < 500:
            try:
                refusal.headers = {**self.limits.hit("public", exchange.address), **refusal.headers}
            except Refusal as too_many:
                refusal = too_many
        return problems.answer(refusal, exchange.request_id)

    def _routed(self, exchange, scope):
        """Find the plan; an answer when there is nothing more to do."""
        raw_path = scope.get("raw_path") or scope["path"].encode()
        if len(raw_path) + len(exchange.query) > URL_BYTES:
            raise refusals.UriTooLong(f"At most {URL_BYTES} bytes are read.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_BYTES:
            raise refusals.HeadTooLarge(f"At most {HEAD_BYTES} bytes are read.")
        if b"%2f" in raw_path.lower() or "\ufffd" in exchange.path:
            raise NotFound("There is no such address.")
        found = self.routes.find(exchange.path)
        if found is None:
            raise NotFound("There is no such address.")
        methods, exchange.path_values = found
        if exchange.method == "OPTIONS":
            return Answer(
                204, {"Allow": allowed(methods), **self.cors.preflight(exchange, allowed(methods))}, b""
            )
        exchange.plan = plan = methods.get("GET" if exchange.method == "HEAD" else exchange.method)
        if plan is None:
            told = allowed(methods)
            raise refusals.MethodNotAllowed(f"The methods here are {told}.", headers={"Allow": told})
        exchange.method = plan.method
        if plan.sheds and self.waiting >= self.settings.max_waiting:
            raise Unavailable("The server has no room for the request now. Nothing was stored; try again.")
        exchange.media_type = negotiated(exchange.headers.get(b"accept"), plan)
        return None

    def _complete(self, exchange, answer):
        """The response gate: an answer that the contract does not promise becomes a 500, and is counted."""
        headers = answer.headers
        headers["Request-Id"] = exchange.request_id
        if "RateLimit" not in headers:
            headers.update(self.limits.told("public", exchange.address))
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

    async def _send(self, exchange, answer, scope, send):
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
def name_bytes(name):
    """A header's name as ASGI has it.  Only names of ours come here, which are few."""
    return name.lower().encode()


async def _no_messages(message):
    """The application hands its answer over in the exchange."""
    raise RuntimeError(f"A {message['type']} message was sent past the edge.")
