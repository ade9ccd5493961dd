"""The queue: tasks that are enqueued in a transaction, so that a task exists if and only if its reason does, and the tickets
of the workers that run them.

The tables are Procrastinate's, whose word for a queued task is job.  It has no fence against a worker that wakes up late, so
each change here names the :class:`Ticket`: when the task was given to another worker meanwhile, nothing is changed.
"""

from datetime import datetime
from typing import Any, NamedTuple

import orjson
from peewee import BigIntegerField, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.fields import UtcField
from models.base.statements import execute, rows

QUEUE = "remit"
ENQUEUE = """
select procrastinate_defer_jobs_v1(array[
    row(%s::text, %s::text, 0, %s::text, null, %s::jsonb, %s::timestamptz)::procrastinate_job_to_defer_v1])
"""
MAX_REASON_CHARACTERS = 1000
IS_HELD = "id = %s and status = 'doing' and worker_id is not distinct from %s::bigint and attempts = %s"
FINISH = f"update procrastinate_jobs set status = 'succeeded', attempts = attempts + 1 where {IS_HELD}"
RETRY_LATER = f"""
update procrastinate_jobs
set status = 'todo', attempts = attempts + 1, scheduled_at = now() + %s::float * interval '1 second' where {IS_HELD}
"""
REQUEUE = f"update procrastinate_jobs set status = 'todo', scheduled_at = now() where {IS_HELD}"
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


def defer(task: str, *, lock: str | None = None, at: datetime | None = None, **arguments: Any) -> int:
    """Enqueue a task in this transaction, and return the ID of its job.

    ``task`` is the name ``<noun>.<function>`` of a function of ``handlers/<context>/<noun>_queue_tasks.py``.
    ``arguments`` are IDs and plain values.  Tasks with one ``lock`` run one after the other; ``at`` is when it may start.
    """
    text = orjson.dumps(arguments).decode()
    return rows(ENQUEUE, (QUEUE, task, lock, text, at))[0][0][0]


class TicketLost(Exception):
    """The task was given to another worker, because this one sent no heartbeat for too long."""


class DeadLetter(Model):
    """Why a queue task was given up.  Its job, with the arguments, stays in the queue's table as ``failed``."""

    job_id = BigIntegerField(primary_key=True)
    name = TextField()
    attempts = IntegerField()
    reason = TextField()
    failed_at = UtcField()

    class Meta:
        database = database
        table_name = "dead_letters"
        declares = Declaration(
            unprotected="The server may not read the queue; it enqueues by a function.",
            history="none",
            personal=Personal(
                exports="It tells why work of the server failed.",
                erasure="Deleted with the work that names the person.",
            ),
        )


class Ticket(NamedTuple):
    """The right of one worker to one attempt at a queue task: a fencing token."""

    job_id: int
    worker_id: int | None
    attempts: int  # before this one

    def finish(self) -> None:
        """Mark the task as done, in the transaction of its effects, so that both are committed or neither is."""
        if not execute(FINISH, self):
            raise TicketLost(f"Job {self.job_id} belongs to another worker now.")

    def retry_later(self, seconds: float) -> bool:
        """Schedule the next attempt in ``seconds``.  Whether the ticket was still valid."""
        return bool(execute(RETRY_LATER, (seconds, *self)))

    def requeue(self) -> bool:
        """Enqueue the task again without counting an attempt, because the worker ends.  Whether the ticket was still valid."""
        return bool(execute(REQUEUE, self))

    def dead_letter(self, reason: str) -> bool:
        """Give the task up after its last attempt, and store the reason.  Whether the ticket was still valid."""
        return bool(execute(DEAD_LETTER, (*self, reason[:MAX_REASON_CHARACTERS])))


def stalled(seconds: float) -> list[tuple[Ticket, str]]:
    """``(ticket, name)`` of each queue task whose worker sent no heartbeat for ``seconds``."""
    return [(Ticket(*ticket), name) for *ticket, name in rows(STALLED, (QUEUE, seconds))]


def forget_workers(seconds: float) -> None:
    """Delete workers that sent no heartbeat for ``seconds``; one that wakes up registers again."""
    execute(FORGET_WORKERS, (seconds,))


def forget_jobs(*, succeeded_days: float, failed_days: float) -> None:
    """Delete jobs that ended so many days ago, and the dead letters of the failed ones."""
    for status, days in (("succeeded", succeeded_days), ("failed", failed_days)):
        database.delete_in_batches(FORGET, (status, status, days))
    execute("delete from dead_letters where failed_at < now() - %s::float * interval '1 day'", (failed_days,))
