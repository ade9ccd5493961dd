"""Tasks: made, found, changed, finished and deleted."""
from contract_tests import factories


def test_a_task_can_be_finished_once(member, task):
    assert member.put(f"/tasks/{task['id']}/completion").json()["status"] == "done"
    again = member.put(f"/tasks/{task['id']}/completion")
    assert (again.status_code, again.json()["code"]) == (409, "task_already_done")


def test_tasks_are_numbered_in_their_project(member, project):
    keys = [factories.task(member, project["id"])["key"] for _ in range(3)]
    assert keys == [f"{project['key']}-{number}" for number in (1, 2, 3)]
