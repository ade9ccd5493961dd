"""What the contract accepts can be answered: unusual valid values are never an internal error, and come back canonical."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract_tests.support import unusual
from contract_tests.support.operations import OPERATIONS
from contract_tests.support.world import World

# What would end the world that all the others are asked in, or is another value each time.
SECRETS = ("password", "token", "secret", "code", "proof", "verifier")
NOT_KEPT = {"log_in"}
EXAMPLES, EXAMPLES_OF_A_LONG_RUN = 150, 5000


@pytest.fixture(scope="module")
def own_world(live, contract):
    """A world whose people and organizations may be called anything."""
    return World(live, contract)


def fields(operation):
    """``(name, schema)`` of each property of the body that has unusual values."""
    if operation.media_type is None or "json" not in operation.media_type or operation.id in NOT_KEPT:
        return []
    properties = operation.schema.get("properties", {})
    return [
        (name, schema)
        for name, schema in properties.items()
        if not name.endswith(SECRETS) and unusual.values(schema)
    ]


def queries(operation):
    return [
        parameter
        for parameter in operation.parameters
        if parameter["in"] == "query"
        and parameter["name"] != "cursor"
        and unusual.values(parameter["schema"])
    ]


WITH_FIELDS = [operation for operation in OPERATIONS if fields(operation)]
WITH_QUERIES = [operation for operation in OPERATIONS if queries(operation) and not operation.is_public]


def sent(world, operation, body):
    """The answer to a valid request with some of its properties replaced; the request is made anew."""
    request = world.request(operation)
    request.body = {**request.body, **body}
    return world.send(request)


def refuse_the_unanswerable(world, operation, body, answer):
    """Fail when what was accepted is an internal error, or is shown otherwise than it was sent."""
    message = f"{operation} {json.dumps(body)[:300]}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code < 500, message
    if answer.status_code not in (200, 201):
        return
    whole, properties = answer.json(), operation.schema["properties"]
    for resource in (whole, *(part for part in whole.values() if isinstance(part, dict))):
        for name in resource.keys() & body.keys():
            expected, value = unusual.canonical(properties[name], body[name]), resource[name]
            if properties[name].get("uniqueItems"):  # some sets are shown in the order of the alphabet
                expected, value = sorted(expected), sorted(value)
            assert (type(value), value) == (type(expected), expected), message
    if "etag" in answer.headers:
        read = world.own.client.get(answer.headers.get("location") or answer.request.url.path)
        assert read.status_code == 200, message
        assert read.json() in (whole, *whole.values()), message


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=str)
def test_what_is_accepted_in_a_body_is_answered(operation, own_world):
    for name, schema in fields(operation):
        for value in unusual.values(schema):
            answer = sent(own_world, operation, {name: value})
            refuse_the_unanswerable(own_world, operation, {name: value}, answer)
            assert not faults_of(answer, name), f"{operation} {name} {value!r}: {answer.text}"


def faults_of(answer, name):
    """The faults of the contract in a property; a rule of the operation may refuse the value all the same."""
    if answer.status_code != 422 or answer.json()["code"] != "invalid_request":
        return []
    errors = [error for error in answer.json()["errors"] if error.get("pointer", "").startswith(f"/{name}")]
    # In form C a text may be longer, and a moment may leave the years that there are.
    return [error for error in errors if error["code"] not in ("too_long", "out_of_range")]


@pytest.mark.parametrize("operation", WITH_QUERIES, ids=str)
def test_what_is_accepted_in_a_query_is_answered(operation, own_world):
    for parameter in queries(operation):
        for value in unusual.values(parameter["schema"]):
            text = [str(int(value))] if isinstance(value, float) else value
            request = own_world.request(operation)
            answer = own_world.send(request.asking(**{parameter["name"]: text}))
            assert answer.status_code < 500, f"{operation} {parameter['name']}={value!r}: {answer.text}"


@st.composite
def requests(draw):
    operation = draw(st.sampled_from(WITH_FIELDS))
    chosen = {name: unusual.strategy(schema) for name, schema in fields(operation)}
    return operation, draw(st.fixed_dictionaries({}, optional=chosen))


def test_random_bodies_that_are_accepted_are_answered(own_world, pytestconfig):
    is_long = pytestconfig.getoption("--long")

    @settings(
        max_examples=EXAMPLES_OF_A_LONG_RUN if is_long else EXAMPLES,
        derandomize=not is_long,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests())
    def answered(request):
        operation, body = request
        answer = sent(own_world, operation, body)
        refuse_the_unanswerable(own_world, operation, body, answer)

    answered()


def test_lists_and_events_show_whatever_was_accepted(own_world):
    """Runs after the others of this file: everything that they stored is read again."""
    for operation in OPERATIONS:
        if operation.method != "GET" or not operation.takes("limit"):
            continue
        request, cursor = own_world.request(operation).asking(limit=100), {}
        while cursor is not None:
            answer = own_world.send(request.asking(**cursor))
            assert answer.status_code == 200, f"{operation}: {answer.text[:500]}"
            following = answer.json()["next_cursor"]
            cursor = {"cursor": following} if following else None
