"""Retention: what is older than somebody wants to keep it is destroyed, once an hour, in small transactions."""

from handlers.workers.registry import UPKEEP, queue_task, transaction
from models.privacy.retentions import Retention

HOURLY_AT_53 = "53 * * * *"


@queue_task(cron=HOURLY_AT_53, attempts=3, priority=UPKEEP, manages_transactions=True)
def apply():
    """What organizations have set for themselves, and what the settings say for the whole service."""
    for act in (Retention.apply_of_organizations, Retention.apply_of_the_service):
        is_done = False
        while not is_done:
            with transaction():
                is_done = not act()
