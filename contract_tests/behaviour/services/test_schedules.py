"""Schedules: one run a tick, in a time zone, whatever becomes of schedulers and clocks (J6)."""

import itertools
import threading
from datetime import UTC, datetime, timedelta

import pytest

from handlers.workers import scheduler
from handlers.workers.registry import QueueTask
from models.base import queue_ticks
from models.base.database import database

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_numbers = itertools.count(1)


class Scheduled:
    """A task of its own with a schedule; ``run(now)`` does what a scheduler does, and ends what it has enqueued."""

    def __init__(self, cron, zone="UTC"):
        name = f"proof.scheduled{next(_numbers)}"
        self.task = QueueTask(name, print, cron=cron, zone=zone)

    def enqueue(self, now):
        scheduler.enqueue_due(now, {self.task.name: self.task})

    def run(self, now):
        """How many jobs were enqueued."""
        self.enqueue(now)
        sql = "update procrastinate_jobs set status = 'cancelled' where task_name = %s and status = 'todo'"
        return database.run(sql, (self.task.name,))

    def ticks(self, start, hours, minutes=5):
        """When it runs, if a scheduler looks every few minutes: a list of times as text, in UTC."""
        moments = [start + timedelta(minutes=minutes * number) for number in range(hours * 60 // minutes)]
        return [f"{now:%d %H:%M}" for now in moments if self.run(now)]


@pytest.fixture(autouse=True)
def connected(database_url):
    with database.connection_context():
        yield
        database.run("delete from procrastinate_jobs where task_name like 'proof.%%'")
        database.run("delete from queue_ticks where schedule like 'proof.%%'")


def test_a_new_schedule_begins_with_its_next_tick():
    hourly = Scheduled("0 * * * *")
    assert [hourly.run(NOON), hourly.run(NOON + HOUR / 2), hourly.run(NOON + HOUR)] == [0, 0, 1]


def test_J6_several_schedulers_run_a_tick_once():
    """Two of three end on the way; the last one goes on alone."""
    minutely = Scheduled("* * * * *")
    minutely.run(NOON)
    barrier = threading.Barrier(3)

    def schedule():
        with database.connection_context():
            for minute in range(1, 6):
                barrier.wait(30)
                minutely.enqueue(NOON + timedelta(minutes=minute))

    threads = [threading.Thread(target=schedule) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for minute in range(6, 11):
        assert minutely.run(NOON + timedelta(minutes=minute)) == 1
    enqueued = "select count(*) from procrastinate_jobs where task_name = %s"
    # While the job of a tick waits, later ticks are merged with it: those of the three, and the next one, are one job.
    assert database.rows(enqueued, (minutely.task.name,)) == [(5,)]
    ticks = "select count(*) from queue_ticks where schedule = %s"
    assert database.rows(ticks, (minutely.task.name,)) == [(11,)]


def test_J6_a_clock_that_jumps_runs_no_tick_twice():
    hourly = Scheduled("0 * * * *")
    hourly.run(NOON - HOUR)
    jumps = [NOON, NOON + HOUR, NOON, NOON + HOUR / 2, NOON + HOUR, NOON + 2 * HOUR]
    assert [hourly.run(now) for now in jumps] == [1, 1, 0, 0, 0, 1]


def test_J6_after_a_stall_of_two_hours_a_schedule_runs_once():
    minutely, hourly = Scheduled("* * * * *"), Scheduled("0 * * * *")
    for schedule in (minutely, hourly):
        schedule.run(NOON)
    later = NOON + 2 * HOUR + timedelta(seconds=30)
    assert [schedule.run(later) for schedule in (minutely, hourly)] == [1, 1]
    assert [schedule.run(later) for schedule in (minutely, hourly)] == [0, 0]


@pytest.mark.parametrize(
    ("cron", "start", "hours", "times"),
    [
        # The clocks go forward on 29 March, 02:00 to 03:00, and back on 25 October, 03:00 to 02:00.
        ("30 2 * * *", datetime(2026, 3, 28, tzinfo=UTC), 72, ["28 01:30", "29 01:00", "30 00:30"]),
        ("30 2 * * *", datetime(2026, 10, 24, tzinfo=UTC), 72, ["24 00:30", "25 00:30", "26 01:30"]),
        ("0 8 * * *", datetime(2026, 3, 28, tzinfo=UTC), 48, ["28 07:00", "29 06:00"]),
        ("0 * * * *", datetime(2026, 10, 25, tzinfo=UTC), 3, ["25 00:00", "25 01:00", "25 02:00"]),
    ],
)
def test_a_schedule_of_a_zone_runs_once_when_its_clocks_change(cron, start, hours, times):
    schedule = Scheduled(cron, "Europe/Berlin")
    schedule.run(start - timedelta(minutes=5))
    assert schedule.ticks(start, hours) == times


def test_a_task_runs_in_each_of_its_zones():
    digest = Scheduled("0 8 * * *", lambda: ["Europe/Berlin", "America/New_York"])
    digest.run(NOON - 12 * HOUR)
    digest.enqueue(NOON - HOUR)
    sql = "select args from procrastinate_jobs where task_name = %s and status = 'todo'"
    assert database.rows(sql, (digest.task.name,)) == [({"zone": "Europe/Berlin"},)]


def test_old_ticks_are_forgotten_but_for_the_newest_of_each_schedule():
    daily, gone = Scheduled("0 12 * * *"), Scheduled("0 12 * * *")
    for day in range(3):
        for schedule in (daily, gone):
            schedule.run(NOON - HOUR + timedelta(days=day))
    ticks = "select schedule, count(*) from queue_ticks where schedule like 'proof.%%' group by 1"
    others = [
        name for (name,) in database.rows("select distinct schedule from queue_ticks") if "proof." not in name
    ]
    queue_ticks.forget([*others, daily.task.name])
    assert database.rows(ticks) == [(daily.task.name, 1)]
