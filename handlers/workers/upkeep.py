"""Upkeep: deleting what has expired, and indexing tasks that were stored by SQL, by one of the workers at a time."""

from handlers.gateways import files
from handlers.workers import scheduler
from handlers.workers.registry import UPKEEP, queue_task, transaction
from models.access import service_tokens
from models.apps.authorizations import Authorization
from models.base import counters, idempotency, mailbox, queue
from models.base.database import database
from models.base.settings import settings
from models.identity import attempts
from models.platform.mails import Mail
from models.services.jobs import Job
from models.work import task_words

HOURLY_AT_17 = "17 * * * *"
EACH_MINUTE = "* * * * *"
MAX_BATCHES = 50
YOUNG_SECONDS = 3600  # a file that no job has told of yet may still be written to
MAX_MAILBOX_MAILS = 500


@queue_task(cron=HOURLY_AT_17, attempts=3, priority=UPKEEP, manages_transactions=True)
def forget_old() -> None:
    """Answers that are given no more, counters of limits and guesses, uses of service tokens, jobs and
    authorizations that ended, ticks of schedules, sent mails."""
    idempotency.forget_old()
    counters.forget_old()
    attempts.forget_old()
    service_tokens.forget_old()
    Authorization.forget_old()
    scheduler.register()
    queue.forget_jobs(succeeded_days=7, failed_days=90)
    with transaction():
        Mail.forget_old(settings().mail_days)


@queue_task(cron=HOURLY_AT_17, attempts=3, priority=UPKEEP, manages_transactions=True)
def remove_files() -> None:
    """Results that expired, files of jobs that are gone, and all but the newest mails of the mailbox."""
    with transaction():
        expired = list(Job.with_expired_result())
    for job in expired:
        files.remove(job.result_file)
        with transaction():
            job.forget_file()
    with transaction():
        names = {
            name for (name,) in Job.select(Job.result_file).where(Job.result_file.is_null(False)).tuples()
        }
    files.remove_others(names, older_than_seconds=YOUNG_SECONDS)
    mailbox.remove_older(settings().mail_days)
    mailbox.keep_newest(MAX_MAILBOX_MAILS)


@queue_task(cron=EACH_MINUTE, attempts=3, priority=UPKEEP, manages_transactions=True)
def index_tasks() -> None:
    """Tasks that were stored without words: by SQL, or by a server of an earlier release during an upgrade."""
    last = task_words.FIRST
    for _ in range(MAX_BATCHES):
        with transaction():
            last = task_words.index_missing(database, last)
        if last is None:
            break
