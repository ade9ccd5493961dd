"""The edge: the first to see a request, the last to see its answer.

It turns away what cannot be read, finds the plan, receives the body within its limits, and lets no answer out that the
contract does not promise.
"""

import asyncio
import logging
import re
import time
from functools import cache

from connexion.exceptions import OAuthProblem, OAuthResponseProblem, ProblemException

from handlers.http import problems, refusals
from handlers.http.answers import Answer
from handlers.http.exchange import Exchange
from handlers.http.gate import broken
from handlers.http.negotiation import header_fault, negotiated
from handlers.http.routing import allowed
from handlers.http.watch import access, observe
from models.base.errors import InternalError, NotFound, Refusal, Unauthenticated, Unavailable
from models.base.ids import new_id

log = logging.getLogger("remit.edge")
URL_BYTES, HEAD_BYTES = 8_192, 32_768
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.I)
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-site"),
    (b"strict-transport-security", b"max-age=63072000"),
    (b"vary", b"Accept, Authorization, X-API-Key, Origin"),
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


class Disconnected(Exception):
    """The client went away while it was sending."""


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
        self.waiting += 1
        try:
            answer = await self._answer(exchange, scope, receive)
        except Disconnected:
            return None
        finally:
            self.waiting -= 1
        self._complete(exchange, answer)
        await self._send(exchange, answer, scope, send)
        seconds = time.perf_counter() - started
        access(exchange, answer, seconds)
        observe(exchange, answer, seconds)

    def _exchange(self, scope):
        headers = {}
        for name, value in scope["headers"]:
            headers[name] = headers[name] + b"," + value if name in headers else value
        given = headers.get(b"request-id") or headers.get(b"x-request-id") or b""
        request_id = given.decode() if REQUEST_ID.fullmatch(given) else new_id()
        return Exchange(
            scope["method"],
            scope["path"],
            scope["query_string"],
            headers,
            request_id,
            self._address(scope, headers),
        )

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
            await self._receive_body(exchange, receive)
            scope["extensions"] = {"remit": exchange}
            await self.app(scope, receive, _no_messages)
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
            log.error("fault", exc_info=error, extra={"request_id": exchange.request_id})
            return self._refused(exchange, InternalError())

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
        if plan.sheds and self.waiting > self.settings.max_waiting:
            raise Unavailable("The server has no room for the request now. Nothing was stored; try again.")
        exchange.media_type = negotiated(exchange.headers.get(b"accept"), plan)
        return None

    async def _receive_body(self, exchange, receive):
        headers, plan = exchange.headers, exchange.plan
        length = headers.get(b"content-length")
        if not (length and length != b"0") and b"transfer-encoding" not in headers:
            if plan.body_types:
                self._read_type(exchange, empty=True)
            return
        limit = self.settings.body_bytes
        if not plan.body_types:
            raise refusals.UnexpectedBody()
        self._read_type(exchange, empty=False)
        too_large = length is not None and (not length.isdigit() or int(length) > limit)
        parts, size = [], 0
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Disconnected
                    part = message.get("body", b"")
                    size += len(part)
                    # A body a little over the limit is read to its end, so that the client reads the answer and no reset.
                    if size > limit:
                        too_large = True
                        parts.clear()
                        if size > 2 * limit:
                            break
                    else:
                        parts.append(part)
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            seconds = self.settings.body_seconds
            raise refusals.BodyTimeout(
                f"The whole body must arrive within {seconds:g} seconds.", headers={"Connection": "close"}
            ) from None
        if too_large:
            raise refusals.BodyTooLarge(f"At most {limit} bytes are read.", headers={"Connection": "close"})
        exchange.body = b"".join(parts)

    def _read_type(self, exchange, *, empty):
        """The media type of the body, one of those that the operation reads."""
        types = exchange.plan.body_types
        told = exchange.headers.get(b"content-type", b"").decode("latin-1")
        name = told.partition(";")[0].strip().lower()
        charset = CHARSET.search(told)
        encoded = exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity"
        if empty and not name:
            name = next(iter(types))
        if name not in types or encoded or (charset and charset[1].lower() not in ("utf-8", "utf8")):
            detail = f"Read here: {', '.join(types)}, in UTF-8 and not compressed."
            raise refusals.UnsupportedMediaType(
                detail,
                errors=[
                    header_fault(
                        "unsupported_media_type", "Content-Encoding" if encoded else "Content-Type", detail
                    )
                ],
            )
        exchange.parameters["content-type"] = name

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
        fault = broken(promise, answer)
        if fault:
            log.error(
                "broken promise",
                extra={"request_id": exchange.request_id, "operation": str(exchange.plan), "fault": fault},
            )
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
        headers += PAGE_HEADERS if told.get("Content-Type", "").startswith("text/html") else API_HEADERS
        headers += self.cors.headers(exchange)
        if "Cache-Control" not in told:
            headers.append((b"cache-control", b"private, no-cache"))
        if answer.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


@cache
def name_bytes(name):
    """A header's name as ASGI has it.  Only names of ours come here, which are few."""
    return name.lower().encode()


async def _no_messages(message):
    """The application hands its answer over in the exchange."""
    raise RuntimeError(f"A {message['type']} message was sent past the edge.")
