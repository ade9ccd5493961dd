"""Rules about values beside the faults of the contract: which are applied to what, and what they name."""

import pytest

from handlers.http.value_faults import names_of
from models.base.errors import fault
from models.base.value_rules import ValueRule, obeys, violations
from models.work.task_dates import refuse_reversed
from models.work.tasks import refuse_without_text

DATES = ValueRule(refuse_reversed, ("starts_on", "due_on"))
TEXT = ValueRule(refuse_without_text, ("sort", "text"))
REVERSED = {"starts_on": "2026-05-02", "due_on": "2026-05-01", "sort": "relevance"}


def test_every_rule_is_applied_to_the_fields_that_it_names():
    assert [violation["code"] for violation in violations([DATES, TEXT], REVERSED, ())] == [
        "dates_reversed",
        "dates_reversed",
        "sort_needs_text",
        "sort_needs_text",
    ]
    assert violations([DATES, TEXT], {"due_on": "2026-05-01"}, ()) == []


def test_a_rule_about_a_field_with_a_fault_is_not_applied():
    assert {violation["code"] for violation in violations([DATES, TEXT], REVERSED, {"due_on"})} == {
        "sort_needs_text"
    }


@pytest.mark.parametrize(
    "pointer, parameter, name",
    [("/due_on", None, "due_on"), ("/scopes/3", None, "scopes"), (None, "sort", "sort"), ("", None, "")],
)
def test_the_field_of_a_fault_is_where_its_pointer_begins(pointer, parameter, name):
    assert names_of([fault("body", "c", "d", pointer=pointer, parameter=parameter)]) == {name}


def test_rules_are_applied_in_the_order_in_which_they_stand():
    @obeys(refuse_reversed, "starts_on", "due_on")
    @obeys(refuse_without_text, "sort", "text")
    def handler():
        """The handler of an operation."""

    assert handler.value_rules == (DATES, TEXT)
