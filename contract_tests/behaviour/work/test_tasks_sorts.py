"""The orders of the list of tasks: both ways, with ties, and with what is missing last."""

from datetime import datetime

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.fixtures import PRIORITIES

KEYS = {
    "created_at": lambda task: datetime.fromisoformat(task["created_at"]),
    "updated_at": lambda task: datetime.fromisoformat(task["updated_at"]),
    "due_on": lambda task: task["due_on"],
    "priority": lambda task: PRIORITIES.index(task["priority"]),
}
BOTH_WAYS = [sign + name for name in KEYS for sign in ("", "-")]


def in_order(tasks, sort):
    """The tasks sorted beside the server; ties by id, the same way; without the property last."""
    key = KEYS[sort.lstrip("-")]
    there = [task for task in tasks if key(task) is not None]
    missing = [task for task in tasks if key(task) is None]
    turned = sort.startswith("-")
    return sorted(there, key=lambda task: (key(task), task["id"]), reverse=turned) + sorted(
        missing, key=lambda task: task["id"], reverse=turned
    )


@pytest.mark.parametrize("sort", BOTH_WAYS)
def test_each_sort_orders_all_tasks(portfolio, sort):
    assert portfolio.ask(sort=sort, limit=100) == in_order(portfolio.tasks, sort)


@pytest.mark.parametrize("sort", BOTH_WAYS)
@pytest.mark.parametrize("limit", [1, 5])
def test_pages_of_any_size_give_the_same_order(portfolio, sort, limit):
    assert portfolio.numbers(sort=sort, limit=limit) == portfolio.numbers(sort=sort, limit=100)


@pytest.mark.parametrize("sort", BOTH_WAYS)
def test_the_tasks_of_several_organizations_are_in_one_order(portfolio, sort):
    tasks = portfolio.client.everything("/tasks", sort=sort, limit=6)
    assert tasks == in_order(portfolio.tasks + portfolio.elsewhere, sort)


@pytest.mark.parametrize("sort", BOTH_WAYS)
def test_sorts_keep_the_filters(portfolio, sort):
    wanted = [
        task
        for task in portfolio.tasks
        if task["status"] != "done" and portfolio.people[0] in task["assignee_ids"]
    ]
    tasks = portfolio.ask(
        sort=sort,
        limit=2,
        status=["todo", "in_progress", "in_review", "cancelled"],
        assignee_id=portfolio.people[0],
    )
    assert tasks == in_order(wanted, sort)


def test_the_newest_come_first_by_default(portfolio):
    assert portfolio.ask() == portfolio.ask(sort="-created_at") == portfolio.tasks[::-1]


@pytest.mark.parametrize("sort", ["due_on", "-due_on"])
def test_tasks_without_a_due_date_come_last_both_ways(portfolio, sort):
    dates = [task["due_on"] for task in portfolio.ask(sort=sort, limit=7)]
    without = dates.count(None)
    assert without == 9
    assert dates[-without:] == [None] * without


def test_a_change_moves_a_task_to_the_front_of_the_latest_changes(owner, project, task):
    later = factories.task(owner, project["id"])
    owner.patch(f"/tasks/{task['id']}", {"title": "Changed"})
    params = {"project_id": project["id"], "sort": "-updated_at"}
    assert [row["id"] for row in owner.get("/tasks", params=params).json()["items"]] == [
        task["id"],
        later["id"],
    ]


@pytest.mark.parametrize("sort", ["relevance", "-relevance"])
def test_relevance_needs_something_to_be_relevant_to(owner, sort):
    answer = owner.get("/tasks", params={"sort": sort})
    assert refused(answer) == ((422, "sort_needs_text") if sort == "relevance" else (422, "invalid_request"))
