"""The rules of each operation about the values of its request, and its quotas: what they are answered with."""

import pytest

from contract_tests.contract.rule_faults import FAULTS, SECONDS, WEAK
from contract_tests.support import table_fingerprints
from contract_tests.support.clients import refused
from contract_tests.support.operations import BY_ID, OPERATIONS, resolved
from contract_tests.support.rules import rule_violations
from models.base.errors import Conflict, InvalidValue, QuotaExceeded

OF_STATE = (Conflict,)
# Of what is outside: test_identities_failures.py.
OUTSIDE = {"provider_not_configured", "provider_unavailable"}
PAIRS = [
    (operation, code)
    for operation in OPERATIONS
    for code in operation.node.get("x-problems", ())
    if not issubclass(rule_violations()[code], OF_STATE) and code not in OUTSIDE
]


def exists(operation, error):
    """Whether the place of an entry of ``errors`` is one that the operation takes."""
    if error["parameter"]:
        return any(
            (parameter["in"], parameter["name"]) == (error["in"], error["parameter"])
            for parameter in operation.parameters
        )
    schema = operation.schema
    for step in error["pointer"].split("/")[1:]:
        schema = resolved(schema)
        schema = schema["items"] if step.isdigit() else schema.get("properties", {}).get(step)
        if schema is None:
            return False
    return True


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def test_each_rule_says_which_fields_or_for_how_long(pair, world):
    operation, code = pair
    assert code in FAULTS, (
        f"How is a request refused with {code}? Say it in contract_tests/contract/rule_faults.py."
    )
    request = world.request(operation)
    FAULTS[code](world, request)
    kind = rule_violations()[code]
    before = table_fingerprints.everything()
    answer = world.send(request)
    assert refused(answer) == (kind.status, code), answer.text
    assert kind.keeps or table_fingerprints.changed(before, table_fingerprints.everything()) == []
    errors = answer.json()["errors"]
    if issubclass(kind, InvalidValue):
        assert errors and all(exists(operation, error) for error in errors), errors
        assert {error["code"] for error in errors} == {code}
    if issubclass(kind, QuotaExceeded):
        assert answer.json()["retryable"]
        assert SECONDS[code] - 60 <= int(answer.headers["Retry-After"]) <= SECONDS[code]


def test_a_place_that_an_operation_does_not_take_is_noticed():
    operation = BY_ID["create_app"]
    for pointer, there in (
        ("/redirect_uris/0", True),
        ("/redirect_uri", False),
        ("/redirect_uris/0/x", False),
    ):
        assert exists(operation, {"in": "body", "pointer": pointer, "parameter": None}) == there
    assert not exists(BY_ID["list_tasks"], {"in": "query", "pointer": None, "parameter": "txt"})


def places(answer):
    return {
        (error["in"], error["pointer"] or error["parameter"], error["code"])
        for error in answer.json()["errors"]
    }


def test_rules_about_values_are_told_with_the_faults_of_the_contract(owner, project):
    body = {"project_id": project["id"], "title": 7, "status": "todo", "starts_on": "2026-05-02"}
    answer = owner.post("/tasks", {**body, "due_on": "2026-05-01"}, params={"colour": "red"})
    assert refused(answer) == (422, "invalid_request")
    assert places(answer) == {
        ("query", "colour", "unknown_parameter"),
        ("body", "/title", "wrong_type"),
        ("body", "/starts_on", "dates_reversed"),
        ("body", "/due_on", "dates_reversed"),
    }
    unknown = owner.post("/tasks", {**body, "due_on": "soon"})
    assert places(unknown) == {("body", "/title", "wrong_type"), ("body", "/due_on", "wrong_format")}
    listed = owner.get("/tasks", params={"sort": "relevance", "limit": "many"})
    assert places(listed) == {
        ("query", "limit", "wrong_type"),
        ("query", "sort", "sort_needs_text"),
        ("query", "text", "sort_needs_text"),
    }


def test_rules_meet_no_value_that_has_a_fault(anonymous, owner):
    """However many faults there are besides, and where a valid value has no canonical form that fits."""
    unknown = {f"unknown_{number}": 1 for number in range(300)}
    for person in (
        {"password": WEAK},
        {"password": 7, "name": "Ada"},
        {"password": WEAK, "name": "\u0958" * 100},
    ):
        answer = anonymous.post("/users", {**unknown, "email": "ada@example.org", **person})
        assert refused(answer) == (422, "invalid_request")
        assert len(answer.json()["errors"]) == 200
        few = anonymous.post("/users", {"email": "no address", **person})
        assert "password_too_weak" not in {code for *_, code in places(few)}
    for body in (None, [], "text", 7):
        answer = anonymous.post("/users", body)
        assert refused(answer) == (422, "invalid_request"), answer.text
    wrong = {"name": "Key", "scopes": [7] * 300, "expires_at": "soon"}
    assert refused(owner.post("/api-keys", wrong)) == (422, "invalid_request")


def test_all_rules_about_values_are_told_at_once(founder, anonymous):
    path = f"/members/{founder.get(f'/organizations/{founder.organization_id}/members').json()['items'][0]['id']}"
    answer = founder.post(f"{path}/grants", {"role": "no_such_role", "expires_at": "2020-01-01T00:00:00Z"})
    assert refused(answer) == (422, "invalid_request")
    assert places(answer) == {
        ("body", "/role", "role_unknown"),
        ("body", "/expires_at", "grant_ends_in_the_past"),
    }
    person = {"email": "no address", "name": "Ada", "password": WEAK}
    assert places(anonymous.post("/users", person)) == {("body", "/email", "wrong_format")}
    named = {"email": "ada@example.org", "name": "Ada Lovelace", "password": "Lovelace"}
    weak = anonymous.post("/users", {**named, "password": "lovelacelovelace"})
    assert refused(weak) == (422, "password_too_weak")
    assert [error["pointer"] for error in weak.json()["errors"]] == ["/password"] * len(weak.json()["errors"])
    assert len(weak.json()["errors"]) > 1


def test_only_the_dates_that_were_sent_are_named(owner, task):
    path = f"/tasks/{task['id']}"
    assert owner.patch(path, {"starts_on": "2026-05-02"}).status_code == 200
    assert places(owner.patch(path, {"due_on": "2026-05-01"})) == {("body", "/due_on", "dates_reversed")}


def test_the_name_of_a_key_that_was_used_is_told(owner, project):
    body = {"project_id": project["id"], "title": "T", "status": "todo"}
    headers = {"Idempotency-Key": f"used-{project['id']}"}
    assert owner.post("/tasks", body, headers=headers).status_code == 201
    again = owner.post("/tasks", {**body, "title": "U"}, headers=headers)
    assert refused(again) == (422, "idempotency_key_reused")
    assert places(again) == {("header", "Idempotency-Key", "idempotency_key_reused")}
