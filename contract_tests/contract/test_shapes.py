"""Shapes: what leaves is what the contract promises, or a fault that says so; never something else."""

import pytest

from contract_tests.support.clients import refused
from models.work.tasks import TaskNotDone

BROKEN = {
    "null where the contract forbids it": lambda task: task.update(title=None),
    "a float where an integer is promised": lambda task: task.update(version=1.5),
    "a number where a string is promised": lambda task: task.update(title=7),
    "an object where an id is promised": lambda task: task.update(project_id={"id": task["project_id"]}),
    "a string where a list is promised": lambda task: task.update(assignee_ids="nobody"),
    "a moment that is none": lambda task: task.update(created_at="yesterday"),
    "a key that is none": lambda task: task.update(key="key"),
    "a title that is too long": lambda task: task.update(title="x" * 201),
}


@pytest.fixture
def answering(live, monkeypatch):
    """Make an operation answer something else."""

    def plant(operation, handler):
        plan = live.plans[operation]
        original = plan.handler
        monkeypatch.setattr(plan, "handler", lambda **arguments: handler(original, arguments))

    return plant


@pytest.mark.parametrize("fault", BROKEN)
def test_F7_a_value_of_the_wrong_type_never_leaves(owner, task, answering, fault):
    def handler(original, arguments):
        arguments["caller"].asked = True
        broken = dict(task)
        BROKEN[fault](broken)
        return broken, 200, {"ETag": '"1"'}

    answering("get_task", handler)
    assert refused(owner.get(f"/tasks/{task['id']}")) == (500, "internal_error")


def test_F7_ids_where_objects_are_promised_never_leave(owner, task, answering):
    def handler(original, arguments):
        page = original(**arguments)
        page["included"]["projects"] = [{"id": row.project_id} for row in page["items"]]
        return page

    answering("list_tasks", handler)
    assert refused(owner.get("/tasks?include=projects")) == (500, "internal_error")


def test_a_write_whose_answer_breaks_the_contract_is_not_stored(owner, task, answering):
    def handler(original, arguments):
        row = original(**arguments)
        row.title = None
        return row

    answering("update_task", handler)
    assert refused(owner.patch(f"/tasks/{task['id']}", {"title": "Lost"})) == (500, "internal_error")
    assert owner.get(f"/tasks/{task['id']}").json() == task


@pytest.mark.parametrize("status", [202, 299, 418, 507])
def test_a_status_that_is_not_documented_never_leaves(owner, task, answering, status):
    answering("get_task", lambda original, arguments: (original(**arguments), status))
    assert refused(owner.get(f"/tasks/{task['id']}")) == (500, "internal_error")


def test_a_conflict_that_is_not_documented_never_leaves(owner, task, answering):
    def handler(original, arguments):
        raise TaskNotDone()

    answering("complete_task", handler)
    assert refused(owner.put(f"/tasks/{task['id']}/completion")) == (500, "internal_error")


def test_what_the_contract_does_not_name_is_left_out(owner, task, answering):
    def handler(original, arguments):
        arguments["caller"].asked = True
        return {**task, "secret": "of ours"}, 200, {"ETag": '"1"'}

    answering("get_task", handler)
    assert owner.get(f"/tasks/{task['id']}").json() == task


def test_an_operation_that_forgot_to_ask_for_its_permission_answers_nothing(owner, task, answering):
    answering("get_task", lambda original, arguments: (task, 200, {"ETag": '"1"'}))
    assert refused(owner.get(f"/tasks/{task['id']}")) == (500, "internal_error")


def test_an_event_that_is_not_documented_undoes_the_write(owner, task, answering):
    def handler(original, arguments):
        row = original(**arguments)
        return row.record("task.teleported", title="Elsewhere")

    answering("complete_task", handler)
    assert refused(owner.put(f"/tasks/{task['id']}/completion")) == (500, "internal_error")
    assert owner.get(f"/tasks/{task['id']}").json() == task


def test_a_fault_in_the_middle_of_a_write_leaves_nothing(owner, task, answering):
    def handler(original, arguments):
        original(**arguments)
        raise ZeroDivisionError

    answering("update_task", handler)
    key = {"Idempotency-Key": f"fault-{task['id']}"}
    assert refused(owner.patch(f"/tasks/{task['id']}", {"title": "Half"}, headers=key)) == (
        500,
        "internal_error",
    )
    assert owner.get(f"/tasks/{task['id']}").json() == task
    params = {"organization_id": task["organization_id"], "subject_id": task["id"], "include": "total"}
    assert owner.get("/events", params=params).json()["total"] == 1


def test_the_same_key_succeeds_after_a_fault(owner, task, live, monkeypatch):
    headers = {"Idempotency-Key": f"later-{task['id']}"}

    def broken(task_id, body, caller):
        raise ZeroDivisionError

    with monkeypatch.context() as planted:
        planted.setattr(live.plans["update_task"], "handler", broken)
        assert owner.patch(f"/tasks/{task['id']}", {"title": "Later"}, headers=headers).status_code == 500
    retried = owner.patch(f"/tasks/{task['id']}", {"title": "Later"}, headers=headers)
    assert (retried.status_code, retried.json()["title"]) == (200, "Later")
