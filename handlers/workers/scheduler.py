"""The scheduler: enqueues queue tasks at the ticks of their schedules, in their time zones, once a tick.

Each worker has one, and any of them may be killed: a tick is a unique row.  A schedule that was missed, however long, runs once
when a worker is back, at its latest tick, and never for each tick.  A new schedule begins with its next tick.

Clocks change as Debian's cron has it: an hour of the day that is skipped, or that comes twice, counts once; schedules of each
minute or hour follow real time.  A database clock that jumps by up to two days runs no tick twice.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim

from handlers.workers import registry
from handlers.workers.registry import QueueTask
from models.base import queue, queue_ticks
from models.base.statements import rows

LONGEST_PAUSE_SECONDS = 60.0  # after which zones and clock are read again


class Schedule(NamedTuple):
    """A queue task in one time zone."""

    name: str
    task: QueueTask
    zone: str

    def latest_tick(self, now: datetime) -> datetime:
        """The tick at ``now`` or before."""
        whole = now.replace(microsecond=0) + timedelta(seconds=1)
        return self._first(whole, reverse=True)

    def next_tick(self, now: datetime) -> datetime:
        """The first tick after ``now``."""
        return self._first(now, reverse=False)

    def _first(self, start: datetime, *, reverse: bool) -> datetime:
        zone = UTC if self.zone == "UTC" else ZoneInfo(self.zone)
        return next(CronSim(self.task.cron or "", start.astimezone(zone), reverse=reverse)).astimezone(UTC)

    @property
    def arguments(self) -> dict[str, str]:
        """What the task is called with."""
        return {"zone": self.zone} if callable(self.task.zone) else {}


def schedules(tasks: Iterable[QueueTask]) -> Iterator[Schedule]:
    """The schedules of the tasks that have any."""
    for task in tasks:
        if task.cron is None:
            continue
        if isinstance(task.zone, str):
            yield Schedule(task.name, task, task.zone)
        else:
            yield from (Schedule(f"{task.name} {zone}", task, zone) for zone in task.zone())


def enqueue_due(now: datetime | None = None, tasks: Mapping[str, QueueTask] | None = None) -> float:
    """Enqueue the task of each tick that is due; the seconds until the next one.  ``now`` is of the database's clock."""
    if now is None:
        now = rows("select clock_timestamp()")[0][0]
    pauses = [LONGEST_PAUSE_SECONDS]
    for schedule in schedules((tasks or registry.QUEUE_TASKS).values()):
        tick, next_tick, task = schedule.latest_tick(now), schedule.next_tick(now), schedule.task
        queue_ticks.claim(schedule.name, tick, next_tick, task.name, task.priority, schedule.arguments)
        pauses.append((next_tick - now).total_seconds())
    return min(pauses)


def register() -> None:
    """Tell the queue which tasks workers of this release have, and forget old ticks, and those of schedules that are gone."""
    queue.register({task.name: task.priority for task in registry.QUEUE_TASKS.values()})
    queue_ticks.forget([schedule.name for schedule in schedules(registry.QUEUE_TASKS.values())])
