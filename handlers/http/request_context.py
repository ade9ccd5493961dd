"""The request context: one request, and what is learned of it between the edge and the frame."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.types import Scope
from werkzeug.sansio.http import parse_cookie

from handlers.http import addresses
from models.base.errors import Refusal
from models.base.ids import new_id
from models.base.settings import Settings, is_loopback
from security.certificates import fingerprint

if TYPE_CHECKING:
    from handlers.http.answers import Answer
    from handlers.http.plan import Plan

FORWARDING_HEADERS = (b"forwarded", b"x-forwarded", b"x-real-ip", b"via", b"client-cert")
# A second line of these headers is no list: two readers could read two values.
SINGLE_VALUE_HEADERS = frozenset(
    name.encode()
    for name in ("authorization", "content-type", "idempotency-key", "x-api-key", "x-service-account")
)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]{1,5})?")


def host_of(authority: str) -> str:
    """The name in ``Host`` or in the authority of a URL, without the port; empty when it is none."""
    match = HOST.fullmatch(authority)
    return match[1].strip("[]").lower() if match else ""


@dataclass(slots=True, repr=False)  # what is logged or reported of a stack must not show credentials
class RequestContext:
    """Made by the edge, completed by routing, authentication and validation, answered by the frame."""

    method: str
    path: str
    query: bytes  # as sent
    headers: dict[bytes, bytes]  # by lower-case name; of a repeated one the values as one list
    request_id: str
    address: str
    scheme: str = "http"  # of the connection, as ASGI has them
    server: tuple[str, int | None] | None = None
    certificate: str | None = None  # the fingerprint of the client's, when a trusted proxy tells of one
    repeated: bytes | None = None  # the name of a header that was sent twice and has one value
    body: bytes = b""
    plan: "Plan" = None  # type: ignore[assignment]  # set when it is routed
    path_values: Sequence[str] = ()
    media_type: str | None = None  # what was negotiated for a successful answer
    credential: Any = None
    arguments: dict[str, Any] = field(default_factory=dict)  # what the handler takes: parameters and the body
    parameters: dict[str, str] = field(
        default_factory=dict
    )  # the headers that the contract names, by lower-case name
    faults: list[dict] = field(default_factory=list)
    sound_body: dict[str, Any] | None = None  # of a body with faults, the properties without any, converted
    unsound: Set[str] = frozenset()  # the names of the others
    external_result: Any = None  # what the operation asked an external service before its transaction
    has_used_key: bool = False  # whether its idempotency key is in use, or has a response
    refusal: Refusal | None = None  # a body that cannot be read: refused after authentication
    limit_headers: dict[str, str] = field(default_factory=dict)  # what is left of the limit it counts in
    answer: "Answer" = None  # type: ignore[assignment]  # set when the application has answered

    @property
    def has_password(self) -> bool:
        """Whether the body has a password, which takes long to check."""
        return not self.plan.passwords.isdisjoint(self.arguments.get("body") or ())

    @property
    def authorization(self) -> str | None:
        """The header ``Authorization`` as it was sent, or None; for clients that do not authenticate as a caller."""
        sent = self.headers.get(b"authorization")
        return sent.decode("latin-1") if sent else None

    @property
    def is_local(self) -> bool:
        """Whether it comes from this machine, to a name of this machine, by no page of elsewhere, and was forwarded by nobody.

        The name is looked at because a browser of this machine sends the requests of any page whose name leads here; and
        `Origin` because it lets pages of other origins read responses if `REMIT_CORS_ORIGINS` allows them.
        """
        authority = self.headers.get(b"host", b"").decode("latin-1")
        is_sent_on = b"origin" in self.headers or any(
            name.startswith(FORWARDING_HEADERS) for name in self.headers
        )
        return is_loopback(self.address) and is_loopback(host_of(authority)) and not is_sent_on

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name (RFC 6265 §5.4); of one that is sent twice the first.  Only pages of people read them."""
        return parse_cookie(self.headers.get(b"cookie", b"").decode("utf-8", "replace")).to_dict()


def context_of(scope: Scope, settings: Settings) -> RequestContext:
    """The request context: its head as ASGI has it, before anything of it is judged."""
    headers, repeated = {}, None
    for name, value in scope["headers"]:
        if name not in headers:
            headers[name] = value
        elif name in SINGLE_VALUE_HEADERS:
            repeated = name
        else:
            headers[name] += (b"; " if name == b"cookie" else b", ") + value
    sent_id = headers.get(b"request-id") or headers.get(b"x-request-id") or b""
    request_id = sent_id.decode() if REQUEST_ID.fullmatch(sent_id) else new_id()
    context = RequestContext(
        scope["method"],
        scope["path"],
        scope["query_string"],
        headers,
        request_id,
        addresses.of_client(scope, headers, settings),
    )
    context.repeated = repeated
    context.scheme, context.server = scope.get("scheme", "http"), scope.get("server")
    if settings.client_cert_header and addresses.is_proxy(scope.get("client"), settings):
        certificate = headers.get(settings.client_cert_header.lower().encode(), b"")
        context.certificate = fingerprint(certificate.decode("latin-1").strip())
    return context
