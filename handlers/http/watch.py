"""What a person who runs Remit watches: one line of JSON a request, and counters for Prometheus."""

import logging
from functools import cache

import structlog
from prometheus_client import Counter, Histogram

REQUESTS = Counter("remit_requests_total", "Answers, by operation and status.", ["operation", "status"])
SECONDS = Histogram("remit_request_seconds", "How long answers took, in seconds.", ["operation"])
_access = structlog.get_logger("remit.access")


def access(exchange, answer, seconds):
    """One line for each request.  Addresses and bodies of people are not in it, nor are query values."""
    if not logging.getLogger("remit.access").isEnabledFor(logging.INFO):
        return
    _access.info(
        "request",
        request_id=exchange.request_id,
        operation=str(exchange.plan) if exchange.plan else None,
        method=exchange.method,
        path=exchange.path[:500],
        status=answer.status,
        bytes=len(answer.body),
        milliseconds=round(seconds * 1000, 2),
    )


def observe(exchange, answer, seconds):
    operation = exchange.plan.operation_id if exchange.plan else "none"
    counter, histogram = _of(operation, answer.status)
    counter.inc()
    histogram.observe(seconds)


@cache
def _of(operation, status):
    """The counter and the histogram of an operation; looking them up by label is dearer than counting."""
    return REQUESTS.labels(operation, status), SECONDS.labels(operation)
