"""Jobs: what is to be done after a transaction, enqueued in it, so that there is a job if and only if there is a reason."""

import orjson

from models.base.statements import rows

QUEUE = "remit"
DEFER = """
select procrastinate_defer_jobs_v1(array[
    row(%s::text, %s::text, 0, %s::text, null, %s::jsonb, %s::timestamptz)::procrastinate_job_to_defer_v1])
"""


def defer(task, *, lock=None, at=None, **arguments):
    """Enqueue ``task``, the name ``<noun>.<function>`` of a job of ``handlers/<context>/<noun>_jobs.py``, in this transaction.

    ``arguments`` are ids and plain values.  Jobs with one ``lock`` run one after the other; ``at`` is when it may start.
    """
    told = orjson.dumps(arguments).decode()
    return rows(DEFER, (QUEUE, task, lock, told, at))[0][0][0]
