"""Checks of access: who may see and do what, and with which credential."""

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories
from contract_tests.support.row_policies import unprotected
from contract_tests.support.tampering import blank, set_back
from models.base.database import database

HIDDEN = (404, "not_found")
UNAUTHENTICATED = (401, "unauthenticated")
DENIED = (403, "permission_denied")


def strangers_learn_nothing(scene):
    task = scene.task(title="CANARY own")
    for noun in ("task", "project"):
        lists = scene.stranger.get(f"/{noun}s", params={"limit": 100})
        assert scene.organization_id not in lists.text, f"a stranger's list shows no foreign {noun}"
    for noun, path in (
        ("task", f"/tasks/{task['id']}"),
        ("project", f"/projects/{scene.project['id']}"),
        ("organization", f"/organizations/{scene.organization_id}"),
    ):
        assert refused(scene.stranger.get(path)) == HIDDEN, f"a {noun} is hidden from strangers"
    changed = scene.stranger.patch(f"/tasks/{task['id']}", {"title": "Mine"})
    assert refused(changed) == HIDDEN, "a stranger changes no task"
    event = scene.events_of(task)[0]
    refusal = refused(scene.stranger.get(f"/events/{event['id']}"))
    assert refusal == HIDDEN, "an event is hidden from strangers"
    listed = scene.stranger.get("/events", params={"organization_id": scene.organization_id})
    assert listed.status_code == 404, "the events of an organization are hidden from strangers"
    foreign = scene.owner.get(f"/tasks/{scene.foreign_task['id']}")
    assert refused(foreign) == HIDDEN, "a foreign task is hidden from owners of other organizations"


def roles_hold(scene):
    task = scene.task()
    path, body = f"/tasks/{task['id']}", {"project_id": scene.project["id"], "title": "T", "status": "todo"}
    assert scene.guest.get(path).status_code == 200, "a guest reads tasks"
    for role, act, answer in (
        ("guest", "create", scene.guest.post("/tasks", body)),
        ("guest", "update", scene.guest.patch(path, {"title": "Mine"})),
        ("guest", "delete", scene.guest.delete(path)),
        ("member", "delete", scene.member.delete(path)),
        ("guest", "complete", scene.guest.put(f"{path}/completion")),
    ):
        assert refused(answer) == DENIED, f"a {role} may not {act} the task"
        assert answer.json()["permission"].startswith("task."), "the missing permission is named"
    assert scene.owner.get(path).json() == task, "what was refused has changed nothing"
    assert scene.member.post("/tasks", body).status_code == 201, "a member may create a task"
    assert scene.admin.delete(path).status_code == 204, "an admin may delete a task"


def nobody_gives_a_role_above_their_own(scene):
    person = factories.register(scene.anonymous)
    added = scene.admin.post(
        f"/organizations/{scene.organization_id}/invitations", {"email": person.email, "role": "owner"}
    )
    assert refused(added) == (409, "role_above_own"), "an admin invites no owner"


def an_organization_keeps_an_owner(scene):
    someone = scene.newcomer()
    organization = factories.organization(someone)
    (only,) = someone.get(f"/organizations/{organization['id']}/members").json()["items"]
    for answer in (
        someone.delete(f"/members/{only['id']}"),
        someone.patch(f"/members/{only['id']}", {"role": "admin"}),
    ):
        assert refused(answer) == (409, "last_owner"), "the last owner remains"


def only_members_are_assigned(scene):
    body = {"assignee_ids": [scene.people["member"].id, scene.people["stranger"].id]}
    path = f"/tasks/{scene.task()['id']}"
    answer = scene.owner.patch(path, body)
    assert answer.status_code == 404, "a person of another organization cannot be assigned"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/assignee_ids/1"], (
        "the person is named"
    )
    assert scene.owner.get(path).json()["assignee_ids"] == [], "nobody was assigned"


def scopes_of_a_key_hold_until_it_is_revoked(scene):
    made = scene.owner.post(
        "/api-keys", {"name": "Check", "scopes": ["tasks:read"], **factories.PROOF}
    ).json()
    program = scene.client(made["secret"])
    assert program.get("/tasks").status_code == 200, "a key may do what its scopes say"
    body = {"project_id": scene.project["id"], "title": "T", "status": "todo"}
    denied = program.post("/tasks", body)
    assert refused(denied) == DENIED, "a key may do nothing beyond its scopes"
    assert denied.json()["permission"] == "tasks:write", "the missing scope is named"
    revoked = scene.owner.delete(f"/api-keys/{made['api_key']['id']}")
    assert revoked.status_code == 204, "a key can be revoked"
    assert refused(program.get("/tasks")) == UNAUTHENTICATED, "a revoked key is refused"


def credentials_of_a_session_are_verified(scene):
    someone = scene.newcomer()
    wrong = scene.anonymous.post("/sessions", {"email": someone.person.email, "password": "Wrong-horse-8"})
    assert refused(wrong) == UNAUTHENTICATED, "a wrong password is refused"
    head, _, tag = someone.token.rpartition(".")
    forged = scene.client(f"{head}.{'A' * len(tag)}")
    assert refused(forged.get("/users/me")) == UNAUTHENTICATED, "a forged signature is refused"
    assert someone.delete("/sessions/current").status_code == 204, "a session can be ended"
    assert refused(someone.get("/users/me")) == UNAUTHENTICATED, "an ended session is refused"


def a_refresh_token_is_good_once(scene):
    session = factories.log_in(scene.anonymous, scene.people["stranger"])
    first, second = (
        scene.anonymous.post(
            "/sessions/refresh", {"refresh_token": session["refresh_token"]}, headers={"User-Agent": agent}
        )
        for agent in ("its own device", "another device")
    )
    assert first.status_code == 201, "a refresh token is good"
    assert refused(second) == UNAUTHENTICATED, "a refresh token is good once"
    access_token = first.json()["access_token"]
    left = refused(scene.client(access_token).get("/users/me"))
    assert left == UNAUTHENTICATED, "a reused refresh token ends the session"


def a_role_change_revokes_access_tokens(scene):
    someone = scene.newcomer()
    member = factories.member(scene.owner, scene.organization_id, someone.person, "admin")
    assert someone.get("/users/me").status_code == 200, "the access token is good"
    changed = scene.owner.patch(f"/members/{member['id']}", {"role": "guest"})
    assert changed.status_code == 200, "a role can be changed"
    assert refused(someone.get("/users/me")) == UNAUTHENTICATED, "a token of an earlier role is refused"


def a_rotated_key_works_with_its_new_secret_alone(scene):
    made = scene.owner.post(
        "/api-keys", {"name": "Check", "scopes": ["tasks:read"], **factories.PROOF}
    ).json()
    rotations = f"/api-keys/{made['api_key']['id']}/rotations"
    new = scene.owner.post(rotations, {"overlap_seconds": 0, **factories.PROOF}).json()
    assert scene.client(new["secret"]).get("/tasks").status_code == 200, "the new secret is good"
    former = refused(scene.client(made["secret"]).get("/tasks"))
    assert former == UNAUTHENTICATED, "the former secret is refused after the overlap"


def a_changed_log_entry_is_detected(scene):
    someone = scene.newcomer()
    sql = "update security_entries set kind = 'session.ended' where chain_id = %s and sequence = 1"
    with database.connection_context():
        assert database.run(sql, (someone.person.id,)) == 1, "an entry can be tampered with"
    verified = someone.get("/security-log/verification").json()
    assert (verified["is_intact"], verified["first_broken_sequence"]) == (False, 1), "a changed entry shows"


def a_blanked_log_entry_is_detected(scene):
    someone = scene.newcomer()
    blank(someone.person.id, 1)
    verified = someone.get("/security-log/verification").json()
    assert (verified["is_intact"], verified["fault"]) == (False, "changed"), "a blanked entry shows"


def a_log_that_was_set_back_is_detected(scene):
    someone = scene.newcomer()
    with set_back(someone.person.id):
        factories.log_in(scene.anonymous, someone.person)
    factories.log_in(scene.anonymous, someone.person)
    verified = someone.get("/security-log/verification").json()
    assert (verified["is_intact"], verified["fault"]) == (False, "set_back"), "a log that was set back shows"


def every_table_has_a_policy(scene):
    assert unprotected() == [], "every table has a row-level policy"
