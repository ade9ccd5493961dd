"""Long work in batches: each is stored with how far the job is, once, whatever becomes of attempts."""

import contextlib
import threading

import pytest

from contract_tests.faults import queue_lab
from contract_tests.support import factories
from handlers.workers import batches, registry
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.services.jobs import Job


@pytest.fixture(autouse=True)
def connected(database_url):
    with database.connection_context():
        yield


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous).person


@pytest.fixture
def effects():
    """The keys of the effects that were stored."""
    database.run(queue_lab.TABLES)
    yield lambda: [key for (key,) in database.rows("select key from queue_lab.effects order by key")]
    database.run("drop schema queue_lab cascade")


def begun(person, total=None):
    with database.transaction(), UnitOfWork():
        return Job.begin("import", person.id, total=total).id


def in_twos(job):
    first = job.cursor or 0
    for item in (first, first + 1):
        queue_lab.store(str(item), 1)
    return batches.Batch(first + 2 if first < 4 else None, 2, f"{first + 2} of 6")


def progress(job):
    return database.rows("select status, progress, done, cursor from jobs where id = %s", (job,))


def test_batches_store_how_far_they_are(person, effects):
    job, seen = begun(person, total=6), []

    def watched(row):
        seen.append((row.progress, row.done, row.cursor))
        return in_twos(row)

    assert batches.run_in_batches(job, watched)
    assert seen == [(0, 0, None), (33, 2, 2), (66, 4, 4)]
    assert (progress(job), effects()) == ([("succeeded", 100, 6, None)], list("012345"))
    assert not batches.run_in_batches(job, watched)
    assert effects() == list("012345")


def test_a_batch_that_fails_is_done_again_and_the_others_are_not(person, effects):
    job, failed = begun(person), []

    def unlucky(row):
        done = in_twos(row)
        if row.cursor == 2 and not failed:
            failed.append(True)
            raise ZeroDivisionError
        return done

    with pytest.raises(ZeroDivisionError):
        batches.run_in_batches(job, unlucky)
    assert (progress(job)[0][2:], effects()) == ((2, 2), ["0", "1"])
    assert batches.run_in_batches(job, unlucky)
    assert (progress(job)[0][2], effects()) == (6, list("012345"))


def test_a_batch_that_another_attempt_has_stored_is_rolled_back(person, effects):
    """An attempt that was thought dead, and the one that follows it, count nothing twice."""
    job, others = begun(person), []

    def overtaken(row):
        if not others:
            others.append(threading.Thread(target=one_batch, args=(job,)))
            others[0].start()
            others[0].join()
        return in_twos(row)

    def one_batch(job):
        def once(row):
            if row.cursor:
                raise ZeroDivisionError
            return in_twos(row)

        with database.connection_context(), contextlib.suppress(ZeroDivisionError):
            batches.run_in_batches(job, once)

    assert batches.run_in_batches(job, overtaken)
    assert (progress(job)[0][2], effects()) == (6, list("012345"))


def test_a_cancelled_job_keeps_its_finished_batches_alone(person, effects):
    job = begun(person)

    def cancelled(row):
        if row.cursor == 2:
            thread = threading.Thread(target=cancel, args=(job,))
            thread.start()
            thread.join()
        return in_twos(row)

    def cancel(job):
        with database.connection_context(), registry.transaction():
            Job.get_by_id(job).cancel()

    assert not batches.run_in_batches(job, cancelled)
    assert (progress(job), effects()) == ([("cancelled", 0, 2, 2)], ["0", "1"])
