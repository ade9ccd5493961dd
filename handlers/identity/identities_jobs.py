"""Identities: ways to a provider that nobody came to the end of are forgotten."""

from handlers.workers.registry import job
from models.identity.identity_authorizations import IdentityAuthorization


@job(cron="41 * * * *", attempts=3)
def forget_authorizations():
    IdentityAuthorization.forget_old()
