"""Checks of constraints: what the database refuses is answered by its own problem, or tried again."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories
from contract_tests.support.meanwhile import meeting_an_erasure


def unique_violations_have_their_own_problems(scene):
    organization = f"/organizations/{scene.organization_id}"
    key = {"organization_id": scene.organization_id, "key": scene.project["key"], "name": "Twin"}
    taken = scene.owner.post("/projects", key)
    assert refused(taken) == (409, "project_key_taken"), "a project key is unique"
    team = scene.owner.post(f"{organization}/teams", {"name": f"Team {scene.project['key']}"}).json()
    twin = scene.owner.post(f"{organization}/teams", {"name": team["name"].upper()})
    assert refused(twin) == (409, "team_name_taken"), "a team name is unique"
    members = f"/teams/{team['id']}/members"
    joining = {"user_id": scene.people["member"].id, "role": "member"}
    assert refused(scene.owner.post(members, joining)) == (201, None), "a member joins a team"
    assert refused(scene.owner.post(members, joining)) == (409, "already_in_team"), "a member joins once"


def referenced_rows_are_kept(scene):
    project = factories.project(scene.owner, scene.organization_id)
    factories.task(scene.owner, project["id"])
    deleted = scene.owner.delete(f"/projects/{project['id']}")
    assert refused(deleted) == (409, "project_not_empty"), "a project with tasks is not deleted"


def an_erased_person_is_refused(scene):
    client = scene.newcomer()
    answer = meeting_an_erasure(lambda: client.post("/organizations", {"name": "Late"}), client.person.id)
    assert refused(answer) == (401, "unauthenticated"), "who is erased meanwhile is refused"
