"""Idempotency: what makes two requests the same, and what a contract may not ask for."""

from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spec
from handlers.http import replays
from handlers.http.application import CompiledContract
from handlers.http.plan import ContractFault
from handlers.http.preconditions import EtagMatched, Preconditions
from models.base.errors import StaleEtag
from models.base.idempotency import fingerprint, key_of
from security import policy
from security.callers import Caller
from security.replays import NothingToAskAgain, checks_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def reordered(value):
    """The same JSON value with the members of objects in another order, and whole numbers written with a fraction."""
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(list(value))}
    if isinstance(value, list):
        return [reordered(item) for item in value]
    is_exact = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    return float(value) if is_exact else value


@given(JSON)
def test_equal_values_have_one_fingerprint_however_they_are_written(value):
    assert fingerprint("create_task", {"body": value}, {}) == fingerprint(
        "create_task", {"body": reordered(value)}, {}
    )


@given(JSON, JSON)
def test_other_values_have_another_fingerprint(value, other):
    same = fingerprint("create_task", {"body": value}, {}) == fingerprint("create_task", {"body": other}, {})
    assert same == (canonical(value) == canonical(other))


def canonical(value):
    """The value so that Python, to which ``True`` is 1, tells apart what JSON tells apart."""
    if isinstance(value, dict):
        return {name: canonical(item) for name, item in value.items()}
    if isinstance(value, list):
        return [canonical(item) for item in value]
    return type(value) if isinstance(value, bool | None) else None, value


def test_the_operation_its_arguments_and_its_conditions_are_told_apart():
    asked = ("update_task", {"task_id": "1", "body": {}}, {"if-match": [False, ["1"], []]})
    others = (
        ("delete_task", *asked[1:]),
        (asked[0], {"task_id": "2", "body": {}}, asked[2]),
        (*asked[:2], {}),
    )
    assert len({fingerprint(*request) for request in (asked, *others)}) == 4


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ('"1", "2"', '"2","1"', True),
        ('"1"', ' "1" ', True),
        ('"1"', '"2"', False),
        ('"1"', 'W/"1"', False),
        ('"1"', "*", False),
    ],
)
def test_conditions_are_compared_as_tags(first, second, same):
    plan = SimpleNamespace(operation_id="update_task", method="PATCH")
    marks = {
        replays.fingerprint(plan, SimpleNamespace(arguments={}, headers={b"if-match": value.encode()}))
        for value in (first, second)
    }
    assert len(marks) == (1 if same else 2)


def test_no_key_of_one_client_is_one_of_another():
    keys = [key_of(None, "a"), key_of("1", "a"), key_of("2", "a"), key_of(None, "1.a")]
    assert len(set(keys)) == 4


def test_an_answer_that_could_be_repeated_to_anybody_is_not_kept():
    caller = Caller(permission="task.update")
    caller.ask("task.update")
    with pytest.raises(NothingToAskAgain):
        checks_of(caller)


def test_the_outside_world_is_asked_by_exempt_operations_alone():
    document = spec.load()
    create = document["paths"]["/tasks"]["post"]
    create["x-external-call"] = "It asks a payment gateway."
    with pytest.raises(ContractFault, match="create_task"):
        CompiledContract(document, lambda operation: lambda **arguments: None).compile_all()
    create["x-idempotency"] = {"exempt": "It changes nothing."}
    assert (
        CompiledContract(document, lambda operation: lambda **arguments: None).plans["create_task"].is_exempt
    )


@pytest.mark.parametrize(
    "permission", [name for name in policy.POLICY if policy.anybody not in policy.POLICY[name]]
)
def test_without_a_row_nobody_has_a_permission_on_anything(permission):
    nobody, somebody = Caller(), Caller()
    somebody.user_id = "0198c0de-7c7e-7f00-8000-000000000007"
    for caller in (nobody, somebody):
        assert not policy.allows(permission, caller, None)
        assert policy.why(permission, caller, None) is None
    assert not policy.allows(permission, nobody, nobody.account)


@given(st.text(st.sampled_from('"W/*, \t\\ab\xff'), max_size=12))
def test_whatever_stands_in_a_condition_it_has_a_fingerprint_and_is_compared(value):
    """Entity tags in all their forms, the empty one included, and what is none."""
    assert replays._tags(value.encode("latin-1"))
    for conditions in (Preconditions(value), Preconditions(None, value), Preconditions(value, value)):
        for etag in ('"1"', None):
            with suppress(StaleEtag, EtagMatched):
                conditions.check_write(etag)
