"""Identities: ways to a provider that nobody came to the end of are forgotten."""

from handlers.jobs.registry import job
from models.identity_authorizations import IdentityAuthorization


@job(cron="41 * * * *", attempts=3)
def forget_authorizations():
    IdentityAuthorization.forget_old()
