"""The queue: tasks that are enqueued in a transaction, so that a task exists if and only if its reason does, and the tickets
of the workers that run them.

The tables are Procrastinate's, whose word for a queued task is job.  It has no fence against a worker that wakes up late, so
each change here names the :class:`Ticket`: when the task was given to another worker meanwhile, nothing is changed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from peewee import DatabaseError

from models.base.constraints import UNIQUE, violated
from models.base.database import database
from models.base.statements import array, execute, rows

QUEUE = "remit"
ENQUEUE = """
select remit_enqueue(%s::text, %s::text, %s::jsonb, %s::integer, %s::text, %s::text, %s::timestamptz)
"""
REGISTER = """
insert into queue_tasks (name, priority, registered_at)
select known.name, known.priority, now() from unnest(%s::text[], %s::integer[]) as known (name, priority)
on conflict (name) do update set priority = excluded.priority, registered_at = excluded.registered_at
"""
FORGET_TASKS = "delete from queue_tasks where registered_at < now() - interval '1 day'"
MAX_REASON_CHARACTERS = 1000
IS_HELD = "id = %s and status = 'doing' and worker_id is not distinct from %s::bigint and attempts = %s"
FINISH = f"update procrastinate_jobs set status = 'succeeded', attempts = attempts + 1 where {IS_HELD}"
# Where another job of the same key waits, that one does the work, and this one ends.
WAITS_AGAIN = """
case when queueing_lock is not null and exists (
    select from procrastinate_jobs as other
    where other.queueing_lock = procrastinate_jobs.queueing_lock and other.status = 'todo'
) then 'aborted' else 'todo' end::procrastinate_job_status
"""
RETRY_LATER = f"""
with failed as (
    update procrastinate_jobs set status = {WAITS_AGAIN}, attempts = attempts + 1,
        scheduled_at = now() + %s::float * interval '1 second'
    where {IS_HELD} returning id, attempts
)
insert into queue_failures (job_id, attempts, reason, failed_at) select id, attempts, %s, now() from failed
on conflict (job_id) do update
    set attempts = excluded.attempts, reason = excluded.reason, failed_at = excluded.failed_at
"""
REQUEUE = f"update procrastinate_jobs set status = {WAITS_AGAIN}, scheduled_at = now() where {IS_HELD}"
DEAD_LETTER = f"""
with failed as (
    update procrastinate_jobs set status = 'failed', attempts = attempts + 1 where {IS_HELD} returning id, task_name, attempts
)
insert into dead_letters (job_id, name, attempts, reason, failed_at)
select id, task_name, attempts, %s, now() from failed
on conflict (job_id) do update
    set attempts = excluded.attempts, reason = excluded.reason, failed_at = excluded.failed_at
"""
STALLED = """
select job.id, job.worker_id, job.attempts, job.task_name
from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
where job.status = 'doing' and job.queue_name = %s
  and (worker.id is null or worker.last_heartbeat < now() - %s::float * interval '1 second')
order by job.id
"""
FORGET_WORKERS = """
delete from procrastinate_workers where last_heartbeat < now() - %s::float * interval '1 second'
"""
FORGET = """
delete from procrastinate_jobs where id in (
    select job.id from procrastinate_jobs as job where job.status = %s::procrastinate_job_status and exists (
        select from procrastinate_events as event where event.job_id = job.id
        and event.type = %s::procrastinate_job_event_type and event.at < now() - %s::float * interval '1 day'
    ) limit %s
)
"""
FORGET_FAILURES = """
delete from queue_failures where not exists (select from procrastinate_jobs where id = queue_failures.job_id)
"""


def defer(
    task: str,
    *,
    lock: str | None = None,
    unique: str | None = None,
    at: datetime | None = None,
    priority: int | None = None,
    **arguments: Any,
) -> int:
    """Enqueue a task in this transaction, and return the ID of its job.

    ``task`` is the name ``<noun>.<function>`` of a function of ``handlers/<context>/<noun>_queue_tasks.py``.
    ``arguments`` are IDs and plain values.  Tasks with one ``lock`` run one after the other; ``at`` is when it may start.

    Of the key ``unique`` one job waits at most: where one does, it is returned, keeps its arguments, and starts at the earlier
    of both times, after this transaction has ended.  A job that runs does not count, because it may not see this transaction.
    Jobs of a higher ``priority`` start first; the default is that of the task.
    """
    text = orjson.dumps(arguments).decode()
    return rows(ENQUEUE, (QUEUE, task, text, priority, lock, unique, at))[0][0]


def register(priorities: Mapping[str, int]) -> None:
    """Store which tasks this release has, with their priorities, and forget those that no worker has registered for a day."""
    names, numbers = array(priorities), array(map(str, priorities.values()))
    execute(REGISTER, (names, numbers))
    execute(FORGET_TASKS)


class TicketLost(Exception):
    """The task was given to another worker, because this one sent no heartbeat for too long."""


class Ticket(NamedTuple):
    """The right of one worker to one attempt at a queue task: a fencing token."""

    job_id: int
    worker_id: int | None
    attempts: int  # before this one

    def finish(self) -> None:
        """Mark the task as done, in the transaction of its effects, so that both are committed or neither is."""
        if not execute(FINISH, self):
            raise TicketLost(f"Job {self.job_id} belongs to another worker now.")

    def retry_later(self, seconds: float, reason: str) -> bool:
        """Schedule the next attempt in ``seconds``, and store why this one failed.  Whether the ticket was still valid."""
        return self._wait_again(RETRY_LATER, (seconds, *self, reason[:MAX_REASON_CHARACTERS]))

    def requeue(self) -> bool:
        """Enqueue the task again without counting an attempt, because the worker ends.  Whether the ticket was still valid."""
        return self._wait_again(REQUEUE, self)

    def _wait_again(self, sql: str, values: Sequence[Any]) -> bool:
        try:
            return bool(execute(sql, values))
        except DatabaseError as error:
            if not violated(error, UNIQUE):
                raise
            # A job of the same key was enqueued at this moment: now it is found.
            return bool(execute(sql, values))

    def dead_letter(self, reason: str) -> bool:
        """Give the task up after its last attempt, and store the reason.  Whether the ticket was still valid."""
        return bool(execute(DEAD_LETTER, (*self, reason[:MAX_REASON_CHARACTERS])))


def stalled(seconds: float, queue: str = QUEUE) -> list[tuple[Ticket, str]]:
    """``(ticket, name)`` of each queue task whose worker sent no heartbeat for ``seconds``."""
    return [(Ticket(*ticket), name) for *ticket, name in rows(STALLED, (queue, seconds))]


def forget_workers(seconds: float) -> None:
    """Delete workers that sent no heartbeat for ``seconds``; one that wakes up registers again."""
    execute(FORGET_WORKERS, (seconds,))


def forget_jobs(*, succeeded_days: float, failed_days: float) -> None:
    """Delete jobs that ended so many days ago, the reasons of their failures, and dead letters."""
    ended = (("succeeded", succeeded_days), ("aborted", succeeded_days), ("failed", failed_days))
    for status, days in ended:
        database.delete_in_batches(FORGET, (status, status, days))
    execute(FORGET_FAILURES)
    execute("delete from dead_letters where failed_at < now() - %s::float * interval '1 day'", (failed_days,))
