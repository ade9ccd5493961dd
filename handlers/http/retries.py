"""Retries: what becomes of a request that the database refuses for the moment, or whose connection is lost."""

import logging
from collections.abc import Callable
from random import random
from time import sleep

from peewee import DatabaseError, InterfaceError

from handlers.http import replays
from handlers.http.answers import Answer
from handlers.http.plan import Plan
from handlers.http.request_context import RequestContext
from handlers.http.watch import fault
from models.base import idempotency
from models.base.database import (
    INVALID_PREPARED_STATEMENTS,
    LOCK_NOT_AVAILABLE,
    QUERY_CANCELED,
    TRANSACTION_CONFLICTS,
    CommitLost,
    database,
    is_lost,
    sqlstate,
)
from models.base.errors import Unavailable

log = logging.getLogger("remit.frame")
TRIES = 5
TIMEOUTS = {LOCK_NOT_AVAILABLE: "lock_timeout", QUERY_CANCELED: "statement_timeout"}
UNKNOWN_OUTCOME = "The outcome is unknown. Read the resource, or retry with the same idempotency key."


def with_retries(once: Callable[[], Answer], plan: Plan, context: RequestContext) -> Answer:
    """The answer of ``once()``; called again, a few times, when the database refused for the moment and nothing was committed.

    An idempotency key is claimed in one message with the first statement of the handler.  That fails where the key is in
    use, and the operation is begun anew by looking for a response.

    Where the connection was lost with the commit, a key finds out what became of it: the next attempt waits for what is left
    of the first, and then returns the response that it stored, or does what it did not do.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return once()
        except CommitLost as error:
            fault(log, "unknown_outcome", context, error, attempt=attempt)
            database.forget_connection()
            if attempt >= 2 or not replays.is_claimed(plan, context):
                raise Unavailable(UNKNOWN_OUTCOME) from error
        except (DatabaseError, InterfaceError) as error:
            state = sqlstate(error)
            if is_lost(error) or state in INVALID_PREPARED_STATEMENTS:
                fault(log, "connection_lost", context, error, attempt=attempt)
                database.forget_connection()
                if attempt >= 2:
                    raise Unavailable("The database is unreachable. Nothing was saved; try again.") from error
            elif state in TIMEOUTS:
                fault(log, TIMEOUTS[state], context, error, attempt=attempt)
                raise Unavailable("The request timed out. Nothing was saved; try again.") from error
            elif state == idempotency.KEY_IN_USE:
                context.has_used_key = True  # which is asked no more: it happens once
                return with_retries(once, plan, context)
            elif state not in TRANSACTION_CONFLICTS:
                raise
            elif attempt == TRIES:
                fault(log, "retry", context, error, attempt=attempt)
                raise Unavailable(
                    "Too many requests change the same resource. Nothing was saved; try again."
                ) from error
            else:
                fault(log, "retry", context, error, attempt=attempt)
                sleep(random() * 0.02 * attempt)  # noqa: S311  so that those who met do not meet again
    raise AssertionError("The last attempt has answered or raised.")
