"""The queue: keys of which one job waits, priorities, retries, and jobs that are forgotten."""

import threading

import pytest

from handlers.workers import outcomes, registry
from handlers.workers.registry import Backoff, QueueTask
from models.base import queue
from models.base.database import BATCH_ROWS, database
from models.base.queue import Ticket


@pytest.fixture(autouse=True)
def queue_name(database_url, monkeypatch):
    """A queue of these tests, which no worker reads."""
    monkeypatch.setattr(queue, "QUEUE", "tests")
    with database.connection_context():
        yield
        database.run("delete from procrastinate_jobs where queue_name = 'tests'")
        database.run("delete from queue_tasks where name like 'proof.%%'")


def waiting():
    sql = "select id, args from procrastinate_jobs where queue_name = 'tests' and status = 'todo' order by id"
    return database.rows(sql)


def fetched():
    """The task and the ticket of the job that a worker without a registration takes next."""
    sql = "select id, worker_id, attempts, task_name from procrastinate_fetch_job_v2(array['tests'], null)"
    ((*ticket, name),) = database.rows(sql)
    return name, Ticket(*ticket)


def test_of_a_key_one_job_waits():
    with database.transaction():
        first = queue.defer("proof.index", unique="task 1", number=1)
        assert queue.defer("proof.index", unique="task 1", number=2) == first
        assert queue.defer("proof.index", unique="task 2", number=3) != first
    assert [arguments["number"] for _, arguments in waiting()] == [1, 3]


def test_a_job_that_runs_does_not_stand_for_what_comes_later():
    first = queue.defer("proof.index", unique="task 1")
    fetched()
    assert queue.defer("proof.index", unique="task 1") != first


def test_no_worker_takes_a_waiting_job_before_the_transaction_that_found_it_ends(database_url):
    """Else the job would not see what this transaction does, and nobody would look again."""
    job = queue.defer("proof.index", unique="task 1")
    seen = []

    def fetch():
        with database.connection_context():
            sql = "select id from procrastinate_fetch_job_v2(array['tests'], null)"
            seen.extend(id for (id,) in database.rows(sql))

    for _ in range(2):
        with database.transaction():
            if not seen:
                assert queue.defer("proof.index", unique="task 1") == job
            thread = threading.Thread(target=fetch)
            if not seen:
                thread.start()
                thread.join()
    assert seen == [None]
    assert fetched()[1].job_id == job


def test_the_earlier_time_holds():
    later = "2999-01-01T00:00:00Z"
    job = queue.defer("proof.digest", unique="digest 1", at=later)
    queue.defer("proof.digest", unique="digest 1")
    assert fetched()[1].job_id == job


def test_a_failed_attempt_is_merged_with_the_job_of_its_key_that_waits():
    queue.defer("proof.index", unique="task 1")
    _, ticket = fetched()
    other = queue.defer("proof.index", unique="task 1")
    assert ticket.retry_later(0, "ValueError: No.")
    assert [id for id, _ in waiting()] == [other]
    _, again = fetched()
    queue.defer("proof.index", unique="task 1")
    assert again.requeue()
    assert len(waiting()) == 1


def test_jobs_of_a_higher_priority_start_first():
    queue.register({"proof.urgent": registry.URGENT, "proof.upkeep": registry.UPKEEP})
    for name in ("proof.upkeep", "proof.unknown", "proof.urgent"):
        queue.defer(name)
    queue.defer("proof.upkeep", priority=20)
    order = [fetched()[0] for _ in range(4)]
    assert order == ["proof.upkeep", "proof.urgent", "proof.unknown", "proof.upkeep"]


def test_a_reason_tells_neither_addresses_nor_credentials():
    error = ValueError("ada@example.org refused https://x.example/?token=abc&n=1\nDETAIL: Key (email)=(…)")
    expected = "ValueError: [address] refused https://x.example/?token=[hidden]&n=1"
    assert outcomes.reason(error) == expected


def test_pauses_grow_as_the_task_declares_and_differ_by_chance():
    backoff = Backoff(first=1, longest=100, factor=3)
    assert [backoff.pause(attempts, lambda: 1) for attempts in (1, 2, 3, 9)] == [1, 3, 9, 100]
    assert [backoff.pause(attempts, lambda: 0) for attempts in (1, 2)] == [0.5, 1.5]
    task = QueueTask("proof.unlucky", print, attempts=2, backoff=backoff)
    queue.defer("proof.unlucky")
    _, ticket = fetched()
    outcomes.fail(ticket, task.name, task, "ValueError: No.")
    sql = """select extract(epoch from scheduled_at - now())::float from procrastinate_jobs
        where queue_name = 'tests'"""
    ((seconds,),) = database.rows(sql)
    assert 0 < seconds <= 1


ENDED = """
with job as (
    insert into procrastinate_jobs (queue_name, task_name, status) select 'tests', 'proof.old', %s::procrastinate_job_status
    from generate_series(1, %s) returning id
)
insert into procrastinate_events (job_id, type, at)
select id, type::procrastinate_job_event_type, now() - days * interval '1 day'
from job, (values {events}) as event (type, days)
"""


def ended(status, *events, count=1):
    values = ", ".join(f"('{kind}', {days})" for kind, days in events)
    database.run(ENDED.format(events=values), (status, count))


def left():
    sql = "select status::text, count(*) from procrastinate_jobs where task_name = 'proof.old' group by 1"
    return dict(database.rows(sql))


def test_jobs_are_forgotten_in_batches_and_a_retried_one_hides_no_older_ones():
    ended("succeeded", ("failed", 20), ("retried", 1), ("succeeded", 1))  # retried: it ended a day ago
    ended("succeeded", ("succeeded", 8), count=BATCH_ROWS + 1)
    ended("aborted", ("aborted", 8))
    ended("failed", ("failed", 8))
    ended("doing", ("succeeded", 8))
    queue.forget_jobs(succeeded_days=7, failed_days=90)
    assert left() == {"succeeded": 1, "failed": 1, "doing": 1}
    queue.forget_jobs(succeeded_days=7, failed_days=7)
    assert left() == {"succeeded": 1, "doing": 1}


def test_a_job_of_its_key_that_comes_at_the_same_moment_ends_a_failed_attempt():
    """The unique index sees what the statement did not: it is committed while the statement waits for it."""
    queue.defer("proof.index", unique="task 1")
    _, ticket = fetched()
    begun, committed = threading.Event(), []

    def enqueue():
        with database.connection_context(), database.transaction():
            committed.append(queue.defer("proof.index", unique="task 1"))
            begun.set()
            waits = "select count(*) from pg_locks where locktype = 'transactionid' and not granted"
            while not database.rows(waits)[0][0]:
                pass

    thread = threading.Thread(target=enqueue)
    thread.start()
    begun.wait(10)
    assert ticket.retry_later(0, "ValueError: No.")
    thread.join()
    assert [id for id, _ in waiting()] == committed
