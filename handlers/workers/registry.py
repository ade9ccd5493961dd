"""The registry of queue tasks: functions that workers call by name, ``<noun>.<function>``, once or, after a crash, twice.

A queue task runs in a transaction with a unit of work, as a request does: it may ``record`` and ``note``, and its effects are
stored if and only if the queue knows that it is done.  A task that talks to external services ``manages_transactions``: it is
called without a transaction and opens short ones with :func:`transaction`, never around a conversation.

An attempt has a time limit.  When it is reached, the queue takes the task back, so that nothing of the attempt is stored any
more with its ticket, and no further transaction begins.
"""

import contextlib
import importlib
import math
import pkgutil
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from models.base import tracing
from models.base.constraints import refusing
from models.base.database import database
from models.base.queue import Ticket
from models.base.unit_of_work import UnitOfWork

HOUR_SECONDS = 3600.0
URGENT, NORMAL, UPKEEP = 10, 0, -10  # priorities: what a person waits for, most tasks, what may wait
# ``represent(row)`` and ``represent(row, name of a schema)``: what the contract shows of a row.
Represent = Callable[..., Any]
Function = TypeVar("Function", bound=Callable[..., Any])
QUEUE_TASKS: dict[str, "QueueTask"] = {}
# By the template of a mail: what returns further facts for it when it is sent, or None to withdraw it.
COMPOSERS: dict[str, Callable[..., dict[str, Any] | None]] = {}
_running = threading.local()


class TimeLimitExceeded(Exception):
    """The attempt took longer than its task allows."""


class Backoff(NamedTuple):
    """The seconds between attempts: ``factor`` times as long each time, from ``first`` to ``longest``."""

    first: float = 5.0
    longest: float = HOUR_SECONDS
    factor: float = 2.0

    def pause(self, attempts: int, chance: Callable[[], float] = random.random) -> float:
        """The seconds to wait after ``attempts`` failed: between half and all of the pause by chance, so that those who failed
        together do not come back together."""
        whole = min(self.first * self.factor ** min(attempts - 1, 30), self.longest)
        return whole * (0.5 + chance() / 2)


class QueueTask(NamedTuple):
    """A registered function.

    ``cron`` is when it runs by itself, in a time ``zone``; where that is a function, it runs in each zone that this returns,
    and is called with ``zone``.  After so many ``attempts`` it is given up; each has a ``time_limit`` in seconds.
    """

    name: str
    function: Callable[..., Any]
    attempts: int = 10
    manages_transactions: bool = False
    cron: str | None = None
    zone: str | Callable[[], Iterable[str]] = "UTC"
    priority: int = NORMAL
    backoff: Backoff = Backoff()
    time_limit: float = HOUR_SECONDS


def queue_task(**options: Any) -> Callable[[Function], Function]:
    """Register a function of ``<noun>_queue_tasks.py``; the ``options`` are fields of :class:`QueueTask`."""

    def register(function: Function) -> Function:
        noun = function.__module__.rpartition(".")[2].removesuffix("_queue_tasks")
        name = f"{noun}.{function.__name__}"
        QUEUE_TASKS[name] = QueueTask(name, function, **options)
        return function

    return register


def composes(*templates: str) -> Callable[[Function], Function]:
    """Register a function ``(mail)`` that says what mails of these templates tell, in a transaction, when they are sent."""

    def register(function: Function) -> Function:
        COMPOSERS.update(dict.fromkeys(templates, function))
        return function

    return register


def load() -> None:
    """Import the upkeep and ``<noun>_queue_tasks.py`` of every context, so that their queue tasks are registered."""
    importlib.import_module("handlers.workers.upkeep")
    for module in pkgutil.walk_packages(importlib.import_module("handlers").__path__, "handlers."):
        if module.name.endswith("_queue_tasks"):
            importlib.import_module(module.name)


@contextlib.contextmanager
def transaction() -> Iterator[UnitOfWork]:
    """One transaction of the queue task that runs, with a unit of work whose events are stored at its end.

    :class:`TimeLimitExceeded` after the time limit of the attempt.
    """
    if time.monotonic() > getattr(_running, "deadline", math.inf):
        raise TimeLimitExceeded("The attempt exceeded the time limit of its task.")
    request_id = getattr(_running, "request_id", "")
    represent = getattr(_running, "represent", lambda row: None)
    with refusing(), database.transaction(), UnitOfWork(request_id=request_id, represent=represent) as work:
        yield work
        work.store_events()


def perform(
    name: str,
    arguments: Mapping[str, Any],
    *,
    ticket: Ticket | None = None,
    represent: Represent = lambda row: None,
) -> None:
    """Run a queue task once.  With the ``ticket`` of the queue it is done there in the transaction of its effects.

    ``represent(row)`` is what events keep of a row, ``represent(row, name)`` the row as the contract's schema of that name.
    """
    task = QUEUE_TASKS[name]
    _running.request_id, _running.represent = f"job-{ticket.job_id}" if ticket else "", represent
    _running.deadline = time.monotonic() + task.time_limit if ticket else math.inf
    if task.manages_transactions:
        with tracing.following(None, _running.request_id):  # what is called outside belongs together
            task.function(**arguments)
        if ticket:
            ticket.finish()
        return
    with transaction():
        task.function(**arguments)
        if ticket:
            ticket.finish()
