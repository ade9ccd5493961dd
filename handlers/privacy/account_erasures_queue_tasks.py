"""Erasures of accounts: destroying what is stored of a person, in small steps that another worker can go on with."""

import logging
from datetime import timedelta

from handlers.gateways import files
from handlers.workers.registry import queue_task, transaction
from models.base import mailbox
from models.base.unit_of_work import now
from models.platform.mails import Mail
from models.privacy.account_erasures import TURNS, AccountErasure
from models.privacy.erasure_steps import steps
from models.services.jobs import Job

log = logging.getLogger("remit.erasures")
TURN_INTERVAL = timedelta(minutes=10)  # as long as a request or a mail may be under way
HOURLY_AT_47 = "47 * * * *"


@queue_task(attempts=20, manages_transactions=True)
def erase(user_id, turn):
    """One turn: files first, then the database, batch by batch, each in a transaction with how far it is."""
    with transaction():
        erasure = AccountErasure.held(user_id, turn)
    if erasure is None:
        return
    _remove_files(erasure)
    while not _step(user_id, turn):
        pass


@queue_task(cron=HOURLY_AT_47, attempts=3)
def take_over():
    """Erasures whose job was given up, or lost."""
    for erasure in AccountErasure.left_behind():
        log.warning(
            "erasure not finished",
            extra={"fault": f"{erasure.user_id}: {len(erasure.steps_done)} steps done"},
        )
        erasure.go_on()


def _remove_files(erasure):
    """Results of the person's jobs, and mails of a demonstration."""
    with transaction():
        jobs = list(Job.select().where(Job.user == erasure.user_id, Job.result_file.is_null(False)))
        mine = (Mail.user_id == erasure.user_id) | (Mail.names_id == erasure.user_id)
        mine = Mail.select(Mail.id).where(mine, Mail.id != erasure.last_mail_id)
        mail_ids = {id for (id,) in mine.tuples()}
    for job in jobs:
        files.remove(job.result_file)
    with transaction():
        Job.delete().where(Job.user == erasure.user_id).execute()
    mailbox.remove_of(mail_ids, set(erasure.addresses), erasure.requested_at)


def _step(user_id, turn):
    """Do a batch; whether the turn has ended."""
    with transaction():
        erasure = AccountErasure.held(user_id, turn)
        if erasure is None:
            return True
        if step := erasure.next_step(steps()):
            erasure.advance(step, step.act(erasure, erasure.position))
            return False
        erasure.end_turn()
        if erasure.turn > TURNS:
            erasure.finish()
            log.info("account erased", extra={"job": "account_erasures.erase"})
        else:
            erasure.go_on(at=now() + TURN_INTERVAL)
        return True
