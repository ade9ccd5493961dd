"""Making an export: in the background, with progress, in little memory, of one moment, and for who still waits."""

import threading
import tracemalloc

import psycopg2
import pytest

from contract_tests.behaviour.privacy.test_personal_data_exports import PROOF, ask, read
from contract_tests.support import factories
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.queue_tasks import perform
from handlers.gateways import files
from handlers.privacy import personal_data_exports_queue_tasks as job_of_exports
from models.base.database import database
from models.base.ids import new_id
from models.privacy.export_parts import parts

INSERT_EVENTS = """
insert into events (id, stream_id, sequence, event_type, occurred_at, request_id, subject_type, subject_id, subject_version,
                    changes, snapshot)
select gen_random_uuid(), %s, 1000 + n, 'user.updated', now(), '', 'user', %s, n,
       jsonb_build_array(jsonb_build_object('field', 'name', 'before', repeat('x', 4000), 'after', repeat('y', 4000))), '{}'
from generate_series(1, %s) n
"""


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous, name="Ines Export")


def test_twice_is_once(person):
    job = ask(person).json()
    before = len(list(files.folder().iterdir()))
    for _ in range(2):
        perform("personal_data_exports.export", job_id=job["id"])
    assert len(list(files.folder().iterdir())) == before + 1
    assert len(Mailbox().all_to(person.person.email, "export_ready")) == 1


def fill(person, count):
    with database.connection_context():
        database.run(INSERT_EVENTS, (person.person.id, person.person.id, count))


def test_progress_is_seen_while_it_is_made_and_memory_stays_bounded(person, monkeypatch):
    fill(person, 6_000)  # 48 MB of text
    monkeypatch.setattr(job_of_exports, "PROGRESS_SECONDS", 0.05)
    job = ask(person).json()
    seen = set()
    thread = threading.Thread(
        target=perform, args=["personal_data_exports.export"], kwargs={"job_id": job["id"]}
    )
    tracemalloc.start()
    try:
        thread.start()
        while thread.is_alive():
            progress = person.get(f"/jobs/{job['id']}").json()
            seen.add((progress["status"], progress["progress"], progress["message"]))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        thread.join()
    assert len({percent for status, percent, _ in seen if status == "running"}) > 2
    assert {"events"} <= {message for _, _, message in seen}
    assert most < 24_000_000, f"{most / 1e6:.0f} MB"


def test_it_is_of_one_moment(person, database_url, monkeypatch):
    """What happens while it is made is not in it: neither in a file that was begun, nor in one that comes later."""
    fill(person, 1_500)
    job = ask(person).json()
    first, *others = parts()

    def rows(columns, values):
        with psycopg2.connect(database_url) as other, other.cursor() as cursor:
            cursor.execute("update users set name = 'Renamed meanwhile' where id = %s", (person.person.id,))
            cursor.execute("insert into known_places values (%s, %s, now())", (person.person.id, new_id()))
        other.close()
        return type(first).rows(first, columns, values)

    class Slow(type(first)):
        pass

    slow = Slow(*first)
    slow.rows = rows
    monkeypatch.setattr(job_of_exports, "parts", lambda: (slow, *others))
    with database.connection_context():
        ((places,),) = database.rows(
            "select count(*) from known_places where user_id = %s", (person.person.id,)
        )
    perform("personal_data_exports.export", job_id=job["id"])
    files = read(person.get(f"/jobs/{job['id']}/result").content)
    assert files["profile"][0]["name"] == "Ines Export"
    assert len(files["known_places"]) == places
    assert person.get("/users/me").json()["name"] == "Renamed meanwhile"


def test_who_is_erased_meanwhile_has_none(person):
    job = ask(person).json()
    before = {path.name for path in files.folder().iterdir()}
    assert person.put("/users/me/erasure", json=PROOF).status_code == 204
    perform("personal_data_exports.export", job_id=job["id"])
    for turn in (1, 2):
        perform("account_erasures.erase", user_id=person.person.id, turn=turn)
    assert {path.name for path in files.folder().iterdir()} == before
    assert Mailbox().all_to(person.person.email, "export_ready") == []


def test_who_waits_for_what_nobody_works_on_is_told_so(person):
    job = ask(person).json()
    with database.connection_context():
        database.run("update jobs set updated_at = now() - interval '7 hours' where id = %s", (job["id"],))
    perform("personal_data_exports.give_up_lost")
    assert person.get(f"/jobs/{job['id']}").json()["status"] == "failed"
    assert ask(person).json()["id"] != job["id"]
