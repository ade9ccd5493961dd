"""Problems: every error has a stable code, a page that explains it, and names all faults at once."""

import pytest

from contract_tests.support.clients import refused


@pytest.fixture(scope="module")
def catalogue(anonymous):
    return anonymous.get("/problems").json()["items"]


def test_the_catalogue_is_in_the_order_of_the_codes(catalogue):
    codes = [one["code"] for one in catalogue]
    assert codes == sorted(set(codes))


def test_every_type_of_problem_says_cause_fix_and_what_to_try(catalogue):
    for one in catalogue:
        assert one["cause"] and one["fix"] and one["title"], one
        assert one["curl"].startswith("curl "), one
        assert "$BASE" not in one["curl"]


def test_every_type_of_problem_is_the_address_of_its_own_page(anonymous, catalogue):
    for one in catalogue:
        assert anonymous.get(one["type"]).json() == one


def test_every_problem_has_a_page_to_read(anonymous, catalogue):
    for one in catalogue:
        page = anonymous.get(one["type"], headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert one["code"] in page.text
        assert "<script" not in page.text


def test_the_catalogue_has_a_page_that_links_every_problem(anonymous, catalogue):
    page = anonymous.get("/problems", headers={"Accept": "text/html"}).text
    assert all(f'href="{one["type"]}"' in page for one in catalogue)


def test_json_is_sent_to_who_accepts_anything(anonymous):
    assert anonymous.get("/problems", headers={"Accept": "*/*"}).json()["items"]


def test_an_unknown_code_has_no_page(anonymous):
    assert refused(anonymous.get("/problems/no_such_code")) == (404, "not_found")
    assert refused(anonymous.get("/problems/No-Code")) == (422, "invalid_request")


def test_neither_html_nor_json_is_not_acceptable(anonymous):
    assert refused(anonymous.get("/problems", headers={"Accept": "image/png"})) == (406, "not_acceptable")


def test_every_problem_that_the_contract_names_is_in_the_catalogue(catalogue, contract):
    named = set()
    for item in contract.document["paths"].values():
        for operation in item.values():
            named.update(operation.get("x-problems", ()) if isinstance(operation, dict) else ())
    conflicts = {one["code"] for one in catalogue if one["status"] == 409}
    assert conflicts == named | {"request_in_progress"}


def test_all_faults_are_named_at_once(owner, project):
    answer = owner.post(
        "/tasks?colour=red&validate_only=perhaps",
        {"project_id": "x", "title": "", "priority": "someday", "size": 3, "due_on": "2026-02-30"},
        headers={"Idempotency-Key": "two words"},
    )
    problem = answer.json()
    found = {(one["in"], one["pointer"] or one["parameter"], one["code"]) for one in problem["errors"]}
    assert found >= {
        ("query", "colour", "unknown_parameter"),
        ("query", "validate_only", "wrong_type"),
        ("header", "Idempotency-Key", "wrong_form"),
        ("body", "/project_id", "wrong_format"),
        ("body", "/title", "too_short"),
        ("body", "/priority", "not_one_of"),
        ("body", "/size", "unknown_property"),
        ("body", "/due_on", "wrong_format"),
    }


def test_a_missing_property_is_named_where_it_is_missing(owner):
    faults = owner.post("/tasks", {}).json()["errors"]
    missing = {one["pointer"] for one in faults if one["code"] == "missing_property"}
    assert missing == {"/project_id", "/title"}


def test_a_fault_does_not_repeat_the_value_which_may_be_secret(anonymous):
    answer = anonymous.post("/sessions", {"email": "person@example.org", "password": "hunter2" * 30})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


def test_the_request_id_of_the_client_comes_back_in_the_problem(owner):
    answer = owner.get("/tasks/none", headers={"Request-Id": "my-request.7"})
    assert answer.headers["Request-Id"] == "my-request.7"
    assert answer.json()["instance"] == "urn:remit:request:my-request.7"


def test_a_request_id_that_is_not_one_is_replaced(owner):
    answer = owner.get("/tasks/none", headers={"Request-Id": "two words"})
    assert " " not in answer.headers["Request-Id"]


def refusals(anonymous, owner, guest, stranger, project, task):
    """Refusals of every kind, as they are met."""
    place = f"/tasks/{task['id']}"
    yield anonymous.get("/tasks")
    yield guest.post("/tasks", {"project_id": project["id"], "title": "T", "status": "todo"})
    yield stranger.get(place)
    yield owner.request("PUT", "/tasks")
    yield owner.get(place, headers={"Accept": "text/csv"})
    yield owner.delete(f"{place}/completion")
    yield owner.patch(place, {"title": "T"}, headers={"If-Match": '"99"'})
    yield owner.post("/tasks", {"project_id": project["id"], "title": "T" * 2_000_000, "status": "todo"})
    yield owner.get("/tasks", params={"text": "x" * 9_000})
    yield owner.request("POST", "/tasks", content="{}", headers={"Content-Type": "text/plain"})
    yield owner.request("POST", "/tasks", content="{", headers={"Content-Type": "application/json"})
    yield owner.request("PUT", f"{place}/completion", content="{}")
    yield owner.post("/tasks", {"title": 3})
    yield owner.get("/nowhere")
    yield owner.get("/tasks?text=%zz")


def test_F16_every_refusal_has_a_code_that_the_catalogue_explains(
    anonymous, owner, guest, stranger, project, task, catalogue
):
    known = {one["code"]: one for one in catalogue}
    seen = set()
    for answer in refusals(anonymous, owner, guest, stranger, project, task):
        problem = answer.json()
        seen.add(answer.status_code)
        explained = known[problem["code"]]
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        for name in ("type", "title", "status", "retryable"):
            assert problem[name] == explained[name]
    assert seen == {400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422}


def test_F16_a_fault_of_ours_has_a_code_too_and_shows_nothing_of_the_inside(owner, task, live, monkeypatch):
    def broken(task_id, caller):
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(live.plans["get_task"], "handler", broken)
    answer = owner.get(f"/tasks/{task['id']}")
    assert refused(answer) == (500, "internal_error")
    assert answer.json()["retryable"]
    assert not {"secret", "Traceback", "RuntimeError", ".py"} & set(answer.text.replace('"', " ").split())
