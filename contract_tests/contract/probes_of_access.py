"""Probes of access: who may see and do what, and with what."""

from contract_tests.contract.planted import refused
from contract_tests.support import factories
from contract_tests.support.row_policies import unprotected
from contract_tests.support.tampering import blank, set_back
from models.base.database import database


def strangers_learn_nothing(stage):
    task = stage.task(title="CANARY own")
    for path in (
        f"/tasks/{task['id']}",
        f"/projects/{stage.project['id']}",
        f"/organizations/{stage.organization_id}",
    ):
        assert refused(stage.stranger.get(path)) == (404, "not_found")
    assert refused(stage.stranger.patch(f"/tasks/{task['id']}", {"title": "Mine"})) == (404, "not_found")
    for path in ("/tasks", "/projects"):
        assert stage.organization_id not in stage.stranger.get(path, params={"limit": 100}).text
    event = stage.events_of(task)[0]
    assert refused(stage.stranger.get(f"/events/{event['id']}")) == (404, "not_found")
    asked = stage.stranger.get("/events", params={"organization_id": stage.organization_id})
    assert asked.status_code == 404
    assert refused(stage.owner.get(f"/tasks/{stage.foreign_task['id']}")) == (404, "not_found")


def roles_hold(stage):
    task = stage.task()
    path, body = f"/tasks/{task['id']}", {"project_id": stage.project["id"], "title": "T", "status": "todo"}
    assert stage.guest.get(path).status_code == 200
    for answer in (
        stage.guest.post("/tasks", body),
        stage.guest.patch(path, {"title": "Mine"}),
        stage.guest.delete(path),
        stage.member.delete(path),
        stage.guest.put(f"{path}/completion"),
    ):
        assert refused(answer) == (403, "permission_denied")
        assert answer.json()["permission"].startswith("task.")
    assert stage.owner.get(path).json() == task
    assert stage.member.post("/tasks", body).status_code == 201
    assert stage.admin.delete(path).status_code == 204


def nobody_gives_a_role_above_their_own(stage):
    person = factories.register(stage.anonymous)
    added = stage.admin.post(
        f"/organizations/{stage.organization_id}/invitations", {"email": person.email, "role": "owner"}
    )
    assert refused(added) == (409, "role_above_own")


def an_organization_keeps_an_owner(stage):
    someone = stage.newcomer()
    organization = factories.organization(someone)
    (only,) = someone.get(f"/organizations/{organization['id']}/members").json()["items"]
    for answer in (
        someone.delete(f"/members/{only['id']}"),
        someone.patch(f"/members/{only['id']}", {"role": "admin"}),
    ):
        assert refused(answer) == (409, "last_owner")


def only_members_are_assigned(stage):
    body = {"assignee_ids": [stage.people["member"].id, stage.people["stranger"].id]}
    path = f"/tasks/{stage.task()['id']}"
    answer = stage.owner.patch(path, body)
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (
        404,
        ["/assignee_ids/1"],
    )
    assert stage.owner.get(path).json()["assignee_ids"] == []


def a_key_does_what_its_scopes_say_until_it_is_revoked(stage):
    made = stage.owner.post(
        "/api-keys", {"name": "Probe", "scopes": ["tasks:read"], **factories.PROOF}
    ).json()
    program = stage.client(made["secret"])
    assert program.get("/tasks").status_code == 200
    body = {"project_id": stage.project["id"], "title": "T", "status": "todo"}
    denied = program.post("/tasks", body)
    assert (refused(denied), denied.json()["permission"]) == ((403, "permission_denied"), "tasks:write")
    assert stage.owner.delete(f"/api-keys/{made['api_key']['id']}").status_code == 204
    assert refused(program.get("/tasks")) == (401, "unauthenticated")


def a_session_ends_when_its_person_says_so(stage):
    someone = stage.newcomer()
    wrong = stage.anonymous.post("/sessions", {"email": someone.person.email, "password": "Wrong-horse-8"})
    assert refused(wrong) == (401, "unauthenticated")
    head, _, tag = someone.token.rpartition(".")
    forged = stage.client(f"{head}.{'A' * len(tag)}")
    assert refused(forged.get("/users/me")) == (401, "unauthenticated")
    assert someone.delete("/sessions/current").status_code == 204
    assert refused(someone.get("/users/me")) == (401, "unauthenticated")


def a_refresh_token_is_good_once(stage):
    session = factories.log_in(stage.anonymous, stage.people["stranger"])
    first, second = (
        stage.anonymous.post(
            "/sessions/refresh", {"refresh_token": session["refresh_token"]}, headers={"User-Agent": agent}
        )
        for agent in ("its own device", "another device")
    )
    assert (first.status_code, refused(second)) == (201, (401, "unauthenticated"))
    assert refused(stage.client(first.json()["access_token"]).get("/users/me")) == (401, "unauthenticated")


def an_access_token_ends_with_the_role_it_was_given_in(stage):
    someone = stage.newcomer()
    member = factories.member(stage.owner, stage.organization_id, someone.person, "admin")
    assert someone.get("/users/me").status_code == 200
    assert stage.owner.patch(f"/members/{member['id']}", {"role": "guest"}).status_code == 200
    assert refused(someone.get("/users/me")) == (401, "unauthenticated")


def a_rotated_key_works_with_its_new_secret_alone(stage):
    made = stage.owner.post(
        "/api-keys", {"name": "Probe", "scopes": ["tasks:read"], **factories.PROOF}
    ).json()
    place = f"/api-keys/{made['api_key']['id']}/rotations"
    new = stage.owner.post(place, {"overlap_seconds": 0, **factories.PROOF}).json()
    assert stage.client(new["secret"]).get("/tasks").status_code == 200
    assert refused(stage.client(made["secret"]).get("/tasks")) == (401, "unauthenticated")


def a_log_that_was_changed_is_not_intact(stage):
    someone = stage.newcomer()
    sql = "update security_entries set kind = 'session.ended' where chain_id = %s and sequence = 1"
    with database.connection_context():
        assert database.run(sql, (someone.person.id,)) == 1
    told = someone.get("/security-log/verification").json()
    assert (told["is_intact"], told["first_broken_sequence"]) == (False, 1)


def what_was_blanked_is_not_intact(stage):
    someone = stage.newcomer()
    blank(someone.person.id, 1)
    told = someone.get("/security-log/verification").json()
    assert (told["is_intact"], told["fault"]) == (False, "changed")


def a_log_that_was_set_back_is_not_intact(stage):
    someone = stage.newcomer()
    with set_back(someone.person.id):
        factories.log_in(stage.anonymous, someone.person)
    factories.log_in(stage.anonymous, someone.person)
    told = someone.get("/security-log/verification").json()
    assert (told["is_intact"], told["fault"]) == (False, "set_back")


def every_table_has_a_policy(stage):
    assert unprotected() == []
