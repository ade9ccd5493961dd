"""The queue of jobs, as workers see it: who holds a job, what became of it, and whose jobs nobody works on any more.

The tables are Procrastinate's.  It has no fence against a worker that wakes up late, so each change here names the
:class:`Ticket` of the job: when the job was given to somebody else meanwhile, nothing is changed.
"""

from typing import NamedTuple

from peewee import BigIntegerField, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.fields import UtcField
from models.base.jobs import QUEUE
from models.base.statements import execute, rows

LONGEST_REASON = 1000
HELD = "id = %s and status = 'doing' and worker_id is not distinct from %s::bigint and attempts = %s"
FINISH = f"update procrastinate_jobs set status = 'succeeded', attempts = attempts + 1 where {HELD}"
PUT_BACK = f"""
update procrastinate_jobs
set status = 'todo', attempts = attempts + 1, scheduled_at = now() + %s::float * interval '1 second' where {HELD}
"""
GIVE_BACK = f"update procrastinate_jobs set status = 'todo', scheduled_at = now() where {HELD}"
BURY = f"""
with buried as (
    update procrastinate_jobs set status = 'failed', attempts = attempts + 1 where {HELD} returning id, task_name, attempts
)
insert into dead_letters (job_id, name, attempts, reason, failed_at)
select id, task_name, attempts, %s, now() from buried
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
    select job_id from procrastinate_events where type = %s::procrastinate_job_event_type
    and at < now() - %s::float * interval '1 day' limit 1000
) and status = %s::procrastinate_job_status
"""


class JobLost(Exception):
    """The job was given to another worker, because this one was not heard of for too long."""


class DeadLetter(Model):
    """Why a job was given up.  The job itself, with its arguments, stays in the queue's table as ``failed``."""

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
    """The right of one worker to one attempt at a job."""

    job_id: int
    worker_id: int | None
    attempts: int  # how many there were before this one

    def finish(self):
        """The job is done: in the transaction of its effects, so that both are true or neither is."""
        if not execute(FINISH, self):
            raise JobLost(f"Job {self.job_id} belongs to another worker now.")

    def put_back(self, seconds):
        """The attempt failed; the next one may start after ``seconds``."""
        return bool(execute(PUT_BACK, (seconds, *self)))

    def give_back(self):
        """There was no attempt: the worker ends."""
        return bool(execute(GIVE_BACK, self))

    def bury(self, reason):
        """The attempt failed, and was the last one."""
        return bool(execute(BURY, (*self, reason[:LONGEST_REASON])))


def stalled(seconds):
    """``(ticket, name)`` of each job whose worker was not heard of for so long."""
    return [(Ticket(*held), name) for *held, name in rows(STALLED, (QUEUE, seconds))]


def forget_workers(seconds):
    """Forget workers that were not heard of for so long; one that wakes up finds that it has to begin anew."""
    execute(FORGET_WORKERS, (seconds,))


def forget_jobs(*, succeeded_days, failed_days):
    """Delete jobs that ended so many days ago, and what is known of the failed ones."""
    for status, days in (("succeeded", succeeded_days), ("failed", failed_days)):
        while execute(FORGET, (status, days, status)):
            pass
    execute("delete from dead_letters where failed_at < now() - %s::float * interval '1 day'", (failed_days,))
