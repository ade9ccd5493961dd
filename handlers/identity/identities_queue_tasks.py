"""Identities: delete sign-ins at a provider that were never completed."""

from handlers.workers.registry import UPKEEP, queue_task
from models.identity.identity_authorizations import IdentityAuthorization

HOURLY_AT_41 = "41 * * * *"


@queue_task(cron=HOURLY_AT_41, attempts=3, priority=UPKEEP)
def forget_authorizations():
    IdentityAuthorization.forget_old()
