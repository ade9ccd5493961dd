"""Dead letters for operators: what was given up and why, replayed or discarded.

They are read as the owner of the tables, because the server may not read the queue.  Nothing here tells the arguments of a
task: they may be personal data.
"""

from datetime import datetime
from typing import Any, NamedTuple

from models.base.database import Database

MAX_LISTED = 100
COLUMNS = """
select letter.job_id, letter.name, letter.attempts, letter.reason, letter.failed_at,
    task.name is not null and job.id is not null as can_be_replayed
from dead_letters letter
left join procrastinate_jobs job on job.id = letter.job_id and job.status = 'failed'
left join queue_tasks task on task.name = letter.name
"""
NEWEST = f"{COLUMNS} where %s::bigint is null or letter.job_id < %s order by letter.job_id desc limit %s"
BY_JOB = f"{COLUMNS} where letter.job_id = %s"
# A new job: whatever still runs of the old one has a ticket of the old one.
REPLAY = """
with letter as (delete from dead_letters where job_id = %s returning job_id),
gone as (
    delete from procrastinate_jobs using letter where id = letter.job_id and status = 'failed'
    returning queue_name, task_name, args, priority, lock, queueing_lock
)
select remit_enqueue(queue_name, task_name, args, priority, lock, queueing_lock, null) from gone
"""
DISCARD = """
with letter as (delete from dead_letters where job_id = %s returning job_id),
gone as (delete from procrastinate_jobs using letter where id = letter.job_id and status = 'failed')
select job_id from letter
"""


class NoDeadLetter(LookupError):
    """There is no dead letter of this job; it may have been replayed or discarded."""


class TaskGone(Exception):
    """No worker has a task of this name any more, or the arguments of the job were deleted."""


class DeadLetterView(NamedTuple):
    """A dead letter as operators see it."""

    job_id: int
    name: str
    attempts: int
    reason: str
    failed_at: datetime
    can_be_replayed: bool


def newest(database: Database, before: int | None = None, limit: int = MAX_LISTED) -> list[DeadLetterView]:
    """The newest dead letters, of jobs ``before`` this one."""
    return [DeadLetterView(*row) for row in database.rows(NEWEST, (before, before, limit))]


def get(database: Database, job_id: int) -> DeadLetterView:
    """The dead letter of a job."""
    for row in database.rows(BY_JOB, (job_id,)):
        return DeadLetterView(*row)
    raise NoDeadLetter(f"There is no dead letter of job {job_id}.")


def replay(database: Database, job_id: int) -> int:
    """Enqueue the task of a dead letter again, with all its attempts, and return the ID of its new job."""
    with database.transaction():
        if not get(database, job_id).can_be_replayed:
            raise TaskGone(f"No worker has the task of job {job_id} any more. Discard it.")
        return _only(database.rows(REPLAY, (job_id,)), job_id)


def discard(database: Database, job_id: int) -> None:
    """Delete a dead letter, and its job with the arguments."""
    with database.transaction():
        _only(database.rows(DISCARD, (job_id,)), job_id)


def _only(rows: list[Any], job_id: int) -> int:
    if not rows:  # somebody else was faster
        raise NoDeadLetter(f"There is no dead letter of job {job_id}.")
    return rows[0][0]
