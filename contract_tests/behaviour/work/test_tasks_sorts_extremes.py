"""Orders at the ends of the calendar: page by page, in both directions, no task is out of place, missing or doubled."""

import pytest

from contract_tests.behaviour.work.test_tasks_sorts import BOTH_WAYS, in_order
from contract_tests.support import factories
from contract_tests.support.fixtures import PRIORITIES

DATES = (
    "9999-12-31",
    None,
    "0001-01-01",
    "9999-12-30",
    None,
    "0001-01-02",
    "1970-01-01",
    "9999-12-31",
    "0001-01-01",
)


@pytest.fixture(scope="module")
def calendar(anonymous):
    """A project whose tasks are due on the first and the last days of the calendar, on others, or never."""
    person = factories.newcomer(anonymous)
    project = factories.project(person, factories.organization(person)["id"])["id"]
    person.tasks = [
        factories.task(person, project, title=f"Task {number}", due_on=day, priority=PRIORITIES[number % 5])
        for number, day in enumerate(DATES)
    ]
    person.ask = lambda **params: person.everything("/tasks", project_id=project, **params)
    return person


@pytest.mark.parametrize("sort", BOTH_WAYS)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_every_order_holds_at_the_ends_of_the_calendar(calendar, sort, limit):
    assert calendar.ask(sort=sort, limit=limit) == in_order(calendar.tasks, sort)


@pytest.mark.parametrize(
    ("sort", "dates"),
    [
        (
            "due_on",
            ["0001-01-01"] * 2 + ["0001-01-02", "1970-01-01", "9999-12-30"] + ["9999-12-31"] * 2 + [None] * 2,
        ),
        (
            "-due_on",
            ["9999-12-31"] * 2 + ["9999-12-30", "1970-01-01", "0001-01-02"] + ["0001-01-01"] * 2 + [None] * 2,
        ),
    ],
)
def test_tasks_without_a_date_come_after_every_date(calendar, sort, dates):
    assert [task["due_on"] for task in calendar.ask(sort=sort, limit=1)] == dates


@pytest.mark.parametrize("sort", ["due_on", "-due_on"])
def test_a_search_keeps_tasks_without_a_date_last(calendar, sort):
    assert calendar.ask(sort=sort, limit=1, text="task") == in_order(calendar.tasks, sort)
