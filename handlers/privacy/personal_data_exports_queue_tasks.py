"""Exports of personal data: everything that is stored of a person, as an archive."""

import time
from concurrent.futures import ThreadPoolExecutor

from handlers.gateways import files
from handlers.gateways.archives import Archive
from handlers.workers.registry import HOUR_SECONDS, queue_task, transaction
from models.base.database import database
from models.base.settings import settings
from models.base.unit_of_work import current, now
from models.identity.users import User
from models.platform.events import Event
from models.platform.mails import Mail
from models.privacy import personal_data_exports
from models.privacy.export_parts import parts
from models.services.jobs import Job
from security import policy
from security.disclosure import disclosed
from security.on_behalf import caller_on_behalf_of

MAX_ATTEMPTS = 6  # within three minutes
BATCH_ROWS = 500  # in memory
PROGRESS_SECONDS = 1.0  # between two reports of progress to the job
HOURLY_AT_41 = "41 * * * *"
README = """Your data at Remit
==================

This archive contains all your personal data at one moment: {made_at}.

Each file is a list in JSON (RFC 8259); manifest.json contains their counts and SHA-256. Rows that the API returns have the same
shape as in the API: {url}/docs

Passwords, secrets, and tokens are not included; only their digests are stored. For organizations that you have left, it contains
what you did and when, but not their data.
"""


class Abandoned(Exception):
    """Nobody waits for the export any more: its person was erased, or another attempt has finished it."""


@queue_task(attempts=MAX_ATTEMPTS, manages_transactions=True, time_limit=4 * HOUR_SECONDS)
def export(job_id):
    """Make the archive, and write to the person.  It is read in one snapshot, ``BATCH_ROWS`` at a time."""
    with transaction():
        job = Job.get_or_none(Job.id == job_id)
        if job is None or not job.start("Reading"):
            return
    try:
        with (
            files.new() as (name, file),
            Archive(file) as archive,
            _Progress(job_id) as progress,
            transaction(),
        ):
            database.execute_sql("set transaction isolation level repeatable read, read only")
            _write(archive, User.get_by_id(job.user_id), progress)
    except Abandoned:
        return
    with transaction():
        is_finished = _finish(job, name)
    if not is_finished:
        files.remove(name)


@queue_task(cron=HOURLY_AT_41, attempts=3)
def give_up_lost():
    """Exports that nobody works on any more."""
    personal_data_exports.give_up_lost()


def _finish(job, name):
    """Finish the job with the file ``name`` and write to the person; false when the job or the person is gone."""
    user = User.get_by_id(job.user_id)
    if user.erased_at or not job.succeed("remit-export.zip", name, files.size(name)):
        return False
    if user.email:
        facts = {
            "url": f"{settings().public_url}/api/v1/jobs/{job.id}/result",
            "expires_at": job.expires_at.isoformat(),
        }
        Mail.write(user.email, "export_ready", locale=user.locale, user_id=user.id, **facts)
    return True


def _write(archive, user, progress):
    made_at, caller = now(), caller_on_behalf_of(user)
    progress.total = sum(_count(part, user) for part in parts())
    for part in parts():
        archive.add(part.file, progress.counting(_disclosed_rows(part, user, caller), part.file))
    moment = made_at.isoformat().replace("+00:00", "Z")
    readme = README.format(made_at=moment, url=settings().public_url)
    archive.finish(readme, user_id=user.id, made_at=moment)


def _count(part, user):
    sql, parameters = part.query(user).sql()
    return database.rows(f"select count(*) from ({sql}) as found", parameters)[0][0]


def _disclosed_rows(part, user, caller):
    """Each row of a part as the person may see it, a batch at a time."""
    sql, parameters = part.query(user).sql()
    database.execute_sql(f"declare part no scroll cursor for {sql}", parameters)
    while True:
        cursor = database.execute_sql(f"fetch {BATCH_ROWS} from part")
        rows = part.rows(tuple(column.name for column in cursor.description), cursor.fetchall())
        for row in disclosed(caller, rows) if part.table is Event else rows:
            yield _content(part, row, caller)
        if len(rows) < BATCH_ROWS:
            break
    database.execute_sql("close part")


def _content(part, row, caller):
    """A row as the contract shows it; None for one that the person may not know of (any more)."""
    content = current().represent(row, part.export.schema) if part.export.schema else {}
    content |= {name: getattr(row, name) for name in part.export.columns}
    if (
        part.export.permission is None
        or policy.allows(part.export.permission, caller, row)
        or _is_own_act(part, row, caller)
    ):
        return content
    return {**content, **dict.fromkeys(part.export.withheld)} if part.export.withheld else None


def _is_own_act(part, row, caller):
    """Whether it was the person who did it, from where the person was."""
    return part.export.permission == "security_log.read" and row.actor_id == caller.user_id


class _Progress:
    """Tells the job how far it is, from a thread and so by a connection of its own: the export reads in one transaction."""

    def __init__(self, job_id):
        self.job_id, self.total, self.done, self.reported_at = job_id, 0, 0, 0.0
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="progress")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.submit(database.close).result()
        self.thread.shutdown()

    def counting(self, values, what):
        """The values that are not None; all of them are counted, and the job learns of it each ``PROGRESS_SECONDS``."""
        for value in values:
            self.done += 1
            if time.monotonic() - self.reported_at >= PROGRESS_SECONDS:
                self.thread.submit(self._report, what).result()
                self.reported_at = time.monotonic()
            if value is not None:
                yield value

    def _report(self, what):
        with transaction():
            job = Job.get_or_none(Job.id == self.job_id)
            percent = min(99, 100 * self.done // max(1, self.total))
            if job is None or not job.advance(percent, what):
                raise Abandoned
