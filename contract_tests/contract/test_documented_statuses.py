"""The statuses that an operation documents are those that can happen to it: no fewer, and no others."""

import copy

import pytest

import spec
from contract_tests.support.operations import BY_ID, OPERATIONS
from contract_tests.support.rules import rule_violations, statuses_of

# Nobody is known yet, and what is sent may be refused with 401.
CREDENTIALS = {"log_in", "log_in_with_identity", "refresh_session"}
APPS = {"issue_token", "revoke_token", "introspect_token"}  # an app may fail to prove to be itself
# Pages and their forms: they may be refused in words for people, and lead browsers on.
PAGES = {"get_authorization", "log_in_by_page", "decide_authorization", "revoke_approved_app"}
LEADING = PAGES | {"start_authorization"}
SENDING_ON = LEADING | {"get_identity_callback", "get_home"}
ASKED = APPS | {"query_userinfo", "stop_emails"}  # posted, and nothing is made
TOO_LONG = {
    "start_authorization",
    "log_in_by_page",
}  # a request that no URL can hold is answered with the page
PROVING = {"complete_email_verification"}  # by the password of a registration
RETRIED = {"create_organization", "accept_invitation"}  # by somebody who has left meanwhile
# The settings decide whether there is one; a token may be of another server.
MAY_BE_MISSING = {"get_mailbox", "get_unsubscription", "stop_emails"}
ALWAYS_ROOM = {"get_liveness"}  # it answers also when the service has no room for anything else


def names_something(schema):
    """Whether a request schema refers to something by its id, which may not be there."""
    return any("x-resource" in property_schema for property_schema in schema.get("properties", {}).values())


def can_happen(operation):
    """The statuses that the mechanics of an operation can lead to, from what else the contract says of it."""
    names = {(parameter["in"], parameter["name"]) for parameter in operation.parameters}
    node = operation.node
    returns_something = any(
        operation.answers[status].get("content") for status in (200, 201, 202) if status in operation.answers
    )
    by_name = [
        parameter
        for parameter in operation.parameters
        if parameter["in"] == "path" and "enum" not in parameter["schema"]
    ]
    refers = (
        by_name
        or any("x-resource" in parameter for parameter in operation.parameters)
        or names_something(operation.schema)
    )
    own_errors = node.get("x-errors")  # faults of input are told as the RFCs of OAuth have it
    reasons = {
        400: own_errors != "authorization",  # any URL may be unreadable
        422: not own_errors,  # any request may have an unknown parameter
        429: True,
        500: True,
        503: operation.id not in ALWAYS_ROOM,
        303: operation.id in SENDING_ON,
        401: operation.permission is not None or operation.id in CREDENTIALS | APPS,
        403: operation.permission is not None or operation.id in LEADING | PROVING,
        404: refers or operation.id in MAY_BE_MISSING | RETRIED,
        406: returns_something,
        304: ("header", "If-None-Match") in names and operation.method == "GET",
        412: ("header", "If-Match") in names,
        408: "requestBody" in node,
        413: "requestBody" in node and not own_errors,
        415: "requestBody" in node and not own_errors,
        409: ("header", "Idempotency-Key") in names,
        204: not (returns_something or operation.id in LEADING | ASKED),
        200: operation.method == "GET"
        or operation.id in ASKED | TOO_LONG
        or ("query", "validate_only") in names
        or (operation.method != "POST" and returns_something and 202 not in operation.answers),
        201: operation.method == "POST"
        and 202 not in operation.answers
        and operation.id not in LEADING | ASKED,
        202: 202 in operation.answers,  # what follows takes longer than an answer may
    }
    of_rules = statuses_of(node.get("x-problems", ())).keys()
    return {status for status, reason in reasons.items() if reason} | of_rules


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_F15_what_is_documented_is_what_can_happen(operation):
    documented, possible = set(operation.answers), can_happen(operation)
    assert documented - possible == set(), "documented, and cannot happen"
    assert possible - documented == set(), "can happen, and is not documented"


@pytest.mark.parametrize(
    "operation_id, name, status",
    [
        ("update_task", "If-Match", 412),
        ("get_task", "If-None-Match", 304),
        ("create_task", "validate_only", 200),
        ("update_project", "Idempotency-Key", 409),
        ("get_task", "task_id", 404),
    ],
)
def test_F15_a_status_without_a_reason_is_found(operation_id, name, status):
    """The comparison fails when the only reason for a documented status is taken away."""
    operation = copy.copy(BY_ID[operation_id])
    operation.parameters = [parameter for parameter in operation.parameters if parameter["name"] != name]
    operation.schema = {}
    assert set(operation.answers) - can_happen(operation) >= {status}


def test_F15_rules_are_named_where_they_can_refuse():
    """The status of each code is documented on the operation; nothing that is read can be in conflict."""
    for operation in OPERATIONS:
        problems = operation.node.get("x-problems", [])
        assert len(problems) == len(set(problems))
        for code in problems:
            assert rule_violations()[code].status in operation.answers, f"{operation} {code}"
        if operation.method == "GET":
            assert 409 not in operation.answers, f"{operation}: what refuses to be read is 404 or 422"


def test_no_operation_hides_behind_a_default_answer():
    for item in spec.load()["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                assert all(status.isdecimal() for status in operation["responses"])
