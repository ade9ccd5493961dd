"""Cross-origin requests (the Fetch standard): which pages of other origins may call, without credentials in cookies."""

from handlers.http.request_context import RequestContext

EXPOSED_HEADERS = (
    b"ETag, Location, Link, RateLimit, RateLimit-Policy, Retry-After, Request-Id, Idempotency-Replayed, "
    b"Preference-Applied, Next-After, Content-Disposition, WWW-Authenticate, Allow, Accept, Accept-Patch, Accept-Encoding, "
    b"Deprecation, Sunset"
)
ACCEPTED_HEADERS = (
    "Authorization, X-API-Key, Content-Type, Idempotency-Key, If-Match, If-None-Match, Prefer, Request-Id"
)


class Cors:
    """``origins`` are separated by spaces; ``*`` is every origin, and no origin is the default."""

    def __init__(self, origins: str) -> None:
        self.origins = frozenset(origins.split())

    def _allowed(self, context: RequestContext) -> bytes | None:
        origin = context.headers.get(b"origin")
        if not origin or not self.origins:
            return None
        if "*" in self.origins:
            return b"*"
        return origin if origin.decode("latin-1") in self.origins else None

    def headers(self, context: RequestContext) -> list[tuple[bytes, bytes]]:
        origin = self._allowed(context)
        return (
            [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", EXPOSED_HEADERS)]
            if origin
            else []
        )

    def preflight(self, context: RequestContext, methods: str) -> dict[str, str]:
        if not self._allowed(context) or b"access-control-request-method" not in context.headers:
            return {}
        return {
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": ACCEPTED_HEADERS,
            "Access-Control-Max-Age": "600",
        }
