"""Apps: who may register them, what fits together, their secrets, and how they end."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.visitor import App
from models.base.database import database
from models.identity.users import User

BOTH_GRANTS = ["authorization_code", "client_credentials"]


def body(organization, **fields):
    return {
        "organization_id": organization,
        "name": "Planner",
        "client_type": "confidential",
        "redirect_uris": ["https://app.example/callback"],
        "scopes": ["tasks:read"],
        "grant_types": ["authorization_code"],
        **fields,
    }


def test_the_secret_is_told_once_and_not_stored(owner, organization):
    made = owner.post("/apps", body(organization))
    app, secret = made.json()["app"], made.json()["client_secret"]
    assert made.headers["Cache-Control"] == "no-store"
    assert secret.startswith(app["secret_prefix"]) and len(secret) > 40
    read = owner.get(made.headers["Location"])
    assert read.json() == app
    with database.connection_context():
        stored = database.rows("select a::text from apps a union all select e::text from events e")
    assert not [row for (row,) in stored if secret in row]


def test_a_public_app_has_no_secret(owner, organization):
    made = owner.post("/apps", body(organization, client_type="public")).json()
    assert (made["client_secret"], made["app"]["secret_prefix"]) == (None, None)
    rotated = owner.post(f"/apps/{made['app']['id']}/secrets", {"overlap_seconds": 0})
    assert refused(rotated) == (409, "app_is_public")


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example",
        "https://app.example/",
        "https://app.example:8443/callback?from=remit",
        "https://xn--nxasmq6b.example/a/b~c/%C3%A9",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback",
        "http://[::1]/callback",
    ],
)
def test_people_may_be_sent_to_places_that_are_the_apps_own(owner, organization, uri):
    assert owner.post("/apps", body(organization, redirect_uris=[uri])).status_code == 201


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/callback",
        "http://localhost/callback",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://0.0.0.0/",
        "http://10.0.0.1/callback",
        "https://*.app.example/",
        "https://app.example/*",
        "https://app.example/#fragment",
        "https://user@app.example/",
        "https://user:password@app.example/",
        "https://app.example\\@evil.example/",
        "https://APP.example/",
        "https://app.example/a b",
        "https://app.example/\r\nSet-Cookie: a=b",
        "https:///callback",
        "https://",
        "//app.example/callback",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "com.example.app:/callback",
        "ftp://app.example/",
        " https://app.example/",
        "https://app.example/\u0000",
        "https://" + "a" * 500 + ".example/",
    ],
)
def test_people_may_be_sent_nowhere_else(owner, organization, uri):
    answer = owner.post("/apps", body(organization, redirect_uris=[uri]))
    assert refused(answer) == (422, "invalid_request")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/redirect_uris/0"]


@pytest.mark.parametrize("homepage", ["javascript:alert(1)", "data:text/html,x", "https://", "//app.example"])
def test_a_homepage_is_an_address_of_the_web(owner, organization, homepage):
    answer = owner.post("/apps", body(organization, homepage=homepage))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/homepage"]


@pytest.mark.parametrize(
    "fields",
    [
        {"redirect_uris": []},
        {"client_type": "public", "grant_types": ["client_credentials"]},
        {"client_type": "public", "grant_types": BOTH_GRANTS},
        {"service_role": "guest"},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(owner, organization, fields):
    assert refused(owner.post("/apps", body(organization, **fields))) == (422, "app_not_whole")


@pytest.mark.parametrize("scope", ["account:write", "keys:write", "apps:write", "tasks:all", "OPENID"])
def test_no_app_may_ask_for_what_could_outlast_its_consent(owner, organization, scope):
    answer = owner.post("/apps", body(organization, scopes=["tasks:read", scope]))
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/scopes/1"]


@pytest.mark.parametrize("who, status", [("admin", 201), ("member", 403), ("guest", 403), ("stranger", 404)])
def test_administrators_register_apps(who, status, request, organization):
    assert request.getfixturevalue(who).post("/apps", body(organization)).status_code == status


def test_an_app_acts_for_itself_in_a_role_not_above_that_of_who_registers_it(owner, admin, organization):
    fields = {"grant_types": ["client_credentials"], "redirect_uris": [], "service_role": "admin"}
    made = owner.post("/apps", body(organization, **fields)).json()["app"]
    members = owner.everything(f"/organizations/{organization}/members", user_id=made["service_user_id"])
    assert [(member["role"], member["name"]) for member in members] == [("admin", "Planner")]
    higher = owner.post("/apps", body(organization, **fields | {"service_role": "owner"}))
    assert refused(higher) == (422, "invalid_request")
    assert admin.post("/apps", body(organization, **fields)).status_code == 201


def test_nobody_logs_in_to_the_account_of_an_app(owner, organization):
    fields = {"grant_types": ["client_credentials"], "redirect_uris": [], "service_role": "guest"}
    account = (owner.post("/apps", body(organization, **fields)).json()["app"]["service_user_id"],)
    with database.connection_context():
        login = "select email, password_hash, verified_at, kind from users where id = %s"
        assert database.rows(login, account) == [(None, None, None, "service")]
        database.run("delete from members where user_id = %s", account)
        database.run("update users set created_at = now() - interval '8 days' where id = %s", account)
        User.forget_unverified()  # an account that nobody logs in to is not forgotten for it
        assert database.rows(login, account)


def test_an_app_is_changed_only_as_it_was_seen(owner, organization):
    app = owner.post("/apps", body(organization)).json()["app"]
    app_path = f"/apps/{app['id']}"
    changed = owner.patch(app_path, {"name": "Plans"}, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.json()["version"]) == ("Plans", 2)
    assert refused(owner.patch(app_path, {"name": "Late"}, headers={"If-Match": '"1"'})) == (
        412,
        "stale_etag",
    )
    assert refused(owner.patch(app_path, {"redirect_uris": []})) == (422, "app_not_whole")
    assert owner.get(app_path).json() == changed.json()


def test_what_is_taken_from_an_app_is_taken_from_its_tokens(owner, app, person_at_a_browser):
    acting = app.acting(app.tokens(person_at_a_browser)["access_token"])
    assert acting.get("/users/me").status_code == 200
    owner.patch(f"/apps/{app.id}", {"scopes": ["openid", "offline_access"]})
    assert acting.get("/users/me").json()["permission"] == "account:read"
    assert acting.get("/oauth/userinfo").status_code == 200


def test_a_disabled_app_is_refused_with_its_tokens_until_it_is_active_again(owner, app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    acting, app_path = app.acting(tokens["access_token"]), f"/apps/{app.id}"
    owner.patch(app_path, {"status": "disabled"})
    assert refused(acting.get("/users/me")) == (401, "unauthenticated")
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert person_at_a_browser.authorize(app).status_code == 403
    owner.patch(app_path, {"status": "active"})
    assert acting.get("/users/me").status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_a_deleted_app_is_gone_with_all_that_came_of_it(
    owner, organization, person_at_a_browser, security_log
):
    app = App(owner, organization, grant_types=BOTH_GRANTS, service_role="guest")
    token = app.tokens(person_at_a_browser)["access_token"]
    own = app.post("token", grant_type="client_credentials").json()["access_token"]
    assert owner.delete(f"/apps/{app.id}").status_code == 204
    assert [app.acting(bearer).get("/users/me").status_code for bearer in (token, own)] == [401, 401]
    assert refused(owner.get(f"/apps/{app.id}")) == (404, "not_found")
    assert person_at_a_browser.authorize(app).status_code == 403
    users = {"user_id": app.registered["service_user_id"]}
    assert owner.get(f"/organizations/{organization}/members", params=users).json()["items"] == []
    with database.connection_context():
        left = "select 1 from consents where app_id = %s union all select 1 from authorizations where app_id = %s"
        assert database.rows(left, (app.id, app.id)) == []
    assert security_log(organization)[-1] == ("app.deleted", "success")


def test_a_new_secret_overlaps_with_the_one_before(owner, app):
    first = app.secret
    answer = owner.post(f"/apps/{app.id}/secrets", {"overlap_seconds": 600})
    assert answer.json()["app"]["former_secret_ends_at"] is not None
    second = answer.json()["client_secret"]
    assert [works(app, secret) for secret in (first, second, "another")] == [True, True, False]
    with database.connection_context():
        database.run("update apps set former_secret_ends_at = now() where id = %s", (app.id,))
    assert [works(app, secret) for secret in (first, second)] == [False, True]
    third = owner.post(f"/apps/{app.id}/secrets", {"overlap_seconds": 600}).json()["client_secret"]
    fourth = owner.post(f"/apps/{app.id}/secrets", {"overlap_seconds": 0}).json()
    assert fourth["app"]["former_secret_ends_at"] is None
    assert [works(app, secret) for secret in (second, third, fourth["client_secret"])] == [False, False, True]


def works(app, secret):
    """Whether the app proves itself with the secret; no code is good then, but it is told so."""
    app.secret = secret
    return app.exchange("no-code").json()["error"] == "invalid_grant"


def test_registering_changing_and_deleting_leave_events(founder):
    client = founder
    app = client.post("/apps", body(client.organization_id)).json()["app"]
    client.patch(f"/apps/{app['id']}", {"name": "Plans"})
    client.post(f"/apps/{app['id']}/secrets", {"overlap_seconds": 5})
    client.delete(f"/apps/{app['id']}")
    events = client.everything("/events", organization_id=client.organization_id, subject_id=app["id"])
    assert [event["event_type"] for event in events] == [
        "app.created",
        "app.updated",
        "app.secret_rotated",
        "app.deleted",
    ]
    assert events[0]["snapshot"]["app"] == app
    assert [change["field"] for change in events[2]["changes"]] == ["secret_prefix", "former_secret_ends_at"]


def test_apps_are_listed_newest_first_and_by_organization(founder):
    client = founder
    elsewhere = factories.organization(client)["id"]
    made = [client.post("/apps", body(client.organization_id)).json()["app"] for _ in range(3)]
    client.post("/apps", body(elsewhere))
    params = {"organization_id": client.organization_id, "include": "total"}
    page = client.get("/apps", params=params).json()
    assert (page["items"], page["total"]) == (made[::-1], 3)
    assert len(client.everything("/apps", limit=2)) == 4
