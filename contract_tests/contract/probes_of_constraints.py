"""Probes of constraints: what they refuse is told by the contract's own problem, and what is in the way is tried again."""

from contract_tests.contract.planted import refused
from contract_tests.support import factories
from contract_tests.support.meanwhile import meeting_an_erasure


def what_is_there_already_is_refused_by_its_name(stage):
    place = f"/organizations/{stage.organization_id}"
    key = {"organization_id": stage.organization_id, "key": stage.project["key"], "name": "Twin"}
    assert refused(stage.owner.post("/projects", key)) == (409, "project_key_taken")
    team = stage.owner.post(f"{place}/teams", {"name": f"Team {stage.project['key']}"}).json()
    twin = stage.owner.post(f"{place}/teams", {"name": team["name"].upper()})
    assert refused(twin) == (409, "team_name_taken")
    members = f"/teams/{team['id']}/members"
    joining = {"user_id": stage.people["member"].id, "role": "member"}
    assert refused(stage.owner.post(members, joining)) == (201, None)
    assert refused(stage.owner.post(members, joining)) == (409, "already_in_team")


def what_is_referred_to_is_kept(stage):
    project = factories.project(stage.owner, stage.organization_id)
    factories.task(stage.owner, project["id"])
    assert refused(stage.owner.delete(f"/projects/{project['id']}")) == (409, "project_not_empty")


def who_is_erased_meanwhile_is_let_in_no_more(stage):
    client = stage.newcomer()
    answer = meeting_an_erasure(lambda: client.post("/organizations", {"name": "Late"}), client.person.id)
    assert refused(answer) == (401, "unauthenticated")
