"""Exports of personal data: a job that tells a person everything that is stored of them."""

from datetime import timedelta

from models.base.errors import QuotaExceeded
from models.base.queue import defer
from models.base.unit_of_work import current, now
from models.platform.security_log import SecurityEntry
from models.services.jobs import Job

KIND = "personal_data_export"
MAX_EXPORTS_PER_DAY = 3
A_DAY = timedelta(days=1)
LOST = timedelta(hours=6)  # without a step forward


class ExportLimitReached(QuotaExceeded):
    """Daily export limit reached.

    Cause: You have requested three exports within 24 hours.
    Fix: Download the result of one of these jobs, or send the request again after `Retry-After`.
    Try: curl --json '{"password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN" $BASE/users/me/exports
    """


def begin(user):
    """Start the job that exports the data of a person, who is locked, or return the one that is open."""
    jobs = list(Job.recent(KIND, user, now() - A_DAY))
    if jobs and jobs[0].is_open:
        return jobs[0]
    if len(jobs) >= MAX_EXPORTS_PER_DAY:
        oldest = jobs[MAX_EXPORTS_PER_DAY - 1].created_at
        seconds = (oldest + A_DAY - now()).total_seconds()
        raise ExportLimitReached(f"The oldest export was requested at {oldest:%F %R} UTC.", seconds=seconds)
    job = Job.begin(KIND, user)
    current().note("user.export_requested", user, [], current().represent(user))
    SecurityEntry.note("user.export_requested", user_id=user.id, job_id=job.id)
    defer("personal_data_exports.export", job_id=job.id)
    return job


def give_up_lost():
    """Mark jobs that no worker runs any more as failed."""
    for job in Job.lost(KIND, now() - LOST):
        job.fail("The export failed. Request it again.")
