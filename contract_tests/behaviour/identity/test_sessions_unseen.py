"""Logging in tells nobody who has an account, and a crowd that logs in keeps nobody else waiting."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep

import argon2
import pytest

from contract_tests.support import factories
from contract_tests.support.clients import Client, refused
from contract_tests.support.login_attempts import WRONG, guess, log_in, stored
from models.base.database import database
from security import passwords

CONCURRENT_HASHES = passwords.MAX_CONCURRENT_HASHES
OF_THE_MOMENT = {"request-id", "ratelimit", "date"}


@pytest.fixture
def person(anonymous):
    return factories.register(anonymous)


def kinds_of_refusal(anonymous, person):
    """Requests that are refused, each for a reason of its own, and the same of an address that is nobody's."""
    nobody = factories.Person(f"nobody-{person.id}@example.org", factories.PASSWORD, "")
    locked = factories.register(anonymous)
    guess(anonymous, locked, 5)
    unknown_locked = factories.Person(f"locked-{person.id}@example.org", factories.PASSWORD, "")
    guess(anonymous, unknown_locked, 5)
    strange = factories.register(anonymous)
    with database.connection_context():
        database.run("delete from known_places where user_id = %s", (strange.id,))
    return {
        "wrong": (person, WRONG),
        "wrong where nobody is known": (strange, WRONG),
        "unknown": (nobody, person.password),
        "locked": (locked, locked.password),
        "unknown and locked": (unknown_locked, WRONG),
    }


def test_A4_every_refusal_has_the_same_status_body_length_and_headers(anonymous, person):
    answers = {}
    for reason, (who, password) in kinds_of_refusal(anonymous, person).items():
        answer = log_in(anonymous, who, password)
        body = {name: value for name, value in answer.json().items() if name != "instance"}
        headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_MOMENT}
        answers[reason] = (answer.status_code, body, len(answer.content), headers)
    assert answers["wrong"][0] == 401
    for reason, answer in answers.items():
        assert answer == answers["wrong"], reason


def test_A4_as_much_is_done_for_nobody_as_for_somebody(anonymous, person, monkeypatch):
    """The time of an answer is made of hashes and statements: there are as many, whoever has an account."""
    done = Counted(monkeypatch)
    work = {
        reason: done.during(lambda who=who, password=password: log_in(anonymous, who, password))
        for reason, (who, password) in kinds_of_refusal(anonymous, person).items()
    }
    assert work["wrong"] == work["wrong where nobody is known"] == work["unknown"]
    assert work["locked"] == work["unknown and locked"]
    assert {hashes for hashes, _ in work.values()} == {1}


class Counted:
    """Counts the hashes of argon2, and the statements that the database is given."""

    def __init__(self, patch):
        self.hashes, self.statements, self.lock = 0, 0, Lock()
        verify, execute = argon2.PasswordHasher.verify, type(database).execute_sql
        prepared = type(database).execute_prepared

        def counted(name, original):
            def call(*arguments, **options):
                with self.lock:
                    setattr(self, name, getattr(self, name) + 1)
                return original(*arguments, **options)

            return call

        patch.setattr(argon2.PasswordHasher, "verify", counted("hashes", verify))
        patch.setattr(type(database), "execute_sql", counted("statements", execute))
        patch.setattr(type(database), "execute_prepared", counted("statements", prepared))

    def during(self, act):
        before = self.hashes, self.statements
        act()
        return self.hashes - before[0], self.statements - before[1]


def test_a_password_kept_with_other_parameters_is_kept_anew(anonymous, person):
    old = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(person.password)
    with database.connection_context():
        database.run("update users set password_hash = %s where id = %s", (old, person.id))
    version = stored("select version from users where id = %s", person.id)
    assert log_in(anonymous, person, WRONG).status_code == 401
    assert stored("select password_hash from users where id = %s", person.id) == [(old,)]
    assert log_in(anonymous, person).status_code == 201
    ((password_hash,),) = stored("select password_hash from users where id = %s", person.id)
    assert not passwords.HASHER.check_needs_rehash(password_hash)
    assert log_in(anonymous, person).status_code == 201
    assert stored("select version from users where id = %s", person.id) == version


def test_N3_a_password_may_be_typed_on_any_keyboard(anonymous):
    composed, decomposed = "Gr\u00fc\u00dfe-aus-7-Kiel", "Gru\u0308\u00dfe-aus-7-Kiel"
    person = factories.register(anonymous, password=composed)
    assert log_in(anonymous, person, decomposed).status_code == 201


@pytest.fixture
def no_room(live):
    """All places for hashes are taken; call it to free them."""
    for _ in range(CONCURRENT_HASHES):
        passwords.HASH_SEMAPHORE.acquire()
    taken = [CONCURRENT_HASHES]

    def free():
        while taken[0]:
            taken[0] -= 1
            passwords.HASH_SEMAPHORE.release()

    yield free
    free()


def test_A5_who_finds_no_room_for_a_hash_is_told_to_come_again(anonymous, person, no_room, monkeypatch):
    monkeypatch.setattr(passwords, "HASH_WAIT_SECONDS", 0.05)
    answer = log_in(anonymous, person)
    assert refused(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    no_room()
    assert log_in(anonymous, person).status_code == 201


@pytest.mark.alone
def test_A5_while_passwords_are_checked_everybody_else_is_answered(
    live, anonymous, person, no_room, monkeypatch
):
    """More log-ins than there are threads wait for a place; a request that needs none is answered meanwhile."""
    bulkhead = live.edge.bridge.passwords
    monkeypatch.setattr(passwords, "HASH_WAIT_SECONDS", 25)
    monkeypatch.setattr(bulkhead, "seconds", 25)
    with ThreadPoolExecutor(24) as threads:
        clients = [Client(live.base_url, anonymous.contract) for _ in range(24)]
        waiting = [threads.submit(log_in, client, person) for client in clients]
        while bulkhead.waiting < 24 - CONCURRENT_HASHES:
            sleep(0.01)
        assert anonymous.get("/health/ready").status_code == 200
        assert not any(login.done() for login in waiting)
        no_room()
        assert {login.result().status_code for login in waiting} == {201}


def test_A5_when_too_many_wait_the_next_is_told_to_come_again(live, anonymous, person, no_room, monkeypatch):
    monkeypatch.setattr(live.edge.bridge.passwords, "length", 0)
    answer = log_in(anonymous, person)
    assert refused(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
