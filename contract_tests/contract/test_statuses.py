"""Every documented answer of every operation is given by the running server, and means what it says."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from peewee import OperationalError

from contract_tests.contract import (
    producers_of_oauth,  # noqa: F401
    producers_of_pages,  # noqa: F401
    producers_of_replays,  # noqa: F401
)
from contract_tests.contract.producers import PRODUCERS, ProducerContext
from contract_tests.contract.producers_of_sign_ins import PRODUCERS_OF
from contract_tests.support import raw, table_fingerprints
from contract_tests.support.clients import refused
from contract_tests.support.operations import OPERATIONS, those
from models.base.statements import LOCK

pytestmark = pytest.mark.first  # looks at every row
PAIRS = [(operation, status) for operation in OPERATIONS for status in sorted(operation.answers)]
HOLD = LOCK.replace("%s", "'idempotency ' || %s || ' ' || %s")


@pytest.fixture(scope="module")
def slow(world, live):
    """What bodies that stop half-way are answered with."""
    operations = those(lambda operation: 408 in operation.answers)
    requests = [
        (world.request(operation), None if operation.is_public else world.own.client.token)
        for operation in operations
    ]
    answers = raw.half_sent(live, requests)
    for answer in answers:
        world.contract.check(answer)
    return {operation.id: answer for operation, answer in zip(operations, answers, strict=True)}


@pytest.fixture(scope="module")
def held_up(world, database_url):
    """What a request is answered with while the first one with its Idempotency-Key still runs."""
    operations = those(lambda operation: 409 in operation.answers and operation.takes("Idempotency-Key"))
    requests = [
        world.request(operation).having(Idempotency_Key=f"running-{operation}") for operation in operations
    ]
    for request in requests:  # it is not looked at, and would have them wait for each other
        (request.body or {}).pop("password", None)
    first = psycopg2.connect(database_url)
    try:
        with first.cursor() as cursor, ThreadPoolExecutor(len(requests)) as threads:
            cursor.executemany(
                HOLD, [(world.own.client.person.id, f"running-{operation}") for operation in operations]
            )
            answers = list(threads.map(world.send, requests))
    finally:
        first.close()
    return {operation.id: answer for operation, answer in zip(operations, answers, strict=True)}


@pytest.fixture
def context(world, live, monkeypatch, request):
    return ProducerContext(world, live, monkeypatch, request.getfixturevalue)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_each_documented_answer_is_given(pair, context):
    operation, status = pair
    producer = PRODUCERS_OF.get((operation.id, status)) or PRODUCERS.get(status)
    assert producer, f"Nobody knows how {status} is produced: say it in contract_tests/contract/producers.py."
    answer = producer(context, operation, status)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("operation", those(lambda operation: operation.takes("validate_only")), ids=str)
def test_a_dry_run_stores_nothing(operation, world):
    request = world.request(operation).asking(validate_only="true")
    before = table_fingerprints.everything()
    assert world.send(request).status_code == 200
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


@pytest.mark.parametrize(
    "operation", those(lambda operation: operation.permission and not operation.is_write), ids=str
)
def test_a_database_out_of_reach_is_503_and_not_a_fault(operation, world, live, monkeypatch):
    request = world.request(operation)

    def unreachable(**arguments):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(live.plans[operation.id], "handler", unreachable)
    assert refused(world.send(request)) == (503, "unavailable")


@pytest.mark.parametrize("operation", those(lambda operation: operation.takes("Idempotency-Key")), ids=str)
def test_the_same_request_with_the_same_key_is_done_once(operation, world):
    request = world.request(operation).having(Idempotency_Key=f"once-{operation}")
    first = world.send(request)
    before = table_fingerprints.everything()
    if operation.permission == "session.end":
        return  # the session has ended: nobody is there to ask again
    again = world.send(request)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


@pytest.mark.parametrize("operation", those(lambda operation: operation.takes("Idempotency-Key")), ids=str)
def test_the_same_key_with_another_request_is_refused(operation, world):
    key = f"another-{operation}"
    taken = world.own.client.patch("/users/me", {"locale": "en"}, headers={"Idempotency-Key": key})
    assert taken.status_code == 200
    answer = world.send(world.request(operation).having(Idempotency_Key=key))
    assert refused(answer) == (422, "idempotency_key_reused")
