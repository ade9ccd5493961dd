"""The worker: takes tasks from the queue, runs them in threads, enqueues what is scheduled, and requeues the tasks of workers
that have died."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar, cast

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from prometheus_client import Histogram

from handlers.workers import outcomes, registry, scheduler
from handlers.workers.registry import QueueTask, Represent
from models.base.database import database, is_lost
from models.base.queue import QUEUE, Ticket, TicketLost

log = logging.getLogger("remit.worker")
Value = TypeVar("Value")
SECONDS = Histogram("remit_job_seconds", "How long attempts took, in seconds.", ["job"])


class WorkerConfig(NamedTuple):
    """Times in seconds, and the number of ``threads``: how many tasks run at once.

    Tasks are those of one ``queue``.
    """

    threads: int = 4
    drain: float = 20  # how long jobs may finish when the worker is to end
    poll: float = 5  # between looks for jobs whose time has come; new ones are told at once
    heartbeat: float = 10
    silence: float = 30  # without a heartbeat, after which a worker counts as dead
    sweep: float = 10  # between looks for the jobs of dead workers
    rest: float = 1  # before it begins anew when the database was away
    queue: str = QUEUE


class Worker:
    """Runs until ``stop``.  ``represent(row)`` is what events keep of a row.

    A task that overran its time limit keeps its thread until it ends by itself; others get a new one.  With as many of them as
    the worker has threads, it stops: who started it starts it again.
    """

    def __init__(
        self, represent: Represent = lambda row: None, config: WorkerConfig = WorkerConfig()
    ) -> None:
        self.represent, self.config = represent, config
        self.threads = self._new_threads()
        self.busy: set[Ticket] = set()  # the tickets of the jobs that run
        self.overran: set[Ticket] = set()  # those of them whose time limit has passed
        self._loop, self._stopping = asyncio.new_event_loop(), asyncio.Event()

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
        beside = [asyncio.create_task(self._sweep()), asyncio.create_task(self._schedule())]
        while not self._stopping.is_set():
            error = None
            try:
                await self._until_stopped(self._session())
            except Exception as failure:
                error = failure
            if not self._stopping.is_set():  # the database was away, or others have thought us dead
                log.warning("interrupted; beginning anew", exc_info=error)
            await self._until_stopped(asyncio.sleep(self.config.rest))
        for task in beside:
            task.cancel()

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
                queues=[self.config.queue],
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
        app = App(connector=connector)
        app.job_manager = _TicketJobManager(connector)
        for job in registry.QUEUE_TASKS.values():
            app.task(name=job.name, queue=self.config.queue, pass_context=True)(self._as_task(job))
        return app

    def _as_task(self, job: QueueTask) -> Callable[..., Coroutine[Any, Any, None]]:
        async def run(context: JobContext, timestamp: int | None = None, **arguments: Any) -> None:
            ticket = _ticket_of(context.job)
            attempt = self._loop.run_in_executor(self.threads, self._run, job, arguments, ticket)
            ended, _ = await asyncio.wait((attempt,), timeout=job.time_limit)
            if not ended:
                await self._overrun(job, ticket)

        return run

    async def _overrun(self, job: QueueTask, ticket: Ticket) -> None:
        """Take a task back from the thread that has had it for too long, and leave the thread behind."""
        facts = {"job": job.name, "job_id": ticket.job_id, "attempt": ticket.attempts + 1}
        log.warning("job exceeded its time limit", extra=facts)
        outcomes.ATTEMPTS.labels(job.name, "overran").inc()
        self.overran.add(ticket)
        left, self.threads = self.threads, self._new_threads()
        left.shutdown(wait=False)
        reason = f"TimeLimitExceeded: The attempt took longer than {job.time_limit:g} s."
        await asyncio.to_thread(
            outcomes.retry_until_connected, lambda: outcomes.fail(ticket, job.name, job, reason)
        )
        self.overran &= self.busy  # it may have ended at this very moment
        if len(self.overran) >= self.config.threads:
            log.error("worker ends", extra={"fault": f"{len(self.overran)} jobs do not end."})
            self.stop()

    def _new_threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.config.threads, thread_name_prefix="job")

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
            reason = outcomes.reason(error)
            outcomes.retry_until_connected(lambda: outcomes.fail(ticket, job.name, job, reason))
        finally:
            self.busy.discard(ticket)
            self.overran.discard(ticket)
            outcomes.ATTEMPTS.labels(job.name, outcome).inc()
            SECONDS.labels(job.name).observe(time.perf_counter() - began)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.config.sweep)
            try:
                await asyncio.to_thread(outcomes.sweep, self.config.silence, self.config.queue)
            except Exception as error:  # the next sweep tries again
                log.warning("sweep failed", exc_info=error)

    async def _schedule(self) -> None:
        is_registered = False
        while True:
            pause = self.config.rest
            try:
                if not is_registered:
                    await asyncio.to_thread(_connected, scheduler.register)
                    is_registered = True
                pause = await asyncio.to_thread(_connected, scheduler.enqueue_due)
            except Exception as error:  # the next time finds what is due then
                log.warning("schedule failed", exc_info=error)
            await asyncio.sleep(pause)


def _connected(act: Callable[[], Value]) -> Value:
    """Call ``act`` with a database connection, which is closed afterwards."""
    with database.connection_context():
        return act()


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
            await asyncio.to_thread(outcomes.fail, ticket, job.task_name, None, "No job has this name.")


def _ticket_of(job: Job) -> Ticket:
    """The ticket of a job that was fetched from the queue, which therefore has an ID."""
    return Ticket(cast(int, job.id), job.worker_id, job.attempts)
