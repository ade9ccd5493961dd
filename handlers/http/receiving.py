"""Receiving: the body of a request, whole, within its limits of size and time, and of a media type that is read."""

import asyncio
from functools import lru_cache
from typing import NoReturn

from starlette.types import Receive
from werkzeug.http import parse_list_header, parse_options_header

from handlers.http import refusals
from handlers.http.budget import BodyReservation
from handlers.http.negotiation import header_fault
from handlers.http.plan import BodyLimit
from handlers.http.refusals import BodyTooLarge
from handlers.http.request_context import RequestContext
from models.base.settings import Settings


class Disconnected(Exception):
    """The client went away while it was sending."""


async def receive_body(
    context: RequestContext, receive: Receive, settings: Settings, reservation: BodyReservation
) -> bytes:
    """The body in bytes; its media type is noted in the request context.  Chunks may be announced and hold nothing.

    ``reservation`` (:class:`handlers.http.budget.BodyReservation`) counts what is kept.
    """
    length = context.headers.get(b"content-length", b"").lstrip(b"0")
    is_chunked = b"transfer-encoding" in context.headers
    plan = context.plan
    if not plan.body_types:
        if length or (is_chunked and await _holds_anything(receive, settings, plan.body_limit, reservation)):
            raise refusals.UnexpectedBody(headers={"Connection": "close"} if is_chunked else None)
        return b""
    if length or not is_chunked or b"content-type" in context.headers:
        context.parameters["content-type"] = _media_type(context, is_empty=not (length or is_chunked))
    if not length and not is_chunked:
        return b""
    limit = min(plan.body_limit.bytes, settings.body_bytes)
    is_too_large = length.isdigit() and int(length) > limit
    if is_too_large and context.headers.get(b"expect", b"").lower() == b"100-continue":
        raise _too_large(limit)  # the client waits to be told whether to send it (RFC 9110 §10.1.1)
    try:
        body = await _parts(
            receive, limit, reservation, settings.body_seconds, plan.body_limit.bytes_per_second
        )
    except TimeoutError:
        detail = (
            f"The body must arrive within {settings.body_seconds:g} seconds, "
            f"or with {plan.body_limit.bytes_per_second} bytes a second."
        )
        raise refusals.BodyTimeout(detail, headers={"Connection": "close"}) from None
    if body is None or is_too_large:
        raise _too_large(limit)
    if body and "content-type" not in context.parameters:
        _media_type(context, is_empty=False)  # refuses: there is none
    return body


def _too_large(limit: int) -> BodyTooLarge:
    return refusals.BodyTooLarge(f"The body is larger than {limit} bytes.", headers={"Connection": "close"})


async def _holds_anything(
    receive: Receive, settings: Settings, limit: BodyLimit, reservation: BodyReservation
) -> bool:
    """Whether chunks have content, or do not end in time."""
    try:
        return await _parts(receive, 0, reservation, settings.body_seconds, limit.bytes_per_second) is None
    except TimeoutError:
        return True


async def _parts(
    receive: Receive, limit: int, reservation: BodyReservation, seconds: float, bytes_per_second: int
) -> bytes | None:
    """All that is sent, or None when it is more than the limit.

    It may take ``seconds``, and longer as long as it has arrived with so many bytes a second on average.  A body a little over
    the limit is read to its end, so that the client reads the answer and not a reset; what is read in vain is not kept.
    """
    parts, size = [], 0
    begun = asyncio.get_running_loop().time()
    async with asyncio.timeout(seconds) as deadline:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            part = message.get("body", b"")
            size += len(part)
            if size <= limit:
                reservation.take(len(part))
                parts.append(part)
            else:
                parts.clear()
            if not message.get("more_body") or size > 2 * limit:
                return b"".join(parts) if size <= limit else None
            deadline.reschedule(begun + max(seconds, size / bytes_per_second))


def _media_type(context: RequestContext, is_empty: bool) -> str:
    """The media type of the body, one of those that the operation reads."""
    types = context.plan.body_types
    name, charset = _content_type(context.headers.get(b"content-type", b"")[:1_000])
    codings = context.headers.get(b"content-encoding")
    if codings and any(
        coding.lower() != "identity" for coding in parse_list_header(codings.decode("latin-1"))
    ):
        _refuse("Content-Encoding", "The body must not be compressed.", {"Accept-Encoding": "identity"})
    if not name and is_empty:
        return next(iter(types))
    if name not in types or charset not in ("utf-8", "utf8"):
        accepted = ", ".join(types)
        headers = {"Accept": accepted}
        if context.plan.method == "PATCH":
            headers["Accept-Patch"] = accepted
        _refuse("Content-Type", f"Supported: {accepted}, in UTF-8.", headers)
    return name


def _refuse(name: str, detail: str, headers: dict | None) -> NoReturn:
    errors = [header_fault("unsupported_media_type", name, detail)]
    raise refusals.UnsupportedMediaType(detail, errors=errors, headers=headers)


@lru_cache(1_000)
def _content_type(value: bytes) -> tuple[str, str]:
    """``(media type, charset)`` of ``Content-Type``, in lower case."""
    name, options = parse_options_header(value.decode("latin-1"))
    return name.lower(), options.get("charset", "utf-8").lower()
