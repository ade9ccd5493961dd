"""What a person who runs Remit sees of external services: metrics, one line of log a call, and spans where they are collected."""

import contextlib
import logging
import sys
from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram

from models.base import tracing
from models.base.breakers import Breaker, State

# Labels are names of services that the code declares and outcomes of failures.py: never an address that a person gave.
REQUESTS = Counter(
    "remit_external_requests_total", "Calls of external services, by outcome.", ["service", "outcome"]
)
SECONDS = Histogram(
    "remit_external_seconds", "How long these calls took, in seconds.", ["service", "outcome"]
)
RETRIES = Counter("remit_external_retries_total", "Calls that were tried again.", ["service"])
STATE = Gauge(
    "remit_external_breaker_state",
    "Circuit breaker: 0 closed, 1 half open, 2 open; of several processes the highest.",
    ["service"],
    multiprocess_mode="livemax",
)
CHANGES = Counter(
    "remit_external_breaker_changes_total", "Changes of circuit breakers.", ["service", "state"]
)
VALUES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
EXPECTED = {"answered", "declined"}
log = logging.getLogger("remit.external")


def observe(service: str, outcome: str, seconds: float, host: str | None, cause: str | None) -> None:
    """Count and log a call.  Of an address the host is logged, where the settings name it: a path may be a secret."""
    REQUESTS.labels(service, outcome).inc()
    SECONDS.labels(service, outcome).observe(seconds)
    trace = tracing.current()
    facts = {
        "service": service,
        "outcome": outcome,
        "milliseconds": round(seconds * 1000, 2),
        "host": host,
        "cause": cause,
        "trace_id": trace.trace_id,
        "request_id": trace.request_id,
    }
    level = logging.INFO if outcome in EXPECTED else logging.WARNING
    log.log(level, "external call", extra={name: fact for name, fact in facts.items() if fact is not None})


def breaker_changed(breaker: Breaker) -> None:
    state = breaker.state
    STATE.labels(breaker.name).set(VALUES[state])
    CHANGES.labels(breaker.name, state.value).inc()
    level = logging.INFO if state is State.CLOSED else logging.WARNING
    log.log(level, "circuit breaker", extra={"service": breaker.name, "state": state.value})


@contextlib.contextmanager
def span(service: str, host: str | None) -> Iterator[None]:
    """A client span, if the operator has OpenTelemetry in this process: whoever collects spans has imported its API."""
    api = sys.modules.get("opentelemetry.trace")
    if api is None:
        yield
        return
    attributes = {"peer.service": service} | ({"server.address": host} if host else {})
    tracer = api.get_tracer("remit.external")
    with tracer.start_as_current_span(
        service,
        kind=api.SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except Exception as error:  # its kind alone: its text may have an address
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(api.Status(api.StatusCode.ERROR))
            raise


def trace_headers() -> dict[str, str]:
    """The headers by which a service that is ours goes on with the trace."""
    headers: dict[str, str] = {}
    if "opentelemetry.trace" in sys.modules:
        from opentelemetry import propagate

        propagate.inject(headers)
    return headers if "traceparent" in headers else {"traceparent": tracing.current().traceparent()}
