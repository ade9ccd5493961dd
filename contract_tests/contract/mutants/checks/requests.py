"""Checks of requests: what is refused, and how its sender learns why."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.contract.reading import SNAKE

INVALID = (422, "invalid_request")
INVALID_FIELDS = [
    {"colour": "red"},
    {"title": "x" * 201},
    {"title": "a\0b"},
    {"title": " "},
    {"title": None},
    {"title": 7},
    {"priority": "blocked"},
    {"status": "In progress"},
    {"status": None},
    {"due_on": "tomorrow"},
    {"due_on": "2026-02-30"},
    {"assignee_ids": ["nobody"]},
    {"project_id": "7"},
]


def requests_that_break_the_contract_are_refused(scene):
    good = {"project_id": scene.project["id"], "title": "Good"}
    for wrong in INVALID_FIELDS:
        answer = scene.owner.post("/tasks", {**good, **wrong})
        assert refused(answer) == INVALID, f"a task with {wrong} is refused"
        pointers = {error["pointer"].split("/")[1] for error in answer.json()["errors"]}
        assert pointers == set(wrong), "the error names the property"
        assert all(SNAKE.fullmatch(error["code"]) for error in answer.json()["errors"]), "errors have codes"
    for name in good:
        answer = scene.owner.post("/tasks", {key: value for key, value in good.items() if key != name})
        assert answer.status_code == 422, f"a task without {name} is refused"
        assert answer.json()["errors"][0]["pointer"] == f"/{name}", "the error names the missing property"
    empty = scene.owner.patch(f"/tasks/{scene.task()['id']}", {})
    assert empty.status_code == 422, "an empty patch is refused"


def unknown_parameters_are_refused(scene):
    for params in (
        {"colour": "red"},
        {"limit": 101},
        {"limit": 0},
        {"limit": "many"},
        {"priority": "blocked"},
    ):
        answer = scene.owner.get("/tasks", params=params)
        assert answer.status_code == 422, f"a list with {params} is refused"
        assert [error["parameter"] for error in answer.json()["errors"]] == list(params), (
            "the parameter is named"
        )


def every_error_is_reported(scene):
    answer = scene.owner.post("/tasks", {"title": 7, "priority": "blocked"}, params={"colour": "red"})
    errors = {(error["in"], error["pointer"] or error["parameter"]) for error in answer.json()["errors"]}
    assert errors == {
        ("query", "colour"),
        ("body", "/title"),
        ("body", "/priority"),
        ("body", "/project_id"),
    }, "an answer names every error of a request"


def ambiguous_json_is_refused(scene):
    for body in (b'{"name": "a", "name": "b"}', b'{"name": NaN}', b'{"name": "a"', b'{"name": "\xff"}'):
        answer = scene.owner.request(
            "POST", "/organizations", content=body, headers={"Content-Type": "application/json"}
        )
        assert refused(answer) == (400, "malformed_json"), f"{body!r} is malformed"


def media_types_are_negotiated(scene):
    path = f"/tasks/{scene.task()['id']}"
    unacceptable = scene.owner.get(path, headers={"Accept": "image/png"})
    assert refused(unacceptable) == (406, "not_acceptable"), "no answer has a type that is not accepted"
    by_default = {"Accept": "text/html, image/gif, *; q=.2"}
    assert scene.owner.get(path, headers=by_default).status_code == 200, "what older JDKs accept is read"
    sent = scene.owner.request(
        "PATCH", path, content=b'{"title": "T"}', headers={"Content-Type": "text/plain"}
    )
    assert refused(sent) == (415, "unsupported_media_type"), "another media type is not read"


def large_bodies_are_refused(scene):
    answer = scene.owner.post("/organizations", {"name": "x" * 1_100_000})
    assert refused(answer) == (413, "body_too_large"), "a body over a mebibyte is refused"


def large_bodies_have_a_budget(scene):
    """Of five bodies of a megabyte that do not end, from one address, the last one has no room; nor is any kept after that."""
    statuses = scene.transport.unfinished("/api/v1/organizations", size=1_000_000, count=5)
    assert statuses == [None] * 4 + [503], "bodies that are being received have a budget"
    assert scene.transport.app.bodies.used == 0, "the room of a body is free when its client has gone"


def rules_about_values_name_their_fields(scene):
    body = {"project_id": scene.project["id"], "title": "T"}
    reversed_dates = {"starts_on": "2026-05-02", "due_on": "2026-05-01"}
    dates = {("/starts_on", "dates_reversed"), ("/due_on", "dates_reversed")}
    answer = scene.owner.post("/tasks", {**body, **reversed_dates})
    assert answer.status_code == 422, "a rule about values refuses with 422"
    errors = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert errors == dates, "the errors name the fields of the rule"
    answer = scene.owner.post("/tasks", {**body, **reversed_dates, "title": 7})
    errors = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert errors == dates | {("/title", "wrong_type")}, "rules and the contract are judged together"
