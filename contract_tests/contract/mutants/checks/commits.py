"""Checks of commits: what a transaction stores, it stores together or not at all."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories


def a_response_tells_of_what_is_stored(scene):
    task = scene.task()
    assert scene.owner.get(f"/tasks/{task['id']}").status_code == 200, "what was created can be read"
    assert [event["event_type"] for event in scene.events_of(task)] == ["task.created"], "with its event"


def a_refused_write_keeps_no_response(scene):
    key, teams = {"Idempotency-Key": factories.key()}, f"/organizations/{scene.organization_id}/teams"
    name = f"Team {factories.key()}"
    assert scene.owner.post(teams, {"name": name}).status_code == 201, "a team can be created"
    for _ in range(2):
        answer = scene.owner.post(teams, {"name": name}, headers=key)
        assert answer.status_code == 409, "what is refused is refused again"
        assert refused(answer) == (409, "team_name_taken"), "a constraint refuses in the commit"


def no_number_is_given_twice(scene):
    numbers = {scene.task()["key"] for _ in range(3)}
    assert len(numbers) == 3, "each task has a number of its own"
