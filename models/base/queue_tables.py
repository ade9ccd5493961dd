"""Tables beside the queue: tasks that workers know, ticks of schedules, reasons of failures, dead letters.

They are written and read by SQL of the modules :mod:`models.base.queue` and beside it.
"""

from peewee import BigIntegerField, CompositeKey, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import Declaration, Personal
from models.base.fields import UtcField

OF_THE_QUEUE = "The server may not read the queue; it enqueues by a function."
REASONS = Personal(
    exports="It tells why work of the server failed.",
    erasure="Deleted with the work that names the person.",
)


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
            unprotected=OF_THE_QUEUE,
            history="none",
            personal=REASONS,
        )


class QueueFailure(Model):
    """Why the latest attempt at a job failed that is, or was, to be retried."""

    job_id = BigIntegerField(primary_key=True)
    attempts = IntegerField()
    reason = TextField()
    failed_at = UtcField()

    class Meta:
        database = database
        table_name = "queue_failures"
        declares = Declaration(
            unprotected=OF_THE_QUEUE,
            history="none",
            personal=REASONS,
        )


class RegisteredTask(Model):
    """A task that workers have; each worker registers those of its release."""

    name = TextField(primary_key=True)
    priority = IntegerField()
    registered_at = UtcField()

    class Meta:
        database = database
        table_name = "queue_tasks"
        declares = Declaration(
            unprotected=OF_THE_QUEUE,
            history="none",
        )


class Tick(Model):
    """A time at which a schedule was run."""

    schedule = TextField()
    tick = UtcField()
    next_tick = UtcField()

    class Meta:
        database = database
        table_name = "queue_ticks"
        primary_key = CompositeKey("schedule", "tick")
        declares = Declaration(
            unprotected=OF_THE_QUEUE,
            history="none",
        )
