"""Signing in with a provider that keeps failing, and what an operator sees of it."""

import logging

import pytest

from contract_tests.support import sign_ins
from contract_tests.support.clients import refused
from contract_tests.support.provider import Person

UNAVAILABLE = (503, "provider_unavailable")


@pytest.fixture
def person():
    return Person(sign_ins.address())


def test_a_provider_that_keeps_failing_is_left_alone_and_the_other_is_not(anonymous, provider, live):
    """Who comes meanwhile is told when to come again, and the provider is not asked; codes that it refuses do not count."""
    asked = len(provider.asked)
    for _ in range(8):
        with provider.failing("access_token", status=401, body=b'{"error":"invalid_client"}'):
            body = sign_ins.begin(anonymous, provider, "github").body(Person(sign_ins.address()))
            assert refused(sign_ins.complete(anonymous, body)) == UNAVAILABLE
    assert len(provider.asked) == asked + 8
    with provider.failing("access_token", status=500):
        bodies = [
            sign_ins.begin(anonymous, provider, "github").body(Person(sign_ins.address())) for _ in range(6)
        ]
        answers = [sign_ins.complete(anonymous, body) for body in bodies]
    assert {refused(answer) for answer in answers} == {UNAVAILABLE} and len(provider.asked) == asked + 13
    assert answers[4].headers["Retry-After"] == "5" and int(answers[5].headers["Retry-After"]) > 5
    assert anonymous.get("/health/ready").json()["unavailable_services"] == ["github"]
    assert sign_ins.sign_in(anonymous, provider, Person(sign_ins.address()), "google").status_code == 201


def test_a_read_that_fails_once_is_repeated_and_the_person_comes_in(anonymous, provider, person):
    body = sign_ins.begin(anonymous, provider, "github").body(person)
    with provider.failing("emails", status=503, times=1):
        assert sign_ins.complete(anonymous, body).status_code == 201


def test_the_calls_of_a_request_are_logged_with_its_id_and_trace(anonymous, provider, person, caplog):
    caplog.set_level(logging.INFO, "remit.external")
    body = sign_ins.begin(anonymous, provider, "github").body(person)
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01", "Request-Id": "sign-in-7"}
    assert anonymous.post("/sessions/by-identity", body, headers=headers).status_code == 201
    lines = [record for record in caplog.records if record.name == "remit.external"]
    assert {(line.service, line.trace_id, line.request_id) for line in lines} == {
        ("github", trace_id, "sign-in-7")
    }
    assert len(lines) == 3  # the token, the person, the addresses
