"""Service accounts: programs that are members of an organization, and no people."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.programs import Program, service_account
from models.base.database import database


@pytest.fixture
def account(founder):
    return service_account(founder, founder.organization_id)


@pytest.fixture
def program(founder, account):
    return Program(founder, account)


def place_of(account):
    return f"/service-accounts/{account['id']}"


def helper(founder, anonymous, role):
    client = factories.newcomer(anonymous)
    factories.member(founder, founder.organization_id, client.person, role)
    return client


def test_a_program_works_for_the_organization(founder, account, program):
    task = program.post(
        "/tasks", {"project_id": founder.project["id"], "title": "By a program", "status": "todo"}
    )
    assert (task.status_code, task.json()["created_by_id"]) == (201, account["id"])
    (event,) = founder.events(subject_id=task.json()["id"])
    assert event["actor_id"] == account["id"]


def test_a_program_is_a_member_and_a_user_of_its_own_kind(founder, account, program):
    params = {"user_id": account["id"]}
    (member,) = founder.get(f"/organizations/{founder.organization_id}/members", params=params).json()[
        "items"
    ]
    identity = (member["kind"], member["name"], member["email"], member["role"])
    assert identity == ("service", "A program", None, "member")
    me = program.get("/users/me").json()
    assert (me["id"], me["kind"], me["email"]) == (account["id"], "service", None)
    assert founder.get("/users/me").json()["kind"] == "person"


def test_a_program_is_told_whole(founder):
    account = service_account(founder, founder.organization_id, description="Exports at night", role="guest")
    stored = founder.get(place_of(account)).json()
    assert stored == account
    assert (stored["role"], stored["description"], stored["disabled_at"]) == (
        "guest",
        "Exports at night",
        None,
    )
    assert stored["created_by_id"] == founder.person.id
    listed = founder.get(f"/organizations/{founder.organization_id}/service-accounts").json()["items"]
    assert listed == [account]


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("guest", 200, 403), ("member", 200, 201), ("admin", 200, 201)]
)
def test_a_program_does_what_its_role_allows(founder, role, reads, writes):
    program = Program(founder, service_account(founder, founder.organization_id, role=role))
    assert program.get(f"/projects/{founder.project['id']}").status_code == reads
    body = {"project_id": founder.project["id"], "title": "T", "status": "todo"}
    assert program.post("/tasks", body).status_code == writes
    founded = program.post("/organizations", {"name": "Of its own"})
    assert refused(founded) == (403, "permission_denied")


def test_a_program_sees_no_other_organization(program, owner, organization):
    assert refused(program.get(f"/organizations/{organization}")) == (404, "not_found")
    organization_ids = {item["id"] for item in program.get("/organizations").json()["items"]}
    assert organization not in organization_ids and len(organization_ids) == 1


def test_a_new_role_holds_at_once(founder, account, program):
    body = {"name": "Renamed by a program"}
    path = f"/organizations/{founder.organization_id}"
    assert program.request("PATCH", path, json=body).status_code == 403
    changed = founder.patch(place_of(account), {"role": "admin"})
    assert (changed.json()["role"], changed.headers["ETag"] != '"1.1.1"') == ("admin", True)
    assert program.request("PATCH", path, json=body).status_code == 200
    founder.patch(place_of(account), {"role": "guest"})
    assert program.request("PATCH", path, json=body).status_code == 403


def test_its_name_is_that_of_the_member_too(founder, account):
    before = founder.get(place_of(account)).headers["ETag"]
    changed = founder.patch(place_of(account), {"name": "Renamed", "description": None})
    assert changed.json()["name"] == "Renamed"
    assert founder.get(place_of(account), headers={"If-None-Match": before}).status_code == 200
    stale = founder.patch(place_of(account), {"name": "Again"}, headers={"If-Match": before})
    assert refused(stale) == (412, "stale_etag")
    params = {"user_id": account["id"]}
    members = founder.get(f"/organizations/{founder.organization_id}/members", params=params).json()["items"]
    assert [member["name"] for member in members] == ["Renamed"]


def test_a_disabled_program_is_let_in_by_nothing_until_it_is_enabled(founder, account, program):
    made = founder.post(f"{place_of(account)}/api-keys", {"name": "K", "scopes": ["account:read"]}).json()
    by_key = factories.client_of(founder, founder.person)
    by_key.http.headers["Authorization"] = f"Bearer {made['secret']}"
    assert (by_key.get("/users/me").status_code, program.get("/users/me").status_code) == (200, 200)
    disabled = founder.put(f"{place_of(account)}/disablement")
    assert disabled.json()["disabled_at"]
    for answer in (by_key.get("/users/me"), program.get("/users/me")):
        assert refused(answer) == (401, "unauthenticated")
    again = founder.put(f"{place_of(account)}/disablement")
    assert (again.json(), again.headers["ETag"]) == (disabled.json(), disabled.headers["ETag"])
    assert founder.delete(f"{place_of(account)}/disablement").json()["disabled_at"] is None
    assert (by_key.get("/users/me").status_code, program.get("/users/me").status_code) == (200, 200)


def test_what_a_deleted_program_has_made_stays_and_nothing_else(founder, account, program):
    secret = founder.post(f"{place_of(account)}/api-keys", {"name": "K", "scopes": ["tasks:read"]}).json()[
        "secret"
    ]
    body = {
        "project_id": founder.project["id"],
        "title": "T",
        "status": "todo",
        "assignee_ids": [account["id"]],
    }
    task = program.post("/tasks", body).json()
    assert founder.delete(place_of(account)).status_code == 204
    stored = founder.get(f"/tasks/{task['id']}").json()
    assert (stored["created_by_id"], stored["assignee_ids"]) == (account["id"], [])
    assert refused(founder.get(place_of(account))) == (404, "not_found")
    assert refused(program.get("/users/me")) == (401, "unauthenticated")
    headers = {"Authorization": f"Bearer {secret}"}
    assert refused(program.anonymous.get("/tasks", headers=headers)) == (401, "unauthenticated")
    members = founder.everything(f"/organizations/{founder.organization_id}/members")
    assert [member["user_id"] for member in members] == [founder.person.id]


def test_a_program_is_removed_as_a_whole_alone(founder, account, program):
    params = {"user_id": account["id"]}
    (member,) = founder.get(f"/organizations/{founder.organization_id}/members", params=params).json()[
        "items"
    ]
    for client in (founder, program):
        answer = client.request("DELETE", f"/members/{member['id']}")
        assert refused(answer) == (409, "member_is_program")


def test_a_program_owns_no_organization(founder, account):
    params = {"user_id": account["id"]}
    (member,) = founder.get(f"/organizations/{founder.organization_id}/members", params=params).json()[
        "items"
    ]
    raised = founder.patch(f"/members/{member['id']}", {"role": "owner"})
    assert refused(raised) == (409, "service_cannot_own")
    body = {"member_id": member["id"], "password": factories.PASSWORD}
    handed = founder.put(f"/organizations/{founder.organization_id}/ownership", json=body)
    assert refused(handed) == (409, "service_cannot_own")
    for path in (place_of(account), f"/organizations/{founder.organization_id}/service-accounts"):
        method = "PATCH" if path == place_of(account) else "POST"
        answer = founder.request(method, path, json={"name": "P", "role": "owner"})
        assert refused(answer) == (422, "invalid_request")


def test_nobody_makes_a_program_above_their_own_role(founder, anonymous, account):
    """An admin makes and raises programs as far as to an admin; a member makes none."""
    admin, member = helper(founder, anonymous, "admin"), helper(founder, anonymous, "member")
    accounts_path = f"/organizations/{founder.organization_id}/service-accounts"
    assert admin.post(accounts_path, {"name": "P", "role": "admin"}).status_code == 201
    assert admin.patch(place_of(account), {"role": "admin"}).status_code == 200
    assert refused(member.post(accounts_path, {"name": "P", "role": "guest"})) == (403, "permission_denied")
    for answer in (
        member.patch(place_of(account), {"name": "Mine"}),
        member.delete(place_of(account)),
        member.put(f"{place_of(account)}/disablement"),
        member.delete(f"{place_of(account)}/disablement"),
    ):
        assert refused(answer) == (403, "permission_denied")
    assert member.get(place_of(account)).status_code == 200


def test_nobody_logs_in_as_a_program(founder, account, anonymous):
    for email in (account["id"], "", f"{account['id']}@example.org"):
        answer = anonymous.post("/sessions", {"email": email, "password": factories.PASSWORD})
        assert answer.status_code in (401, 422)
    with database.connection_context():
        logins = database.rows("select email, password_hash from users where id = %s", (account["id"],))
    assert logins == [(None, None)]


def test_what_is_of_people_alone_is_not_of_programs(program, founder):
    """A program changes no account, makes itself no keys and accepts no invitation."""
    for method, path, body, permission in (
        ("PATCH", "/users/me", {"name": "Me"}, "user.update"),
        ("POST", "/api-keys", {"name": "Mine", "scopes": ["tasks:read"]}, "api_key.create"),
        ("PUT", "/invitations/acceptance", {"token": "a" * 43}, "invitation.accept"),
        ("PUT", "/invitations/rejection", {"token": "a" * 43}, "invitation.decline"),
    ):
        headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}
        answer = program.request(method, path, json=body, headers=headers)
        assert (refused(answer), answer.json()["permission"]) == ((403, "permission_denied"), permission)
    assert program.get("/invitations").json()["items"] == []


def test_a_program_that_is_an_admin_gives_no_credentials(founder):
    admin = Program(founder, service_account(founder, founder.organization_id, role="admin"))
    account_path = f"/service-accounts/{admin.account['id']}"
    for path, body in (
        ("api-keys", {"name": "More", "scopes": ["tasks:read"]}),
        ("keys", {"name": "More", "jwk": admin.signer.jwk}),
    ):
        assert refused(admin.post(f"{account_path}/{path}", body)) == (403, "permission_denied")
    invited = {"email": "by-a-program@example.org", "role": "guest"}
    made = admin.post(f"/organizations/{founder.organization_id}/invitations", invited)
    assert (made.status_code, made.json()["inviter_name"]) == (201, "A program")


def test_what_happens_to_a_program_is_told_to_the_organization(founder, account):
    founder.patch(place_of(account), {"name": "Renamed"})
    founder.put(f"{place_of(account)}/disablement")
    founder.delete(f"{place_of(account)}/disablement")
    founder.delete(place_of(account))
    events = [
        event
        for event in founder.events(subject_id=account["id"])
        if event["subject_type"] == "service_account"
    ]
    assert [event["event_type"].partition(".")[2] for event in events] == [
        "created", "updated", "disabled", "enabled", "deleted"
    ]  # fmt: skip
    assert events[0]["snapshot"]["service_account"] == account
    assert events[1]["changes"] == [{"field": "name", "before": "A program", "after": "Renamed"}]
    sql = "select kind from security_entries where user_id = %s and organization_id = %s and kind like 'service%%'"
    with database.connection_context():
        kinds = {kind for (kind,) in database.rows(sql, (account["id"], founder.organization_id))}
    assert kinds == {f"service_account.{verb}" for verb in ("created", "disabled", "enabled", "deleted")}


def test_programs_of_others_are_hidden(account, owner, stranger):
    for client in (owner, stranger):
        for method in ("GET", "DELETE"):
            assert refused(client.request(method, place_of(account))) == (404, "not_found")
        assert refused(client.get(f"{place_of(account)}/api-keys")) == (404, "not_found")
