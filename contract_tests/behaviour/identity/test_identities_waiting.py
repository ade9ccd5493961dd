"""Signing in while the provider takes its time: nobody else waits, and nothing is held meanwhile."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.behaviour.identity.test_identities_failures import SECONDS, UNAVAILABLE
from contract_tests.support import sign_ins
from contract_tests.support.clients import refused
from contract_tests.support.provider import Person
from models.base.database import database


@pytest.fixture
def person():
    return Person(sign_ins.address())


@pytest.mark.alone
def test_a_provider_that_hangs_holds_nobody_else_up(anonymous, provider, owner, person):
    """Neither other requests, nor who signs in with another provider; and who comes fifth is told before the others."""
    bodies = [sign_ins.begin(anonymous, provider).body(Person(sign_ins.address())) for _ in range(6)]
    google = sign_ins.begin(anonymous, provider, "google").body(person)
    with provider.failing("access_token", seconds=SECONDS + 1), ThreadPoolExecutor(8) as threads:
        begun = time.monotonic()
        hanging = [threads.submit(sign_ins.complete, anonymous, body) for body in bodies]
        time.sleep(0.2)
        for _ in range(20):
            assert owner.get("/users/me").status_code == 200
        assert sign_ins.complete(anonymous, google).status_code == 201
        assert not any(future.done() for future in hanging)
        time.sleep(max(0, begun + 1.6 - time.monotonic()))
        assert sum(future.done() for future in hanging) == 2
        assert {refused(future.result()) for future in hanging} == {UNAVAILABLE}


def test_no_transaction_is_open_while_the_provider_is_asked(anonymous, provider, person):
    body = sign_ins.begin(anonymous, provider).body(person)
    idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%%' and pid <> pg_backend_pid()"
    with provider.failing("access_token", seconds=0.6), ThreadPoolExecutor(1) as threads:
        answer = threads.submit(sign_ins.complete, anonymous, body)
        time.sleep(0.3)
        with database.connection_context():
            assert database.rows(idle) == [(0,)]
        assert refused(answer.result()) == UNAVAILABLE
