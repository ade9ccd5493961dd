"""What a person who runs Remit watches: one line of JSON a request, and counters for Prometheus."""

import logging
from functools import cache
from typing import Any

import structlog
from prometheus_client import Counter, Histogram

from handlers.http.answers import Answer
from handlers.http.request_context import RequestContext

REQUESTS = Counter("remit_requests_total", "Answers, by operation and status.", ["operation", "status"])
SECONDS = Histogram("remit_request_seconds", "How long answers took, in seconds.", ["operation"])
FAULTS = Counter(
    "remit_faults_total",
    "What went wrong inside, by kind: statement_timeout, lock_timeout, retry, connection_lost, unknown_outcome,"
    " contract_violation, unhandled.",
    ["kind"],
)
_access = structlog.get_logger("remit.access")


def access(context: RequestContext, answer: Answer, seconds: float) -> None:
    """One line for each request.  Addresses and bodies of people are not in it, nor are query values."""
    if not logging.getLogger("remit.access").isEnabledFor(logging.INFO):
        return
    _access.info(
        "request",
        request_id=context.request_id,
        operation=str(context.plan) if context.plan else None,
        method=context.method,
        path=context.path[:500],
        status=answer.status,
        bytes=len(answer.body),
        milliseconds=round(seconds * 1000, 2),
    )


def fault(
    log: logging.Logger, kind: str, context: RequestContext, error: BaseException | None = None, **facts: Any
) -> None:
    """Log what went wrong, with its cause and the id of the request, and count it by ``kind`` (those of ``FAULTS``).

    What the server answers by itself, and tries again or reports as 503, is a warning; what somebody has to mend is an error.
    """
    FAULTS.labels(kind).inc()
    described = {"request_id": context.request_id, "operation": str(context.plan), "kind": kind, **facts}
    if kind in ("contract_violation", "unhandled"):
        log.error(kind.replace("_", " "), exc_info=error, extra=described)
    else:  # the first line: further lines of a database's message hold values of rows
        cause = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        log.warning(kind.replace("_", " "), extra={**described, "cause": cause})


def observe(context: RequestContext, answer: Answer, seconds: float) -> None:
    operation = context.plan.operation_id if context.plan else "none"
    counter, histogram = _of(operation, answer.status)
    counter.inc()
    histogram.observe(seconds)


@cache
def _of(operation: str, status: int) -> tuple[Counter, Histogram]:
    """The counter and the histogram of an operation; looking them up by label is dearer than counting."""
    return REQUESTS.labels(operation, status), SECONDS.labels(operation)
