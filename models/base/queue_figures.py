"""Figures of the queue for operators, by one query of its own connection as the owner of the tables."""

from datetime import datetime
from typing import Any, NamedTuple

from models.base.database import Database

# Those that wait are counted along the index of waiting jobs; the others are few, or counted by an index of their table.
FIGURES = """
with counted as (
    select task_name, priority, count(*) as count, count(*) filter (where attempts > 0) as retried,
        min(scheduled_at) filter (where scheduled_at <= now()) as due_at,
        min(id) filter (where scheduled_at is null) as oldest_id
    from procrastinate_jobs where status = 'todo' group by task_name, priority
), waiting as (
    select task_name, priority, count, retried, coalesce(extract(epoch from now() - least(due_at, (
        select min(at) from procrastinate_events where job_id = oldest_id and type = 'deferred'))), 0)::float as seconds
    from counted
), running as (
    select task_name, count(*) as count from procrastinate_jobs where status = 'doing' group by task_name
), dead as (
    select name, count(*) as count from dead_letters group by name
), ticks as (
    select distinct on (schedule) schedule, next_tick from queue_ticks order by schedule, tick desc
)
select
    coalesce((select jsonb_agg(jsonb_build_array(task_name, priority, count, retried, seconds) order by seconds desc)
        from waiting), '[]'),
    coalesce((select jsonb_agg(jsonb_build_array(task_name, count) order by task_name) from running), '[]'),
    coalesce((select jsonb_agg(jsonb_build_array(name, count) order by name) from dead), '[]'),
    coalesce((select jsonb_agg(jsonb_build_array(schedule,
        greatest(0, extract(epoch from now() - next_tick))::float) order by schedule) from ticks), '[]'),
    (select count(*) from procrastinate_workers where last_heartbeat > now() - interval '30 seconds')
"""
RUNNING = """
select job.id, job.task_name, job.worker_id, job.attempts + 1,
    (select max(event.at) from procrastinate_events event where event.job_id = job.id and event.type = 'started'),
    worker.last_heartbeat
from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
where job.status = 'doing' order by job.id limit %s
"""
FAILURES = """
select failure.job_id, job.task_name, failure.attempts, failure.reason, failure.failed_at,
    case when job.status = 'todo' then job.scheduled_at end
from queue_failures failure join procrastinate_jobs job on job.id = failure.job_id
where job.status <> 'failed' and failure.failed_at > now() - interval '24 hours' order by failure.failed_at desc limit %s
"""
MAX_ROWS = 100


class Waiting(NamedTuple):
    """Jobs that wait, of one task and priority: how many, how many after a failure, and for how long the oldest is due."""

    task: str
    priority: int
    jobs: int
    retried: int
    seconds: float


class Figures(NamedTuple):
    """The queue as a whole: ``running`` and ``dead`` by task, ``lags`` in seconds by schedule."""

    waiting: list[Waiting]
    running: dict[str, int]
    dead: dict[str, int]
    lags: dict[str, float]
    workers: int


class Running(NamedTuple):
    """A job that runs; ``worker_id`` and ``heartbeat_at`` are None when its worker is gone."""

    job_id: int
    task: str
    worker_id: int | None
    attempt: int
    started_at: datetime | None
    heartbeat_at: datetime | None


class Failure(NamedTuple):
    """The latest failed attempt at a job that was not given up; ``retry_at`` is None when it runs or has ended."""

    job_id: int
    task: str
    attempts: int
    reason: str
    failed_at: datetime
    retry_at: datetime | None


def read(database: Database) -> Figures:
    """The figures at this moment."""
    ((waiting, running, dead, lags, workers),) = database.rows(FIGURES)
    return Figures([Waiting(*row) for row in waiting], dict(running), dict(dead), dict(lags), workers)


def running(database: Database) -> list[Running]:
    """The jobs that run, the oldest first."""
    return [Running(*row) for row in _rows(database, RUNNING)]


def failures(database: Database) -> list[Failure]:
    """What failed in the last 24 hours and was not given up, the newest first."""
    return [Failure(*row) for row in _rows(database, FAILURES)]


def _rows(database: Database, sql: str) -> list[Any]:
    return database.rows(sql, (MAX_ROWS,))
