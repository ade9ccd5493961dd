"""The log: one JSON object a line, on standard error."""

import logging
import sys
import traceback
from typing import Any

import orjson
import structlog

# Libraries that log more than an operator of Remit needs.
QUIET = dict.fromkeys(("connexion", "uvicorn", "peewee", "httpx", "httpcore", "asyncio"), logging.WARNING)
QUIET |= {"procrastinate": logging.CRITICAL, "psycopg.pool": logging.ERROR}  # the worker logs what matters


def start(level: str) -> None:
    """Log to standard error, one JSON object a line, from ``level`` up."""
    shared: list = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(
            [
                *("operation", "request_id", "kind", "cause", "fault", "job", "job_id", "attempt"),
                *("service", "host", "outcome", "milliseconds", "trace_id", "state"),
            ]
        ),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_values_of_rows,
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
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(least)
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


def _without_values_of_rows(logger: Any, name: str, event: dict[str, Any]) -> dict[str, Any]:
    """An exception as its stack and the first line of its message: further lines of a database error hold values of rows."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else sys.exc_info()[1] if info is True else info
    if error:
        stack = "".join(traceback.format_tb(error.__traceback__))
        message = str(error).partition("\n")[0]
        event["exception"] = f"{stack}{type(error).__name__}: {message}"
    return event
