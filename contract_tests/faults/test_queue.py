"""The queue, J1 to J6 of its proof: whatever is killed, stopped or rolled back, each task has its effect once."""

import contextlib
import itertools
import multiprocessing
import os
import random
import signal
import threading
import time

import pytest

from contract_tests.faults import queue_lab
from contract_tests.faults.queue_lab import Lab
from contract_tests.support import factories
from contract_tests.support.previous_release import until
from models.base import queue
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.services.jobs import Job

pytestmark = pytest.mark.slow
SEED = 31
PROMPT_SECONDS = 2  # beyond what a lease takes to expire and be noticed
LEASE_SECONDS = queue_lab.SILENCE_SECONDS + queue_lab.SWEEP_SECONDS + queue_lab.POLL_SECONDS
_numbers = itertools.count(1)


@pytest.fixture
def name(database_url, monkeypatch):
    """The name of a queue of this test alone, in which tasks are enqueued."""
    new_name = f"lab-{os.getpid()}-{next(_numbers)}"
    monkeypatch.setattr(queue, "QUEUE", new_name)
    with database.connection_context():
        database.run(queue_lab.TABLES)
        database.run("truncate queue_lab.effects, queue_lab.attempts")
        yield new_name
        database.run("delete from procrastinate_jobs where queue_name = %s", (new_name,))
        database.run("delete from dead_letters where name like 'queue_lab.%%'")
        database.run("drop schema queue_lab cascade")


@pytest.fixture
def lab(database_url, name):
    """Starts workers of the queue, which are killed at the end of the test."""
    with contextlib.ExitStack() as stack:

        def start(**options):
            started = Lab(database_url, name, **options)
            stack.callback(started.kill)
            return started

        yield start


@pytest.fixture
def is_long(request):
    return request.config.getoption("--long")


def effects(key="%"):
    sql = "select key, attempt from queue_lab.effects where key like %s order by key, at"
    return database.rows(sql, (key,))


def jobs(name):
    """``(status, attempts)`` of the jobs of a queue."""
    sql = "select status::text, attempts from procrastinate_jobs where queue_name = %s order by id"
    return database.rows(sql, (name,))


def are_done(name):
    return all(status == "succeeded" for status, _ in jobs(name))


def test_J1_a_job_whose_worker_is_killed_is_done_once_by_another(lab, name, is_long):
    kills, chance, slowest = 200 if is_long else 3, random.Random(SEED), 0.0
    victim = lab()
    for kill in range(kills):
        key = f"job{kill}"
        queue.defer("queue_lab.first_never_ends", key=key)
        assert victim.next_line() == f"{key} 1"
        survivor = lab()
        time.sleep(chance.random() * 0.1)
        ((killed_at,),) = database.rows("select clock_timestamp()")
        victim.kill()
        assert survivor.next_line() == f"{key} 2"
        assert until(lambda: are_done(name))
        ((at,),) = database.rows("select at from queue_lab.effects where key = %s", (key,))
        slowest = max(slowest, (at - killed_at).total_seconds())
        victim = survivor
    print(f"\nJ1: {kills} kills, the slowest takeover after {slowest:.1f} s of {LEASE_SECONDS:.1f} s")
    assert effects() == sorted((f"job{kill}", 2) for kill in range(kills))
    assert slowest <= LEASE_SECONDS + PROMPT_SECONDS


def test_J2_a_worker_that_wakes_up_late_changes_nothing(lab, name):
    stopped = lab()
    queue.defer("queue_lab.waits", key="late")
    assert stopped.next_line() == "late"
    stopped.send(signal.SIGSTOP)
    other = lab()
    assert other.next_line() == "late"  # it has taken over, and is not done yet
    stopped.send(signal.SIGCONT)
    stopped.go_on()
    queue.defer("queue_lab.effect", key="next")  # which the one that woke up does: it has gone on
    assert until(lambda: effects("next"))
    assert effects("late") == []
    assert jobs(name)[0] == ("doing", 1)
    other.go_on()
    assert until(lambda: are_done(name))
    assert (effects("late"), jobs(name)[0]) == ([("late", 1)], ("succeeded", 2))


def test_J3_a_job_that_kills_its_workers_is_given_up_and_others_go_on(lab, name):
    queue.defer("queue_lab.poison", key="poison")
    for number in range(10):
        queue.defer("queue_lab.effect", key=f"other{number}")
    deaths, worker = 0, lab(threads=2)
    given_up = "select 1 from dead_letters where name = 'queue_lab.poison'"
    while deaths <= queue_lab.POISON_ATTEMPTS and not database.rows(given_up):
        if worker.process.poll() is not None:
            deaths, worker = deaths + 1, lab(threads=2)
        time.sleep(0.05)
    assert until(lambda: len(effects("other%")) == 10)
    assert deaths <= queue_lab.POISON_ATTEMPTS
    dead = "select attempts, reason from dead_letters where name = 'queue_lab.poison'"
    assert database.rows(dead) == [(queue_lab.POISON_ATTEMPTS, "Its worker ended.")]
    print(f"\nJ3: given up after {deaths} deaths of workers")


def test_J4_a_task_is_enqueued_if_and_only_if_its_transaction_is_committed(database_url, name):
    with pytest.raises(ZeroDivisionError), database.transaction():
        queue_lab.store("rolled back", 1)
        queue.defer("queue_lab.effect", key="rolled back")
        raise ZeroDivisionError
    assert (effects(), jobs(name)) == ([], [])
    crashing = multiprocessing.get_context("spawn").Process(
        target=queue_lab.dies_in_a_transaction, args=(database_url, name, "crashed")
    )
    crashing.start()
    crashing.join(30)
    assert crashing.exitcode == -signal.SIGKILL
    assert (effects(), jobs(name)) == ([], [])
    with database.transaction():
        queue_lab.store("committed", 1)
        queue.defer("queue_lab.effect", key="committed")
    assert (effects(), jobs(name)) == ([("committed", 1)], [("todo", 0)])


def test_J5_many_producers_and_consumers_do_each_task_once_and_none_starves(lab, name, is_long):
    producers, ids, consumers = (20, 200, 20) if is_long else (5, 80, 4)
    lab(workers=consumers)
    registered = (
        "select count(*) from procrastinate_workers where last_heartbeat > now() - interval '1 second'"
    )
    assert until(lambda: database.rows(registered)[0][0] >= consumers)

    def produce(producer):
        with database.connection_context():
            for number in range(ids):
                queue.defer("queue_lab.effect", key=f"{producer} {number}")

    threads = [threading.Thread(target=produce, args=(producer,)) for producer in range(producers)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert until(lambda: are_done(name), seconds=120)
    seconds = time.monotonic() - began
    expected = {f"{producer} {number}" for producer in range(producers) for number in range(ids)}
    done = [key for key, _ in effects()]
    assert len(done) == len(expected) and set(done) == expected
    shares = "select count(*) from procrastinate_jobs where queue_name = %s group by worker_id"
    counts = [count for (count,) in database.rows(shares, (name,))]
    print(f"\nJ5: {len(done)} effects in {seconds:.1f} s by {len(counts)} consumers, {min(counts)} at least")
    assert len(counts) == consumers
    assert min(counts) >= len(done) / consumers / 10


def test_a_kill_in_the_middle_of_a_batch_repeats_that_batch_alone(lab, name, anonymous):
    with database.transaction(), UnitOfWork():
        job = Job.begin("import", factories.newcomer(anonymous).person.id, total=10).id
    queue.defer("queue_lab.counts", job_id=job, key="item", killed_at=5)
    lab().process.wait(30)
    assert [key for key, _ in effects()] == [f"item {number}" for number in range(4)]
    lab()
    assert until(lambda: are_done(name))
    assert effects() == [(f"item {number}", 1 if number < 4 else 2) for number in range(10)]
    counted = "select status, done, progress from jobs where id = %s"
    assert database.rows(counted, (job,)) == [("succeeded", 10, 100)]


def test_a_worker_that_is_to_end_finishes_what_runs_and_begins_nothing(lab, name):
    worker = lab()
    queue.defer("queue_lab.waits", key="running")
    assert worker.next_line() == "running"
    worker.send(signal.SIGTERM)
    queue.defer("queue_lab.effect", key="later")
    worker.go_on()
    assert worker.process.wait(30) == 0
    assert (effects(), jobs(name)) == ([("running", 1)], [("succeeded", 1), ("todo", 0)])


def test_what_does_not_end_in_time_is_requeued_and_no_attempt_is_counted(lab, name):
    worker = lab()
    queue.defer("queue_lab.waits", key="running")
    assert worker.next_line() == "running"
    assert worker.end() == 3  # something still ran
    assert (effects(), jobs(name)) == ([], [("todo", 0)])
    successor = lab()
    assert successor.next_line() == "running"
    successor.go_on()
    assert until(lambda: are_done(name))
    assert effects() == [("running", 1)]


def test_an_attempt_that_exceeds_its_time_limit_is_followed_by_another(lab, name):
    """Its thread is left behind: the worker has another one, even where each thread was left once."""
    worker = lab(threads=3)
    for key in ("a", "b"):
        queue.defer("queue_lab.overruns", key=key)
    assert until(lambda: are_done(name))
    assert (effects(), jobs(name)) == ([("a", 2), ("b", 2)], [("succeeded", 2)] * 2)
    failures = (
        "select reason from queue_failures join procrastinate_jobs on id = job_id where queue_name = %s"
    )
    reasons = {reason for (reason,) in database.rows(failures, (name,))}
    assert reasons == {"TimeLimitExceeded: The attempt took longer than 0.3 s."}
    assert worker.process.poll() is None


def test_a_worker_whose_threads_are_all_left_behind_ends(lab, name):
    worker = lab(threads=2)
    for key in ("a", "b"):
        queue.defer("queue_lab.overruns", key=key)
    assert worker.process.wait(30) == 3
    assert {status for status, _ in jobs(name)} <= {"todo", "succeeded"}
