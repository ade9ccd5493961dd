"""Challenges: what ``WWW-Authenticate`` says of a request that is not let in (RFC 6750 §3)."""

from collections.abc import Iterable

from handlers.http.request_context import RequestContext
from models.base.errors import Unauthenticated

BEARER = 'Bearer realm="remit"'
INVALID_TOKEN = f'{BEARER}, error="invalid_token"'
KEYS = (b"x-api-key", b"x-service-account")


def unauthenticated(context: RequestContext) -> Unauthenticated:
    """The refusal of a request that no credential of which can be read.  Without one, the challenge names no error."""
    scheme = context.headers.get(b"authorization", b"").partition(b" ")[0].lower()
    is_presented = scheme == b"bearer" or any(name in context.headers for name in KEYS)
    return Unauthenticated(
        "Send a valid access token or API key.",
        headers={"WWW-Authenticate": INVALID_TOKEN if is_presented else BEARER},
    )


def insufficient_scope(scopes: Iterable[str]) -> str:
    """The challenge to a credential that lacks one of the ``scopes``."""
    return f'{BEARER}, error="insufficient_scope", scope="{" ".join(scopes)}"'
