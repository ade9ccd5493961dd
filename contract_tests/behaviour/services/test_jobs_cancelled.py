"""Cancelling jobs: a waiting one never starts, a running one stops, and what is finished stays."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.queue_tasks import perform
from handlers.gateways import files
from handlers.privacy import personal_data_exports_queue_tasks as exports
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.services.jobs import Job


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


@pytest.fixture
def export(person):
    """The ID of a job that waits."""
    return person.post("/users/me/exports", factories.PROOF).json()["id"]


def status(person, job):
    return person.get(f"/jobs/{job}").json()["status"]


def test_a_waiting_job_never_starts(person, export):
    cancelled = person.put(f"/jobs/{export}/cancellation")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    before = set(files.folder().iterdir()) if files.folder().exists() else set()
    perform("personal_data_exports.export", job_id=export)
    assert status(person, export) == "cancelled"
    assert not files.folder().exists() or set(files.folder().iterdir()) <= before
    assert refused(person.get(f"/jobs/{export}/result")) == (404, "job_without_result")


def test_cancelling_twice_is_cancelling_once(person, export):
    first = person.put(f"/jobs/{export}/cancellation").json()
    assert person.put(f"/jobs/{export}/cancellation").json() == first
    events = person.get("/events", params={"event_type": "user.job_cancelled"}).json()["items"]
    assert len(events) == 1


def test_a_running_job_stops_and_leaves_no_file(person, export, monkeypatch):
    """It is cancelled while the archive is written: at its next report of progress the export ends."""
    monkeypatch.setattr(exports, "PROGRESS_SECONDS", 0)
    rows = exports._disclosed_rows
    read = []

    def cancelled_meanwhile(part, user, caller):
        if not read:
            assert person.put(f"/jobs/{export}/cancellation").status_code == 200
        read.append(part.file)
        return rows(part, user, caller)

    monkeypatch.setattr(exports, "_disclosed_rows", cancelled_meanwhile)
    before = set(files.folder().iterdir()) if files.folder().exists() else set()
    perform("personal_data_exports.export", job_id=export)
    assert len(read) == 1
    assert status(person, export) == "cancelled"
    assert set(files.folder().iterdir()) <= before


def test_a_job_that_is_cancelled_at_its_last_step_keeps_no_file(person, export, monkeypatch):
    finish = exports._finish

    def cancelled_before(job, name):
        assert person.put(f"/jobs/{export}/cancellation").status_code == 200
        return finish(job, name)

    monkeypatch.setattr(exports, "_finish", cancelled_before)
    before = set(files.folder().iterdir()) if files.folder().exists() else set()
    perform("personal_data_exports.export", job_id=export)
    assert status(person, export) == "cancelled"
    assert set(files.folder().iterdir()) <= before


def test_what_is_finished_is_not_cancelled(person):
    done = factories.job(person.person.id)
    assert refused(person.put(f"/jobs/{done}/cancellation")) == (409, "job_already_finished")
    assert status(person, done) == "succeeded"


def test_what_completes_a_change_is_not_cancelled(person):
    with database.connection_context(), database.transaction(), UnitOfWork():
        job = Job.begin("task_release", person.person.id, can_be_cancelled=False).id
    assert person.get(f"/jobs/{job}").json()["can_be_cancelled"] is False
    assert refused(person.put(f"/jobs/{job}/cancellation")) == (409, "job_must_finish")
    assert status(person, job) == "waiting"


def test_only_its_person_cancels_a_job(person, export, owner):
    assert refused(owner.put(f"/jobs/{export}/cancellation")) == (404, "not_found")
    key = factories.api_key(person, "account:read")
    assert refused(key.put(f"/jobs/{export}/cancellation"))[0] == 403
    assert status(person, export) == "waiting"


def test_cancelled_exports_count_against_the_limit_of_a_day(person):
    for _ in range(3):
        job = person.post("/users/me/exports", factories.PROOF)
        assert job.status_code == 202
        assert person.put(f"/jobs/{job.json()['id']}/cancellation").status_code == 200
    assert refused(person.post("/users/me/exports", factories.PROOF)) == (429, "export_limit_reached")
