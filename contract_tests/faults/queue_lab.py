"""Workers with tasks that tell what they do, as a process that may be stopped and killed.

``python -m contract_tests.faults.queue_lab URL QUEUE WORKERS THREADS``: so many workers, with so many threads each.  A line
on standard output tells of each attempt; a line on standard input lets those go on that wait.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg2

from handlers.workers import batches
from handlers.workers.registry import Backoff, queue_task, transaction
from models.base.database import database

ROOT = Path(__file__).parents[2]
QUICKLY = Backoff(first=0.1, longest=0.2)
SILENCE_SECONDS, SWEEP_SECONDS, POLL_SECONDS, DRAIN_SECONDS = 1.5, 0.2, 0.2, 1.0
POISON_ATTEMPTS = 3
TABLES = """
create schema if not exists queue_lab;
create table if not exists queue_lab.effects (key text, attempt integer, at timestamptz default clock_timestamp());
create table if not exists queue_lab.attempts (key text);
"""
go_on = threading.Event()


def attempt_at(key):
    """The number of this attempt, which is told."""
    with transaction():
        database.run("insert into queue_lab.attempts values (%s)", (key,))
        ((number,),) = database.rows("select count(*) from queue_lab.attempts where key = %s", (key,))
    print(f"{key} {number}", flush=True)
    return number


def store(key, number):
    database.run("insert into queue_lab.effects (key, attempt) values (%s, %s)", (key, number))


@queue_task(backoff=QUICKLY)
def effect(key):
    store(key, 1)


@queue_task(backoff=QUICKLY, manages_transactions=True)
def first_never_ends(key):
    """Its first attempt lasts until the process is killed."""
    number = attempt_at(key)
    if number == 1:
        threading.Event().wait()
    with transaction():
        store(key, number)


@queue_task(backoff=QUICKLY)
def waits(key):
    """Stores its effect, tells of it, and goes on when it is told to, in one transaction."""
    database.run("insert into queue_lab.attempts values (%s)", (key,))
    store(key, 1)
    print(key, flush=True)
    go_on.wait()


@queue_task(backoff=QUICKLY, attempts=POISON_ATTEMPTS, manages_transactions=True)
def poison(key):
    attempt_at(key)
    os.kill(os.getpid(), signal.SIGKILL)


@queue_task(backoff=QUICKLY, manages_transactions=True, time_limit=0.3)
def overruns(key):
    """Its first attempt does not end before its time limit."""
    number = attempt_at(key)
    if number == 1:
        threading.Event().wait()
    with transaction():
        store(key, number)


@queue_task(backoff=QUICKLY, manages_transactions=True)
def counts(job_id, key, killed_at):
    """Stores the items 0 to 9 in batches of two; the process is killed once, in the middle of the batch of ``killed_at``."""
    number = attempt_at(key)

    def batch(job):
        first = job.cursor or 0
        for item in (first, first + 1):
            store(f"{key} {item}", number)
            if item == killed_at and number == 1:
                os.kill(os.getpid(), signal.SIGKILL)
        return batches.Batch(first + 2 if first < 8 else None, 2)

    batches.run_in_batches(job_id, batch)


class Lab:
    """The process.  ``next_line()`` waits for its next line, ``go_on()`` lets what waits go on."""

    def __init__(self, database_url, queue, *, workers=1, threads=1):
        command = [sys.executable, "-m", "contract_tests.faults.queue_lab", database_url, queue]
        self.process = subprocess.Popen(
            [*command, str(workers), str(threads)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def next_line(self):
        return self.process.stdout.readline().strip()

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def end(self):
        """End it in order; the exit code."""
        self.process.terminate()
        self.process.communicate(timeout=30)
        return self.process.returncode


def dies_in_a_transaction(database_url, queue, key):
    """Stores an effect and enqueues a task, as a process that is killed before the commit."""
    connection = psycopg2.connect(database_url)
    with connection.cursor() as cursor:
        cursor.execute("insert into queue_lab.effects (key) values (%s)", (key,))
        cursor.execute(
            "select remit_enqueue(%s, 'queue_lab.effect', %s, null, null, null, null)",
            (queue, f'{{"key": "{key}"}}'),
        )
    os.kill(os.getpid(), signal.SIGKILL)


def main(database_url, queue, workers, threads):
    from handlers.workers.registry import QUEUE_TASKS
    from handlers.workers.worker import Worker, WorkerConfig

    # A module that is run has another name than one that is imported.
    for name in [name for name in QUEUE_TASKS if name.startswith("__main__.")]:
        renamed = name.replace("__main__", "queue_lab")
        QUEUE_TASKS[renamed] = QUEUE_TASKS.pop(name)._replace(name=renamed)
    database.configure(database_url, statement_ms=60_000, application="remit worker")
    config = WorkerConfig(
        int(threads), DRAIN_SECONDS, POLL_SECONDS, 0.3, SILENCE_SECONDS, SWEEP_SECONDS, 0.1, queue
    )
    running = [Worker(config=config) for _ in range(int(workers))]
    signal.signal(signal.SIGTERM, lambda *_: [worker.stop() for worker in running])
    threading.Thread(target=listen, daemon=True).start()
    for worker in running[1:]:
        threading.Thread(target=worker.run, daemon=True).start()
    os._exit(0 if running[0].run() else 3)


def listen():
    while sys.stdin.readline():
        go_on.set()


if __name__ == "__main__":
    main(*sys.argv[1:])
