"""The registry of queue tasks: functions that workers call by name, ``<noun>.<function>``, once or, after a crash, twice.

A queue task runs in a transaction with a unit of work, as a request does: it may ``record`` and ``note``, and its effects are
stored if and only if the queue knows that it is done.  A task that talks to external services ``manages_transactions``: it is
called without a transaction and opens short ones with :func:`transaction`, never around a conversation.
"""

import contextlib
import importlib
import pkgutil
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from models.base.constraints import refusing
from models.base.database import database
from models.base.queue import Ticket
from models.base.unit_of_work import UnitOfWork

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds until an attempt that failed is followed by the next
# ``represent(row)`` and ``represent(row, name of a schema)``: what the contract shows of a row.
Represent = Callable[..., Any]
Function = TypeVar("Function", bound=Callable[..., Any])
QUEUE_TASKS: dict[str, "QueueTask"] = {}
# By the template of a mail: what returns further facts for it when it is sent, or None to withdraw it.
COMPOSERS: dict[str, Callable[..., dict[str, Any] | None]] = {}
_running = threading.local()


class QueueTask(NamedTuple):
    """A registered function; ``cron`` is when it runs by itself, in UTC."""

    name: str
    function: Callable[..., Any]
    attempts: int
    manages_transactions: bool
    cron: str | None


def queue_task(
    *, attempts: int = 10, manages_transactions: bool = False, cron: str | None = None
) -> Callable[[Function], Function]:
    """Register a function of ``<noun>_queue_tasks.py``.  After so many ``attempts`` it is given up."""

    def register(function: Function) -> Function:
        noun = function.__module__.rpartition(".")[2].removesuffix("_queue_tasks")
        name = f"{noun}.{function.__name__}"
        QUEUE_TASKS[name] = QueueTask(name, function, attempts, manages_transactions, cron)
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


def pause(attempts: int, chance: Callable[[], float] = random.random) -> float:
    """The seconds to wait after ``attempts`` failed: twice as long each time, and between half and all of it by chance,
    so that those who failed together do not come back together."""
    whole = min(FIRST_PAUSE * 2 ** min(attempts - 1, 30), LONGEST_PAUSE)
    return whole * (0.5 + chance() / 2)


@contextlib.contextmanager
def transaction() -> Iterator[UnitOfWork]:
    """One transaction of the queue task that runs, with a unit of work whose events are stored at its end."""
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
    if task.manages_transactions:
        task.function(**arguments)
        if ticket:
            ticket.finish()
        return
    with transaction():
        task.function(**arguments)
        if ticket:
            ticket.finish()
