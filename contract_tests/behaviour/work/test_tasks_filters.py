"""The filters of the list of tasks, one by one and together, against the same question asked of plain lists."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from models.base.database import database

moment = datetime.fromisoformat

FILTERS = {
    "status": lambda task, values: task["status"] in values,
    "priority": lambda task, values: task["priority"] in values,
    "project_id": lambda task, values: task["project_id"] in values,
    "assignee_id": lambda task, values: bool(set(values) & set(task["assignee_ids"])),
    "assigned": lambda task, value: bool(task["assignee_ids"]) == (value == "true"),
    "due_from": lambda task, value: task["due_on"] is not None and task["due_on"] >= value,
    "due_to": lambda task, value: task["due_on"] is not None and task["due_on"] <= value,
    "created_from": lambda task, value: moment(task["created_at"]) >= moment(value),
    "created_to": lambda task, value: moment(task["created_at"]) <= moment(value),
}


def sent(portfolio, name):
    """A value of the filter, which lets some of the tasks through and some not."""
    return {
        "status": ["todo", "in_progress", "done"],
        "priority": ["none", "low", "high", "urgent"],
        "project_id": portfolio.projects[:2],
        "assignee_id": portfolio.people[1:],
        "assigned": "true",
        "due_from": "2026-03-02",
        "due_to": "2026-03-07",
        "created_from": portfolio.tasks[7]["created_at"],
        "created_to": portfolio.tasks[28]["created_at"],
    }[name]


def expected(portfolio, params):
    """The tasks of the one organization for which every filter holds, newest first."""
    matching = [
        task for task in portfolio.tasks if all(FILTERS[name](task, value) for name, value in params.items())
    ]
    return matching[::-1]


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_lets_through_what_it_says(portfolio, name):
    params = {name: sent(portfolio, name)}
    wanted = expected(portfolio, params)
    assert 0 < len(wanted) < len(portfolio.tasks)
    assert portfolio.ask(**params) == wanted


@pytest.mark.parametrize("names", list(itertools.combinations(FILTERS, 2)), ids="+".join)
def test_any_two_filters_must_both_hold(portfolio, names):
    params = {name: sent(portfolio, name) for name in names}
    assert portfolio.ask(**params) == expected(portfolio, params)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_is_asked_of_all_organizations_of_the_caller(portfolio, name):
    value = sent(portfolio, name)
    wanted = [task for task in portfolio.tasks + portfolio.elsewhere if FILTERS[name](task, value)][::-1]
    assert portfolio.client.everything("/tasks", limit=7, **{name: value}) == wanted


def test_all_filters_together(portfolio):
    params = {name: sent(portfolio, name) for name in FILTERS}
    wanted = expected(portfolio, params)
    assert wanted
    assert portfolio.ask(**params, limit=1) == wanted


@pytest.mark.parametrize("name", ["status", "priority", "project_id", "assignee_id"])
def test_several_values_of_one_filter_are_alternatives(portfolio, name):
    values = sent(portfolio, name)
    each = [{task["id"] for task in portfolio.ask(**{name: [value]})} for value in values]
    assert {task["id"] for task in portfolio.ask(**{name: values})} == set().union(*each)


def test_tasks_without_an_assignee(portfolio):
    assert portfolio.ask(assigned="false") == [
        task for task in portfolio.tasks[::-1] if not task["assignee_ids"]
    ]


def test_filters_that_contradict_each_other_find_nothing(portfolio):
    assert portfolio.ask(assigned="false", assignee_id=portfolio.people[0]) == []
    assert portfolio.ask(due_from="2026-03-05", due_to="2026-03-04") == []


def test_both_ends_of_a_range_belong_to_it(portfolio):
    assert {task["due_on"] for task in portfolio.ask(due_from="2026-03-04", due_to="2026-03-04")} == {
        "2026-03-04"
    }
    made = portfolio.tasks[11]["created_at"]
    assert portfolio.ask(created_from=made, created_to=made) == [portfolio.tasks[11]]


def test_a_moment_is_the_same_in_every_time_zone(portfolio):
    utc = moment(portfolio.tasks[11]["created_at"])
    assert utc.tzinfo == UTC
    elsewhere = (utc.replace(tzinfo=None) + timedelta(hours=5, minutes=30)).isoformat() + "+05:30"
    assert portfolio.ask(created_from=elsewhere, created_to=elsewhere) == [portfolio.tasks[11]]


def test_ids_may_be_written_in_capitals(portfolio):
    project = portfolio.projects[1]
    assert portfolio.ask(project_id=project.upper()) == portfolio.ask(project_id=project)


def test_the_total_counts_what_the_filters_let_through(portfolio):
    params = {"organization_id": portfolio.organization_id, "status": "done", "include": "total", "limit": 2}
    first = portfolio.client.get("/tasks", params=params).json()
    second = portfolio.client.get("/tasks", params=params | {"cursor": first["next_cursor"]}).json()
    wanted = len([task for task in portfolio.tasks if task["status"] == "done"])
    assert (first["total"], second["total"]) == (wanted, wanted)
    assert portfolio.client.get("/tasks").json()["total"] is None


@pytest.mark.parametrize("name, noun", [("organization_id", "organization"), ("project_id", "project")])
def test_filtering_by_what_is_foreign_is_like_filtering_by_what_is_not_there(stranger, portfolio, name, noun):
    foreign = {"organization_id": portfolio.organization_id, "project_id": portfolio.projects[0]}[name]
    absent = "0198c0de-7c7e-7f00-8000-00000000ffff"
    answers = [stranger.get("/tasks", params={name: value}) for value in (foreign, absent)]
    assert [refused(answer) for answer in answers] == [(404, "not_found")] * 2
    assert answers[0].json()["detail"] == answers[1].json()["detail"] == f"No {noun} has this ID."


def test_the_people_of_others_are_assigned_to_nothing_here(stranger, portfolio):
    assert stranger.get("/tasks", params={"assignee_id": portfolio.people[0]}).json()["items"] == []


@pytest.mark.parametrize(
    "query, code",
    [
        ("status=todo&status=todo", "repeated"),
        ("status=", "wrong_form"),
        ("status=todo,done", "wrong_form"),
        ("status=TODO", "wrong_form"),
        ("priority=highest", "not_one_of"),
        ("assigned=1", "wrong_type"),
        ("assigned=True", "wrong_type"),
        ("due_from=01.03.2026", "wrong_format"),
        ("due_to=2026-02-30", "wrong_format"),
        ("created_from=2026-03-01", "wrong_format"),
        ("created_from=2026-03-01T10:00:00", "wrong_format"),
        ("created_to=0001-01-01T00:00:00%2B14:00", "out_of_range"),
        ("assignee_id=me", "wrong_format"),
        ("project_id=0198c0de7c7e7f00800000000000000x", "wrong_format"),
        ("organization_id=", "wrong_format"),
        ("assigned=true&assigned=false", "repeated_parameter"),
        ("text=", "too_short"),
        ("text=%00", "wrong_form"),
        ("sort=title", "not_one_of"),
        ("state=todo", "unknown_parameter"),
        ("filter%5Bstatus%5D=todo", "unknown_parameter"),
    ],
)
def test_F6_a_filter_that_is_not_understood_is_refused(owner, query, code):
    answer = owner.get(f"/tasks?{query}")
    assert refused(answer) == (422, "invalid_request")
    fault = answer.json()["errors"][0]
    assert (fault["code"], fault["in"]) == (code, "query")
    assert query.replace("%5B", "[").replace("%5D", "]").startswith(fault["parameter"])


@pytest.mark.parametrize(
    ("categories", "statuses"),
    [
        (["todo"], {"todo"}),
        (["doing"], {"in_progress", "in_review"}),
        (["done", "cancelled"], {"done", "cancelled"}),
        (["todo", "doing", "done", "cancelled"], {"todo", "in_progress", "in_review", "done", "cancelled"}),
    ],
)
def test_tasks_are_filtered_by_what_their_status_means(portfolio, categories, statuses):
    names = portfolio.numbers(status_category=categories)
    assert sorted(names) == sorted(
        task["title"][-2:] for task in portfolio.tasks if task["status"] in statuses
    )
    assert {task["status_category"] for task in portfolio.ask(status_category=categories)} == set(categories)


def test_a_status_that_no_project_has_is_on_no_task(portfolio):
    assert portfolio.numbers(status="someday") == []


def test_twenty_projects_are_found_by_one_statement(owner, organization, monkeypatch):
    projects = [factories.project(owner, organization)["id"] for _ in range(20)]
    task = factories.task(owner, projects[-1])
    executed = []
    execute = type(database).execute_prepared

    def counted(self, statement, parameters):
        executed.append(statement.text)
        return execute(self, statement, parameters)

    def statements(project_ids):
        executed.clear()
        found_ids = [
            item["id"] for item in owner.get("/tasks", params={"project_id": project_ids}).json()["items"]
        ]
        return len(executed), found_ids

    monkeypatch.setattr(type(database), "execute_prepared", counted)
    few, none = statements(projects[:1])
    many, only = statements(projects)
    assert (few, none) == (many, [])
    assert only == [task["id"]]
    missing = owner.get("/tasks", params={"project_id": [*projects[:2], task["id"]]})
    assert refused(missing) == (404, "not_found")
