"""What a person who runs Remit watches: one line of JSON a request, and counters for Prometheus."""

import logging
import sys
import traceback
from functools import cache

import orjson
import structlog
from prometheus_client import Counter, Histogram

REQUESTS = Counter("remit_requests_total", "Answers, by operation and status.", ["operation", "status"])
SECONDS = Histogram("remit_request_seconds", "How long answers took, in seconds.", ["operation"])
_access = structlog.get_logger("remit.access")


def start(level):
    """Log to standard error: one JSON object a line, whatever was logged."""
    shared: list = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(["operation", "request_id", "fault"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _told,
    ]
    renderer = structlog.processors.JSONRenderer(
        serializer=lambda event, **_: orjson.dumps(event, default=str).decode()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("connexion", "uvicorn", "peewee", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared[:2],
            *shared[3:],
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _told(logger, name, event):
    """An exception as its stack and the first line of its message: further lines of a database's hold values of rows."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info is True else info
    if error:
        stack = "".join(traceback.format_tb(error.__traceback__))
        message = str(error).partition("\n")[0]
        event["exception"] = f"{stack}{type(error).__name__}: {message}"
    return event


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
