"""Problem types: a class is one, its name the code, its docstring the page."""

import re

import pytest

import spec
from handlers.http import problems
from handlers.http.application import CompiledContract, handler_of
from models.base.errors import Refusal, fault, problem_types
from models.privacy.personal_data_exports import ExportLimitReached
from models.work.projects import ProjectKeyTaken
from models.work.task_dates import DatesReversed
from models.work.tasks import SortNeedsText


@pytest.fixture(scope="module")
def types():
    """Every type of problem, with all modules of the operations there."""
    CompiledContract(spec.load(), handler_of).compile_all()
    return problem_types()


def test_the_name_is_the_code_and_the_docstring_the_page():
    assert ProjectKeyTaken.code() == "project_key_taken"
    assert ProjectKeyTaken.title() == "A project with this key already exists."
    assert (
        ProjectKeyTaken.section("Cause")
        == "Project keys are unique in an organization, so that `ENG-42` identifies one task."
    )
    assert ProjectKeyTaken.section("Fix") == "Choose another key."
    assert ProjectKeyTaken.section("Colour") == ""


def test_what_goes_over_several_lines_of_a_docstring_is_one_line():
    assert ProjectKeyTaken.section("Try").startswith("curl --json ")
    assert ProjectKeyTaken.section("Try").endswith(" $BASE/projects")
    assert "\n" not in ProjectKeyTaken.section("Try")


def test_families_are_no_problems(types):
    assert not {"refusal", "rule_violation", "conflict", "invalid_value", "quota_exceeded"} & set(types)


def test_F16_every_type_has_a_stable_code_a_status_and_a_page(types):
    for code, cls in types.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,59}", code)
        assert 400 <= cls.status <= 599, code
        assert cls.title().endswith("."), code
        assert all(cls.section(name) for name in ("Cause", "Fix", "Try")), code


def test_what_may_succeed_later_is_marked(types):
    later = {code for code, cls in types.items() if cls.retryable}
    assert later == {
        "body_timeout",
        "delivered_too_often",
        "export_limit_reached",
        "internal_error",
        "job_not_finished",
        "provider_unavailable",
        "rate_limited",
        "request_in_progress",
        "unavailable",
    }


def test_a_problem_tells_all_that_is_known():
    faults = [fault("body", "c", "d", pointer="/x")]
    refusal = Refusal("Why", permission="p", current_etag='"1"', changed_fields=("a",), errors=faults)
    problem = problems.as_problem(ProjectKeyTaken("Gone\0."), "request-7")
    assert problem["type"].endswith("/problems/project_key_taken")
    assert (problem["status"], problem["code"], problem["detail"]) == (409, "project_key_taken", "Gone␀.")
    assert problem["instance"] == "urn:remit:request:request-7"
    problem = problems.as_problem(refusal, "r")
    assert (problem["permission"], problem["current_etag"], problem["changed_fields"]) == ("p", '"1"', ["a"])
    assert (
        problem["errors"]
        == faults
        == [{"in": "body", "pointer": "/x", "parameter": None, "code": "c", "detail": "d"}]
    )


def test_a_detail_is_never_longer_than_the_contract_allows():
    assert len(problems.as_problem(Refusal("x" * 5000), "r")["detail"]) == 2000


def places(refusal):
    return [
        (error["in"], error["pointer"] or error["parameter"], error["code"], error["detail"])
        for error in refusal.errors
    ]


def test_a_rule_about_values_names_each_field_that_it_is_about():
    refusal = DatesReversed("Why.", fields=["starts_on", "due_on"])
    assert places(refusal) == [
        ("body", "/starts_on", "dates_reversed", "Why."),
        ("body", "/due_on", "dates_reversed", "Why."),
    ]
    title = SortNeedsText.title()
    assert places(SortNeedsText(parameters=["sort"])) == [("query", "sort", "sort_needs_text", title)]
    several = DatesReversed("Both.", fields=["due_on"], reasons=["One.", "Two."])
    assert [fault[3] for fault in places(several)] == ["One.", "Two."]


@pytest.mark.parametrize("seconds, header", [(86_399.2, "86400"), (0.01, "1"), (-3, "1"), (60, "60")])
def test_a_quota_says_in_whole_seconds_when_there_is_room_again(seconds, header):
    refusal = ExportLimitReached(seconds=seconds)
    assert (refusal.status, refusal.retryable, refusal.headers) == (429, True, {"Retry-After": header})
