"""What becomes of attempts that failed, and of those whose worker died: another attempt, or a dead letter."""

import logging
import re
import time
from collections.abc import Callable

from peewee import DataError, InterfaceError, OperationalError
from prometheus_client import Counter

from handlers.workers import registry
from handlers.workers.registry import Backoff, QueueTask
from models.base import queue
from models.base.database import database
from models.base.queue import QUEUE, Ticket

log = logging.getLogger("remit.worker")
ATTEMPTS = Counter(
    "remit_jobs_total",
    "Attempts at jobs, by name and outcome: done, failed, overran, lost, given_up.",
    ["job", "outcome"],
)
UNKNOWN_TASK_ATTEMPTS = 10  # at a task whose name is not registered here: a newer worker may know it
# What a reason must not tell operators: whom it concerned, and what opens something.
ADDRESS = re.compile(r"[^\s\"'<>(),;:]+@[^\s\"'<>(),;:]+")
CREDENTIAL = re.compile(r"(?i)((?:token|secret|password|code|key|signature)=|bearer |basic )[^\s&\"']+")
QUOTED = re.compile(r"\"[^\"]*\"")


def sweep(silence: float, queue_name: str = QUEUE) -> None:
    """Put the jobs of workers that were not heard of for so long back into the queue, or give them up."""
    with database.connection_context():
        for ticket, name in queue.stalled(silence, queue_name):
            fail(ticket, name, registry.QUEUE_TASKS.get(name), "Its worker ended.", is_immediate=True)
        queue.forget_workers(silence)


def fail(
    ticket: Ticket, name: str, task: QueueTask | None, reason: str, *, is_immediate: bool = False
) -> None:
    """An attempt failed: there is another one, after a pause or immediately, or the job is given up, with the reason."""
    done = ticket.attempts + 1
    attempts, backoff = (task.attempts, task.backoff) if task else (UNKNOWN_TASK_ATTEMPTS, Backoff())
    if done < attempts:
        ticket.retry_later(0 if is_immediate else backoff.pause(done), reason)
    elif ticket.dead_letter(reason):
        ATTEMPTS.labels(name, "given_up").inc()
        log.error(
            "job given up", extra={"job": name, "job_id": ticket.job_id, "attempt": done, "fault": reason}
        )


def reason(error: Exception) -> str:
    """The kind of an error and the first line of what it says, without addresses, credentials, and values of rows."""
    line = str(error).partition("\n")[0]  # further lines of a database's error hold values of rows
    if isinstance(error, DataError):  # which quotes the value that it cannot read
        line = QUOTED.sub("[value]", line)
    line = CREDENTIAL.sub(r"\1[hidden]", ADDRESS.sub("[address]", line))
    return f"{type(error).__name__}: {line}"


def retry_until_connected(act: Callable[[], None]) -> None:
    """Call ``act``, again each second while the database cannot be reached: a task without an outcome would run for ever."""
    while True:
        try:
            act()
            return
        except (OperationalError, InterfaceError):
            database.forget_connection()
            time.sleep(1)
