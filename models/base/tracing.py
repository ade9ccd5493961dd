"""Trace context (W3C): which trace a request or a job belongs to, so that calls of external services belong to it too."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
NOT_SAMPLED = "00"


class Trace(NamedTuple):
    """``request_id`` is that of the request, or of the job, that is being answered."""

    trace_id: str
    flags: str = NOT_SAMPLED
    request_id: str | None = None

    def traceparent(self) -> str:
        """The header by which a service that is called next learns of the trace: each call is a span of its own."""
        return f"00-{self.trace_id}-{secrets.token_hex(8)}-{self.flags}"


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def following(traceparent: str | bytes | None, request_id: str | None = None) -> Iterator[Trace]:
    """What happens inside belongs to the trace of ``traceparent``; to a new one, if it is none."""
    text = traceparent.decode("latin-1") if isinstance(traceparent, bytes) else traceparent
    match = TRACEPARENT.fullmatch(text or "")
    trace = (
        Trace(match[1], match[2], request_id)
        if match
        else Trace(secrets.token_hex(16), NOT_SAMPLED, request_id)
    )
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def current() -> Trace:
    """The trace of this thread; a new one where nothing is traced."""
    return _current.get() or Trace(secrets.token_hex(16))
