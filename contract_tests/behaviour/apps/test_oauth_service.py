"""Apps that act for themselves: client credentials (RFC 6749 §4.4), in a role and within scopes."""

from contract_tests.behaviour.apps.test_oauth import refused
from contract_tests.support.clients import Client
from contract_tests.support.visitor import App

SERVICE = {
    "grant_types": ["client_credentials"],
    "redirect_uris": [],
    "scopes": ["tasks:read", "tasks:write", "organizations:read"],
}


def test_an_app_acts_for_itself_in_its_role_and_scopes(owner, organization, task):
    app = App(owner, organization, service_role="member", **SERVICE)
    tokens = app.post("token", grant_type="client_credentials", scope="tasks:read tasks:write").json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope"}
    acting: Client = app.acting(tokens["access_token"])
    changed = acting.patch(f"/tasks/{task['id']}", {"title": "By the app"})
    assert changed.json()["title"] == "By the app"
    assert acting.delete(f"/tasks/{task['id']}").json()["permission"] == "task.delete"
    assert acting.get("/organizations").json()["permission"] == "organizations:read"
    event = owner.everything("/events", organization_id=organization, subject_id=task["id"])[-1]
    assert event["actor_id"] == app.registered["service_user_id"]


def test_by_default_an_app_that_acts_for_itself_gets_all_but_what_is_about_a_person(owner, organization):
    app = App(owner, organization, service_role="guest", **SERVICE | {"scopes": ["openid", "tasks:read"]})
    assert app.post("token", grant_type="client_credentials").json()["scope"] == "tasks:read"
    for scope in ("openid", "tasks:read openid", "tasks:write", "nothing"):
        assert refused(app.post("token", grant_type="client_credentials", scope=scope)) == "invalid_scope"


def test_without_an_account_an_app_does_not_act_for_itself(owner, organization):
    app = App(owner, organization, **SERVICE)
    assert app.registered["service_user_id"] is None
    assert refused(app.post("token", grant_type="client_credentials")) == "unauthorized_client"


def test_an_app_that_acts_for_itself_is_known_by_its_name_and_nothing_else(owner, organization):
    app = App(owner, organization, service_role="guest", **SERVICE)
    account = {"user_id": app.registered["service_user_id"]}
    assert owner.patch(f"/apps/{app.id}", {"name": "Plans"}).json()["version"] == 2
    (member,) = owner.everything(f"/organizations/{organization}/members", **account)
    assert (member["name"], member["email"]) == ("Plans", None)


def test_an_app_that_acts_for_itself_is_a_member_as_long_as_it_is_there(owner, organization):
    app = App(owner, organization, service_role="member", **SERVICE)
    acting = app.acting(app.post("token", grant_type="client_credentials").json()["access_token"])
    assert len(acting.get("/organizations").json()["items"]) == 1
    members = f"/organizations/{organization}/members"
    (member,) = owner.everything(members, user_id=app.registered["service_user_id"])
    assert owner.delete(f"/members/{member['id']}").json()["code"] == "member_is_program"
    assert owner.delete(f"/apps/{app.id}").status_code == 204
    assert acting.get("/organizations").status_code == 401
    gone = app.post("token", grant_type="client_credentials")
    assert (gone.status_code, gone.json()["error"]) == (401, "invalid_client")
    assert owner.everything(members, user_id=app.registered["service_user_id"]) == []
