"""Sessions: what is told of those who tried to log in and could not."""

from handlers.workers.registry import queue_task
from security import attempts


@queue_task()
def tell_of_failure(**failure):
    """Note a wrong guess and, when the next one has to wait, write to the person.  See ``security.attempts.log_failure``."""
    attempts.log_failure(**failure)
