"""Dead letters on the command line of ``scripts/work``: listed, replayed, discarded."""

import argparse

from models.base import dead_letters
from models.base.database import database
from models.base.dead_letters import NoDeadLetter, TaskGone
from models.base.settings import settings


def handle(options: argparse.Namespace) -> int:
    """Do what was asked for, and return the exit code."""
    database.configure(settings().database_url, application="remit operators")
    with database.connection_context():
        try:
            if options.replay is not None:
                print(f"Enqueued again, as job {dead_letters.replay(database, options.replay)}.")
            elif options.discard is not None:
                dead_letters.discard(database, options.discard)
                print("Discarded.")
            else:
                _list()
        except (NoDeadLetter, TaskGone) as refusal:
            print(refusal)
            return 1
    return 0


def _list() -> None:
    letters = dead_letters.newest(database)
    for letter in letters:
        note = "" if letter.can_be_replayed else "  (no worker has this task)"
        print(
            f"{letter.job_id:>10}  {letter.failed_at:%F %R} UTC  {letter.name}  {letter.attempts}  {letter.reason}{note}"
        )
    if not letters:
        print("There are no dead letters.")
