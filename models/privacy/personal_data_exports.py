"""Exports of personal data: a job that tells a person everything that is stored of them."""

from datetime import timedelta

from models.base.errors import QuotaExceeded
from models.base.jobs import defer
from models.base.work import current, now
from models.platform.security_log import SecurityEntry
from models.services.jobs import Job

KIND = "personal_data_export"
MOST = 3  # in a day
A_DAY = timedelta(days=1)
LOST = timedelta(hours=6)  # without a step forward


class ExportLimitReached(QuotaExceeded):
    """Daily export limit reached.

    Cause: your personal data was exported three times within 24 hours.
    Fix: fetch the result of one of these jobs, or ask again after `Retry-After`.
    Try: curl --json '{"password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN" $BASE/users/me/exports
    """


def begin(user):
    """The job that exports what is stored of a person, who is locked; the one that is under way when there is one."""
    found = list(Job.recent(KIND, user, now() - A_DAY))
    if found and found[0].is_open:
        return found[0]
    if len(found) >= MOST:
        oldest = found[MOST - 1].created_at
        seconds = (oldest + A_DAY - now()).total_seconds()
        raise ExportLimitReached(f"The oldest was asked for at {oldest:%F %R} UTC.", seconds=seconds)
    job = Job.begin(KIND, user)
    current().note("user.export_requested", user, [], current().represent(user))
    SecurityEntry.note("user.export_requested", user_id=user.id, job_id=job.id)
    defer("personal_data_exports.export", job_id=job.id)
    return job


def give_up_lost():
    """Tell who waits for a job that nobody works on any more."""
    for job in Job.lost(KIND, now() - LOST):
        job.fail("It could not be made. Ask for it again.")
