"""Receiving: the body of a request, whole, within its limits of size and time, and of a media type that is read."""

import asyncio
import re

from handlers.http import refusals
from handlers.http.negotiation import header_fault

CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.I)


class Disconnected(Exception):
    """The client went away while it was sending."""


async def receive_body(exchange, receive, settings):
    """The body in bytes; its media type is noted in the exchange."""
    length = exchange.headers.get(b"content-length")
    is_empty = not (length and length != b"0") and b"transfer-encoding" not in exchange.headers
    if not exchange.plan.body_types:
        if not is_empty:
            raise refusals.UnexpectedBody()
        return b""
    exchange.parameters["content-type"] = _media_type(exchange, is_empty)
    if is_empty:
        return b""
    limit = settings.body_bytes
    too_large = length is not None and (not length.isdigit() or int(length) > limit)
    try:
        async with asyncio.timeout(settings.body_seconds):
            body = await _parts(receive, limit)
    except TimeoutError:
        detail = f"The whole body must arrive within {settings.body_seconds:g} seconds."
        raise refusals.BodyTimeout(detail, headers={"Connection": "close"}) from None
    if too_large or body is None:
        raise refusals.BodyTooLarge(f"At most {limit} bytes are read.", headers={"Connection": "close"})
    return body


async def _parts(receive, limit):
    """All that is sent, or None when it is more than the limit.

    A body a little over it is read to its end, so that the client reads the answer and not a reset.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
        if not message.get("more_body") or size > 2 * limit:
            return b"".join(parts) if size <= limit else None


def _media_type(exchange, is_empty):
    """The media type of the body, one of those that the operation reads."""
    types = exchange.plan.body_types
    told = exchange.headers.get(b"content-type", b"").decode("latin-1")
    name = told.partition(";")[0].strip().lower()
    charset = CHARSET.search(told)
    is_encoded = exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity"
    if is_empty and not name:
        name = next(iter(types))
    if name not in types or is_encoded or (charset and charset[1].lower() not in ("utf-8", "utf8")):
        detail = f"Read here: {', '.join(types)}, in UTF-8 and not compressed."
        header = "Content-Encoding" if is_encoded else "Content-Type"
        raise refusals.UnsupportedMediaType(
            detail, errors=[header_fault("unsupported_media_type", header, detail)]
        )
    return name
