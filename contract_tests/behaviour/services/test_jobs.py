"""Jobs: long work for a person, its progress and its result."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from handlers.gateways import files
from handlers.workers import upkeep
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.services.jobs import Job


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


def acting(person, act):
    """What ``act(job)`` answers about a new job of the person, in a transaction; and the id of the job."""
    with database.connection_context(), database.transaction(), UnitOfWork():
        job = Job.begin("export", person.person.id)
        return act(job), job.id


def after_each(person, *steps):
    """The job, as its person reads it after each step."""
    read = []
    for count in range(len(steps) + 1):
        _, id = acting(person, lambda job, done=steps[:count]: [step(job) for step in done])
        read.append(person.get(f"/jobs/{id}").json())
    return read


def test_progress_is_read_as_it_is_made(person):
    waiting, running, further, failed = after_each(
        person,
        lambda job: job.start("Counting"),
        lambda job: job.advance(40, "Tasks"),
        lambda job: job.fail("There is no room."),
    )
    states = [
        (job["status"], job["progress"], job["message"], job["version"])
        for job in (waiting, running, further, failed)
    ]
    assert states == [
        ("waiting", 0, None, 1),
        ("running", 0, "Counting", 2),
        ("running", 40, "Tasks", 3),
        ("failed", 40, "There is no room.", 4),
    ]


def test_a_result_is_fetched_by_its_name(person):
    id = factories.job(person.person.id, result=b"PK\0\xff")
    job = person.get(f"/jobs/{id}").json()
    assert (job["status"], job["progress"], job["result_name"], job["result_bytes"]) == (
        "succeeded",
        100,
        "export.zip",
        4,
    )
    result = person.get(f"/jobs/{id}/result")
    assert (result.content, result.headers["Content-Type"]) == (b"PK\0\xff", "application/zip")
    assert result.headers["Content-Disposition"] == 'attachment; filename="export.zip"'
    again = person.get(f"/jobs/{id}/result", headers={"If-None-Match": result.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_result_is_a_file_that_nobody_else_can_read(person):
    factories.job(person.person.id, result=b"mine")
    newest = max(files.folder().iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert newest.stat().st_mode & 0o777 == 0o600
    assert files.folder().stat().st_mode & 0o777 == 0o700


def test_there_is_no_result_before_the_end(person):
    id = factories.job(person.person.id, result=None)
    answer = person.get(f"/jobs/{id}/result")
    assert refused(answer) == (404, "job_not_finished")
    assert answer.json()["retryable"]


def test_there_is_no_result_of_what_failed(person):
    _, id = acting(person, lambda job: job.fail("No."))
    assert refused(person.get(f"/jobs/{id}/result")) == (404, "job_without_result")


def test_a_result_expires_and_is_removed(person):
    id = factories.job(person.person.id)
    with database.connection_context():
        database.run("update jobs set expires_at = now() where id = %s", (id,))
        ((file,),) = database.rows("select result_file from jobs where id = %s", (id,))
        assert refused(person.get(f"/jobs/{id}/result")) == (404, "job_without_result")
        assert files.size(file)
        upkeep.remove_files()
        assert files.body(file) is None
    assert refused(person.get(f"/jobs/{id}/result")) == (404, "job_without_result")
    assert person.get(f"/jobs/{id}").json()["result_name"] == "export.zip"


def test_a_file_that_is_gone_is_no_result(person):
    id = factories.job(person.person.id)
    with database.connection_context():
        ((file,),) = database.rows("select result_file from jobs where id = %s", (id,))
    files.remove(file)
    assert refused(person.get(f"/jobs/{id}/result")) == (404, "job_without_result")


def test_what_is_finished_stays_as_it_is(person):
    """An attempt that wakes up late changes nothing."""

    def twice(job):
        late = Job.get_by_id(job.id)
        assert job.succeed("first.csv", "0" * 32, 1)
        return [late.start(), late.advance(50), late.fail("Late."), late.succeed("late.csv", "1" * 32, 2)]

    answers, id = acting(person, twice)
    assert answers == [False] * 4
    assert person.get(f"/jobs/{id}").json()["result_name"] == "first.csv"


def test_an_attempt_begins_again_where_another_died(person):
    _, id = acting(person, lambda job: (job.start(), job.advance(90), job.start("Again")))
    job = person.get(f"/jobs/{id}").json()
    assert (job["status"], job["progress"], job["message"]) == ("running", 0, "Again")


def test_jobs_are_listed_newest_first_and_only_to_their_person(person, owner):
    ids = [factories.job(person.person.id) for _ in range(3)]
    page = person.get("/jobs", params={"include": "total", "limit": 2}).json()
    assert [job["id"] for job in person.everything("/jobs")] == ids[::-1]
    assert (len(page["items"]), page["total"]) == (2, 3)
    assert refused(owner.get(f"/jobs/{ids[0]}")) == (404, "not_found")
    assert refused(owner.get(f"/jobs/{ids[0]}/result")) == (404, "not_found")
    assert not {job["id"] for job in owner.everything("/jobs")} & set(ids)


def test_a_key_needs_the_scope_of_the_account(person):
    id = factories.job(person.person.id)
    assert factories.api_key(person, "account:read").get(f"/jobs/{id}/result").status_code == 200
    other = factories.api_key(person, "tasks:read").get(f"/jobs/{id}/result")
    assert other.json()["permission"] == "account:read"


def test_an_unchanged_job_is_not_sent_again(person):
    id = factories.job(person.person.id, result=None)
    etag = person.get(f"/jobs/{id}").headers["ETag"]
    assert person.get(f"/jobs/{id}", headers={"If-None-Match": etag}).status_code == 304
    with database.connection_context(), database.transaction(), UnitOfWork():
        Job.get_by_id(id).advance(10)
    assert person.get(f"/jobs/{id}", headers={"If-None-Match": etag}).json()["progress"] == 10
