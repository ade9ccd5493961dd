"""Problems: every error has a stable code, a page that explains it, and names all faults at once."""

import json
import re
from functools import cache
from html import unescape

import pytest

from contract_tests.support import browser
from contract_tests.support.clients import refused
from spec.operations import published_operations


@pytest.fixture(scope="module")
def catalogue(anonymous):
    return anonymous.get("/problems").json()["items"]


def test_the_catalogue_is_in_the_order_of_the_codes(catalogue):
    codes = [problem["code"] for problem in catalogue]
    assert codes == sorted(set(codes))


def test_every_type_of_problem_says_cause_fix_and_what_to_try(catalogue):
    for problem in catalogue:
        assert problem["cause"] and problem["fix"] and problem["title"], problem
        assert problem["curl"] == "" or problem["curl"].startswith("curl "), problem
        assert "$BASE" not in problem["curl"]
        assert not problem["cause"][0].islower() and not problem["fix"][0].islower()


def test_every_type_of_problem_is_the_address_of_its_own_page(anonymous, catalogue):
    for problem in catalogue:
        assert anonymous.get(problem["type"]).json() == problem


def test_every_problem_has_a_page_to_read(anonymous, catalogue):
    for problem in catalogue:
        page = anonymous.get(problem["type"], headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert problem["code"] in page.text
        assert "<script" not in page.text


def test_the_catalogue_has_a_page_that_links_every_problem(anonymous, catalogue):
    page = anonymous.get("/problems", headers={"Accept": "text/html"}).text
    assert all(f'href="{problem["type"]}"' in page for problem in catalogue)


@pytest.mark.parametrize(
    "code, operation, summary",
    [
        ("task_already_done", "complete_task", "complete_task"),
        ("stale_etag", "update_project", "update_project"),
    ],
)
def test_a_page_leads_to_the_operations_in_the_portal(live, contract, code, operation, summary):
    described = next(
        candidate
        for item in contract.document["paths"].values()
        for candidate in item.values()
        if isinstance(candidate, dict) and candidate.get("operationId") == operation
    )
    with browser.page() as page:
        page.goto(f"{live.host_url}/problems/{code}")
        if page.locator("summary").count():
            page.locator("summary").click()
        page.get_by_role("link", name=operation).click()
        page.wait_for_url(re.compile("/docs#tag/"))
        heading = page.get_by_role("heading", name=described["summary"], exact=True).first
        heading.wait_for()
        page.wait_for_function(
            "one => one.getBoundingClientRect().top < innerHeight", arg=heading.element_handle()
        )
        assert page.complaints == []


def test_every_example_is_a_problem_of_its_code(anonymous, catalogue, contract):
    schema = contract.document["components"]["schemas"]["Problem"]
    for problem in catalogue:
        page = anonymous.get(problem["type"], headers={"Accept": "text/html"}).text
        example = json.loads(unescape(re.search("<pre[^>]*>(\\{.*?)</pre>", page, re.S)[1]))
        assert example.keys() == schema["properties"].keys()
        assert (example["code"], example["status"], example["title"]) == (
            problem["code"],
            problem["status"],
            problem["title"],
        )
        assert (problem["status"] == 422) <= bool(example["errors"]), problem["code"]


def test_a_page_names_the_operations_that_the_contract_names(anonymous, contract):
    for operation in published_operations(contract.document):
        for code in operation.node.get("x-problems", ()):
            assert f"<code>{operation.node['operationId']}</code>" in page_of(anonymous, code)


@cache
def page_of(anonymous, code):
    return anonymous.get(f"/problems/{code}", headers={"Accept": "text/html"}).text


def test_no_backtick_is_shown_to_people(anonymous, catalogue):
    for problem in catalogue:
        page = re.sub("<pre.*?</pre>", "", page_of(anonymous, problem["code"]), flags=re.S)
        assert "`" not in page, problem["code"]
    assert "<code>changed_fields</code>" in page_of(anonymous, "stale_etag")


def test_json_is_sent_to_who_accepts_anything(anonymous):
    assert anonymous.get("/problems", headers={"Accept": "*/*"}).json()["items"]


def test_an_unknown_code_has_no_page(anonymous):
    assert refused(anonymous.get("/problems/no_such_code")) == (404, "not_found")
    assert refused(anonymous.get("/problems/No-Code")) == (422, "invalid_request")


def test_neither_html_nor_json_is_not_acceptable(anonymous):
    assert refused(anonymous.get("/problems", headers={"Accept": "image/png"})) == (406, "not_acceptable")


def test_every_problem_that_the_contract_names_is_in_the_catalogue(catalogue, contract):
    named = {"request_in_progress"}
    for item in contract.document["paths"].values():
        for operation in item.values():
            named.update(operation.get("x-problems", ()) if isinstance(operation, dict) else ())
    assert named <= {problem["code"] for problem in catalogue}
    assert {problem["code"] for problem in catalogue if problem["status"] == 409} <= named


def test_all_faults_are_named_at_once(owner, project):
    answer = owner.post(
        "/tasks?colour=red&validate_only=perhaps",
        {"project_id": "x", "title": "", "priority": "someday", "size": 3, "due_on": "2026-02-30"},
        headers={"Idempotency-Key": "two words"},
    )
    problem = answer.json()
    faults = {
        (fault["in"], fault["pointer"] or fault["parameter"], fault["code"]) for fault in problem["errors"]
    }
    assert faults >= {
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
    missing = {fault["pointer"] for fault in faults if fault["code"] == "missing_property"}
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
    path = f"/tasks/{task['id']}"
    yield anonymous.get("/tasks")
    yield guest.post("/tasks", {"project_id": project["id"], "title": "T", "status": "todo"})
    yield stranger.get(path)
    yield owner.request("PUT", "/tasks")
    yield owner.get(path, headers={"Accept": "text/csv"})
    yield owner.delete(f"{path}/completion")
    yield owner.patch(path, {"title": "T"}, headers={"If-Match": '"99"'})
    yield owner.post("/tasks", {"project_id": project["id"], "title": "T" * 2_000_000, "status": "todo"})
    yield owner.get("/tasks", params={"text": "x" * 9_000})
    yield owner.request("POST", "/tasks", content="{}", headers={"Content-Type": "text/plain"})
    yield owner.request("POST", "/tasks", content="{", headers={"Content-Type": "application/json"})
    yield owner.request("PUT", f"{path}/completion", content="{}")
    yield owner.post("/tasks", {"title": 3})
    yield owner.get("/nowhere")
    yield owner.get("/tasks?text=%zz")


def test_F16_every_refusal_has_a_code_that_the_catalogue_explains(
    anonymous, owner, guest, stranger, project, task, catalogue
):
    catalogued = {problem["code"]: problem for problem in catalogue}
    seen = set()
    for answer in refusals(anonymous, owner, guest, stranger, project, task):
        problem = answer.json()
        seen.add(answer.status_code)
        explained = catalogued[problem["code"]]
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
