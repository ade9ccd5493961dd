"""Hostile requests: whatever is sent to an operation, it is refused in words, at once, and nothing breaks."""

import json
from collections import defaultdict

import pytest

from contract_tests.faults import hostile_forms
from contract_tests.faults.hostile_bodies import bodies
from contract_tests.faults.hostile_parameters import parameters
from contract_tests.faults.wire import complaint, exchange, wire
from contract_tests.support import authenticators, factories
from contract_tests.support.operations import FORM, OPERATIONS, those
from models.base.database import database

OWN = {
    "oauth": frozenset({200, 400, 401, 406, 414}),
    "authorization": frozenset({200, 303, 400, 403, 406, 414}),
}
OWNER = "update members set role = 'owner' where organization_id = %s and user_id = %s"
CPU = defaultdict(float)  # the most that a request of each kind took, in seconds


@pytest.fixture(scope="module", autouse=True)
def print_costs():
    """Which requests took the most of the processor."""
    yield
    costly = sorted(CPU.items(), key=lambda item: -item[1])[:12]
    print(
        f"\n{len(CPU)} hostile requests; those that took the most of the processor:",
        *(f"  {seconds * 1000:7.1f} ms  {name}" for name, seconds in costly),
        sep="\n",
    )


@pytest.fixture(autouse=True)
def no_guesses():
    """Hostile passwords are guesses, after some of which a person has to wait: they are forgotten."""
    yield
    with database.connection_context():
        database.run("delete from attempts")


def request_of(world, operation):
    """A valid request of the operation, and its bytes-to-be.

    The owner is one, and logged in: what another operation was sent with, such as an unknown preference, may be no fault, and
    have handed the organization over.
    """
    owner = world.clients["owner"]
    with database.connection_context():
        database.run(OWNER, (world.own.organization_id, owner.person.id))
    authenticators.take_away(owner.person.id)
    owner.log_in_again()
    request = world.request(operation)
    return request, wire(request, None if operation.is_public else world.clients["owner"].token)


def asked(served, operation, hostile):
    """What is wrong with the answer to each hostile request; None when nothing is."""
    before = served.cpu_seconds()
    if "x-errors" in operation.node:  # it answers for faults itself, and ignores what it does not know
        hostile = hostile._replace(expected=OWN[operation.node["x-errors"]], names_a_place=False)
    answer = (exchange(served.host_url, bytes(hostile.request)) or [None])[0]
    name = f"{operation}: {hostile.name}"
    CPU[name] = max(CPU[name], served.cpu_seconds() - before)
    problem = complaint(operation, answer, hostile.expected, hostile.names_a_place)
    if CPU[name] > 1:
        problem = f"took {CPU[name]:.1f} s of the processor"
    return problem and f"{name}: {problem}"


@pytest.mark.parametrize(
    "operation", those(lambda operation: operation.media_type not in (None, FORM)), ids=str
)
def test_a_hostile_body_is_refused_and_says_where(operation, world, served):
    request, valid = request_of(world, operation)
    problems = [asked(served, operation, hostile) for hostile in bodies(valid, request.body)]
    assert len(problems) > 80
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("operation", those(lambda operation: operation.media_type == FORM), ids=str)
def test_a_hostile_form_is_refused_and_says_where(operation, world, served):
    request, valid = request_of(world, operation)
    problems = [asked(served, operation, hostile) for hostile in hostile_forms.bodies(valid, request.body)]
    assert len(problems) > 40
    assert [problem for problem in problems if problem] == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_hostile_address_query_or_header_is_refused(operation, world, served):
    _, valid = request_of(world, operation)
    problems = [asked(served, operation, hostile) for hostile in parameters(valid, operation.path)]
    assert len(problems) > 10
    assert [problem for problem in problems if problem] == []


def test_the_log_has_one_object_a_line_and_no_secret(world, served):
    """Also of requests that try to write lines of their own."""
    log = served.log.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [entry for entry in lines if entry["event"] == "request"]
    assert len(requests) > len(CPU)
    assert len(log.splitlines()) - len(lines) < 20  # what it says to people when it starts
    for secret in (factories.PASSWORD, world.clients["owner"].token, world.clients["owner"].person.email):
        assert secret not in log
