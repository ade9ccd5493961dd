"""The worker: takes tasks from the queue, runs them in threads, and requeues those whose worker has died."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, cast

from peewee import InterfaceError, OperationalError
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from prometheus_client import Counter, Histogram

from handlers.workers import registry
from handlers.workers.registry import QueueTask, Represent
from models.base import queue
from models.base.database import database, is_lost
from models.base.queue import QUEUE, Ticket, TicketLost

log = logging.getLogger("remit.worker")
ATTEMPTS = Counter(
    "remit_jobs_total",
    "Attempts at jobs, by name and outcome: done, failed, lost, given_up.",
    ["job", "outcome"],
)
SECONDS = Histogram("remit_job_seconds", "How long attempts took, in seconds.", ["job"])
UNKNOWN_TASK_ATTEMPTS = 10  # at a task whose name is not registered here: a newer worker may know it


class WorkerConfig(NamedTuple):
    """Times in seconds, and the number of ``threads``: how many tasks run at once."""

    threads: int = 4
    drain: float = 20  # how long jobs may finish when the worker is to end
    poll: float = 5  # between looks for jobs whose time has come; new ones are told at once
    heartbeat: float = 10
    silence: float = 30  # without a heartbeat, after which a worker counts as dead
    sweep: float = 10  # between looks for the jobs of dead workers
    overdue: float = 3600  # how late a periodic job is still begun
    rest: float = 1  # before it begins anew when the database was away


class Worker:
    """Runs until ``stop``.  ``represent(row)`` is what events keep of a row."""

    def __init__(
        self, represent: Represent = lambda row: None, config: WorkerConfig = WorkerConfig()
    ) -> None:
        self.represent, self.config = represent, config
        self.threads = ThreadPoolExecutor(config.threads, thread_name_prefix="job")
        self.busy: set[Ticket] = set()  # the tickets of the jobs that run
        self._loop, self._stopping = asyncio.new_event_loop(), asyncio.Event()
        registry.load()

    def run(self) -> bool:
        """Work until ``stop``; whether every task that was begun has ended."""
        try:
            self._loop.run_until_complete(self._work())
        finally:
            self._loop.close()
        self.threads.shutdown(wait=not self.busy, cancel_futures=True)
        return not self.busy

    def stop(self) -> None:
        """End soon.  May be called by any thread, or by a handler of a signal."""
        with contextlib.suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _work(self) -> None:
        sweeping = asyncio.create_task(self._sweep())
        while not self._stopping.is_set():
            error = None
            try:
                await self._until_stopped(self._session())
            except Exception as failure:
                error = failure
            if not self._stopping.is_set():  # the database was away, or others have thought us dead
                log.warning("interrupted; beginning anew", exc_info=error)
            await self._until_stopped(asyncio.sleep(self.config.rest))
        sweeping.cancel()

    async def _until_stopped(self, doing: Coroutine[Any, Any, None]) -> None:
        """Wait for something, or, when the worker is to end, for its cancellation."""
        task, stopping = asyncio.ensure_future(doing), asyncio.create_task(self._stopping.wait())
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _session(self) -> None:
        """The work of one registered worker, until it is cancelled or the database goes away."""
        app = self._app()
        async with app.open_async():
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=self.config.threads,
                fetch_job_polling_interval=self.config.poll,
                shutdown_graceful_timeout=self.config.drain,
                update_heartbeat_interval=self.config.heartbeat,
                stalled_worker_timeout=self.config.silence,
                install_signal_handlers=False,
            )

    def _app(self) -> App:
        """Procrastinate's application, with every registered queue task."""
        options = {"application_name": "remit worker", "connect_timeout": 5}
        connector = PsycopgConnector(
            conninfo=database.url, min_size=1, max_size=2, timeout=10, kwargs=options
        )
        app = App(connector=connector, periodic_defaults={"max_delay": self.config.overdue})
        app.job_manager = _TicketJobManager(connector)
        for job in registry.QUEUE_TASKS.values():
            task = app.task(name=job.name, queue=QUEUE, pass_context=True)(self._as_task(job))
            if job.cron:
                app.periodic(cron=job.cron)(task)
        return app

    def _as_task(self, job: QueueTask) -> Callable[..., Coroutine[Any, Any, None]]:
        async def run(context: JobContext, timestamp: int | None = None, **arguments: Any) -> None:
            await self._loop.run_in_executor(self.threads, self._run, job, arguments, _ticket_of(context.job))

        return run

    def _run(self, job: QueueTask, arguments: Mapping[str, Any], ticket: Ticket) -> None:
        """One attempt at a job, in one of the threads.  Whatever happens, the queue is told."""
        self.busy.add(ticket)
        facts = {"job": job.name, "job_id": ticket.job_id, "attempt": ticket.attempts + 1}
        outcome, began = "done", time.perf_counter()
        try:
            registry.perform(job.name, arguments, ticket=ticket, represent=self.represent)
        except TicketLost:
            outcome = "lost"
            log.warning("job lost to another worker", extra=facts)
        except Exception as error:
            outcome = "failed"
            log.warning("job failed", exc_info=error, extra=facts)
            if is_lost(error):
                database.forget_connection()
            reason = _reason(error)
            _retry_until_connected(lambda: _failed(ticket, job.name, job.attempts, reason))
        finally:
            self.busy.discard(ticket)
            ATTEMPTS.labels(job.name, outcome).inc()
            SECONDS.labels(job.name).observe(time.perf_counter() - began)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.config.sweep)
            try:
                await asyncio.to_thread(sweep, self.config.silence)
            except Exception as error:  # the next sweep tries again
                log.warning("sweep failed", exc_info=error)


class _TicketJobManager(JobManager):
    """Tasks report their outcome with their ticket; the library handles those that never reached their function."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        ticket = _ticket_of(job)
        if status == Status.SUCCEEDED:
            return  # by the job itself, in its transaction
        if job.task_name in registry.QUEUE_TASKS:
            await asyncio.to_thread(ticket.requeue)  # the worker ends before the job does
        else:
            log.warning("no job has this name", extra={"job": job.task_name, "job_id": job.id})
            await asyncio.to_thread(
                _failed, ticket, job.task_name, UNKNOWN_TASK_ATTEMPTS, "No job has this name."
            )


def _ticket_of(job: Job) -> Ticket:
    """The ticket of a job that was fetched from the queue, which therefore has an ID."""
    return Ticket(cast(int, job.id), job.worker_id, job.attempts)


def sweep(silence: float) -> None:
    """Put the jobs of workers that were not heard of for so long back into the queue, or give them up."""
    with database.connection_context():
        for ticket, name in queue.stalled(silence):
            attempts = (
                registry.QUEUE_TASKS[name].attempts if name in registry.QUEUE_TASKS else UNKNOWN_TASK_ATTEMPTS
            )
            _failed(ticket, name, attempts, "Its worker ended.")
        queue.forget_workers(silence)


def _failed(ticket: Ticket, name: str, attempts: int, reason: str) -> None:
    """An attempt failed: there is another one, or the job is given up, with the reason."""
    done = ticket.attempts + 1
    if done < attempts:
        ticket.retry_later(registry.pause(done))
    elif ticket.dead_letter(reason):
        ATTEMPTS.labels(name, "given_up").inc()
        log.error(
            "job given up", extra={"job": name, "job_id": ticket.job_id, "attempt": done, "fault": reason}
        )


def _reason(error: Exception) -> str:
    """The kind of an error and the first line of what it says: further lines of a database's hold values of rows."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _retry_until_connected(act: Callable[[], None]) -> None:
    """Call ``act``, again each second while the database cannot be reached: a task without an outcome would run for ever."""
    while True:
        try:
            act()
            return
        except (OperationalError, InterfaceError):
            database.forget_connection()
            time.sleep(1)
