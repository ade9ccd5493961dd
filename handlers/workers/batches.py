"""Batches: long work for a person, of which each step is stored with how far it is, so that another worker can go on with it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from handlers.workers.registry import transaction
from models.services.jobs import Job


class Batch(NamedTuple):
    """What one batch did: how many items, a message for the person, and the ``cursor`` of the next one; None after the last."""

    cursor: Any
    items: int
    message: str | None = None


class _Superseded(Exception):
    """The job was cancelled, or another attempt stored this batch: nothing of it is kept."""


def run_in_batches(job_id: str, batch: Callable[[Job], Batch]) -> bool:
    """Call ``batch(job)`` until it returns no cursor, and complete the job; false when the job was cancelled or is gone.

    A batch begins at ``job.cursor``, which is None at first, and leaves its effects in the transaction in which the cursor and
    the count are stored.  A worker that is killed loses one batch at most, which is done again; of two attempts at one batch,
    the later one is rolled back.  Batches are to be short: a second or less.
    """
    while True:
        try:
            with transaction():
                job = Job.get_or_none(Job.id == job_id)
                if job is None or not job.is_open:
                    return False
                done = batch(job)
                if not job.advance_to(done.cursor, done.items, done.message):
                    raise _Superseded
                if done.cursor is None:
                    return job.complete(done.message)
        except _Superseded:
            continue  # the job is read anew
