"""Ticks of schedules: each one is claimed once, by whichever worker comes first, in the transaction that enqueues the task."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson

from models.base.queue import QUEUE
from models.base.statements import array, execute, rows

# Of a schedule that was never seen, the tick before now is stored and not run: it begins with its next one.
CLAIM = """
with earlier as (select exists (select from queue_ticks where schedule = %s) as is_known),
claimed as (
    insert into queue_ticks (schedule, tick, next_tick) values (%s, %s::timestamptz, %s::timestamptz)
    on conflict do nothing returning tick
)
select case when is_known then remit_enqueue(%s::text, %s::text, %s::jsonb, %s::integer, null, %s::text, null) end
from claimed, earlier
"""
# The newest tick of a schedule stays, unless the schedule is gone.
FORGET = """
delete from queue_ticks where next_tick < now() - interval '2 days' and (
    schedule <> all (%s::text[])
    or tick < (select max(newest.tick) from queue_ticks as newest where newest.schedule = queue_ticks.schedule)
)
"""


def claim(
    schedule: str,
    tick: datetime,
    next_tick: datetime,
    task: str,
    priority: int,
    arguments: dict[str, Any],
) -> bool:
    """Enqueue the task of a tick, unless it was claimed before; whether it was enqueued.

    While an earlier tick's task waits, the new one is merged with it.
    """
    text = orjson.dumps(arguments).decode()
    times = (schedule, schedule, tick, next_tick)
    return [
        job for (job,) in rows(CLAIM, (*times, QUEUE, task, text, priority, f"schedule {schedule}")) if job
    ] != []


def forget(schedules: Collection[str]) -> None:
    """Delete ticks from two days ago on; of the ``schedules`` of this release the newest ones stay."""
    execute(FORGET, (array(schedules),))
