"""Exports of personal data: everything that is stored of a person, as an archive."""

import time
from concurrent.futures import ThreadPoolExecutor

from handlers.gateways import files
from handlers.gateways.archives import Archive
from handlers.workers.registry import job, transaction
from models.base.database import database
from models.base.settings import settings
from models.base.work import current, now
from models.identity.users import User
from models.platform.events import Event
from models.platform.mails import Mail
from models.privacy import personal_data_exports
from models.privacy.exporting import parts
from models.services.jobs import Job
from security import policy
from security.disclosure import disclosed
from security.standing_in import caller_for

ATTEMPTS = 6  # within three minutes
BATCH = 500  # rows in memory
PAUSE = 1.0  # seconds between two words of progress
HOURLY = "41 * * * *"
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


@job(attempts=ATTEMPTS, outside=True)
def export(job_id):
    """Make the archive, and write to the person.  It is read in one snapshot, and told in rows of ``BATCH``."""
    with transaction():
        found = Job.get_or_none(Job.id == job_id)
        if found is None or not found.start("Reading"):
            return
    try:
        with (
            files.new() as (name, file),
            Archive(file) as archive,
            _Progress(job_id) as progress,
            transaction(),
        ):
            database.execute_sql("set transaction isolation level repeatable read, read only")
            _write(archive, User.get_by_id(found.user_id), progress)
    except Abandoned:
        return
    with transaction():
        is_kept = _is_kept(found, name)
    if not is_kept:
        files.remove(name)


@job(cron=HOURLY, attempts=3)
def give_up_lost():
    """Exports that nobody works on any more."""
    personal_data_exports.give_up_lost()


def _is_kept(found, name):
    """Finish the job and write to the person; false when nobody is there any more who waits for it."""
    user = User.get_by_id(found.user_id)
    if user.erased_at or not found.succeed("remit-export.zip", name, files.size(name)):
        return False
    if user.email:
        told = {
            "url": f"{settings().public_url}/api/v1/jobs/{found.id}/result",
            "expires_at": found.expires_at.isoformat(),
        }
        Mail.write(user.email, "export_ready", locale=user.locale, user_id=user.id, **told)
    return True


def _write(archive, user, progress):
    made_at, caller = now(), caller_for(user)
    progress.total = sum(_count(part, user) for part in parts())
    for part in parts():
        archive.add(part.file, progress.counting(_told(part, user, caller), part.file))
    told = made_at.isoformat().replace("+00:00", "Z")
    readme = README.format(made_at=told, url=settings().public_url)
    archive.finish(readme, user_id=user.id, made_at=told)


def _count(part, user):
    sql, parameters = part.query(user).sql()
    return database.rows(f"select count(*) from ({sql}) as found", parameters)[0][0]


def _told(part, user, caller):
    """What is told of each row of a part."""
    sql, parameters = part.query(user).sql()
    database.execute_sql(f"declare part no scroll cursor for {sql}", parameters)
    while True:
        cursor = database.execute_sql(f"fetch {BATCH} from part")
        rows = part.rows(tuple(column.name for column in cursor.description), cursor.fetchall())
        for row in disclosed(caller, rows) if part.table is Event else rows:
            yield _shown(part, row, caller)
        if len(rows) < BATCH:
            break
    database.execute_sql("close part")


def _shown(part, row, caller):
    """A row as the contract shows it; None for one that the person may not know of (any more)."""
    told = current().represent(row, part.export.schema) if part.export.schema else {}
    told |= {name: getattr(row, name) for name in part.export.columns}
    if (
        part.export.permission is None
        or policy.allows(part.export.permission, caller, row)
        or _is_own_act(part, row, caller)
    ):
        return told
    return {**told, **dict.fromkeys(part.export.withheld)} if part.export.withheld else None


def _is_own_act(part, row, caller):
    """Whether it was the person who did it, from where the person was."""
    return part.export.permission == "security_log.read" and row.actor_id == caller.user_id


class _Progress:
    """Tells the job how far it is, from a thread and so by a connection of its own: the export reads in one transaction."""

    def __init__(self, job_id):
        self.job_id, self.total, self.done, self.told_at = job_id, 0, 0, 0.0
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="progress")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.submit(database.close).result()
        self.thread.shutdown()

    def counting(self, values, what):
        """The values that are told, counted."""
        for value in values:
            self.done += 1
            if time.monotonic() - self.told_at >= PAUSE:
                self.thread.submit(self._tell, what).result()
                self.told_at = time.monotonic()
            if value is not None:
                yield value

    def _tell(self, what):
        with transaction():
            found = Job.get_or_none(Job.id == self.job_id)
            percent = min(99, 100 * self.done // max(1, self.total))
            if found is None or not found.advance(percent, what):
                raise Abandoned
