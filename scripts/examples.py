"""Examples: every request and answer of the contract's examples, recorded from a running server.

What differs from run to run (ids, moments, tokens, cursors, addresses) is replaced by what is always the same, so that a
recording can be compared with the one before.
"""

import re
from html import unescape

HEAD = "Recorded from a running server by scripts/publish examples; not written by hand."
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ALWAYS = {
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZDI1NTE5In0.ZXhhbXBsZQ.c2lnbmF0dXJl",
    "refresh_token": "0198c0de-7c7e-7f00-8000-0000000000ff.example-of-a-refresh-token.c2lnbmF0dXJl",
    "secret": "remit_example-of-an-api-key-that-opens-nothing-",
    "prefix": "remit_exampl",
    "client_secret": "remit_cs_example-of-a-secret-that-proves-nothing",
    "secret_prefix": "remit_cs_exam",
    "token": "remit_at_example-of-a-token-that-opens-nothing",
    "csrf_token": "example-of-a-csrf-token",
    "iat": 1772357400,
    "exp": 1772361000,
    "next_cursor": "eyJleGFtcGxlIjoiY3Vyc29yIn0",
    "contract_digest": "0" * 64,
    "hash": "5d" * 32,
    "last_hash": "5d" * 32,
    "kid": "example-of-the-id-of-a-public-key",
    "x": "ZXhhbXBsZS1vZi10aGUtcG9pbnQtb24tdGhlLWN1cnZl",
    "n": "ZXhhbXBsZS1vZi1hLW1vZHVsdXM",
    "last_used_at": "2026-03-01T09:30:00Z",
    "expires_at": "2026-03-31T09:30:00Z",
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
    "occurred_at": "2026-03-01T09:30:00Z",
    "completed_at": "2026-03-06T16:05:00Z",
    "access_token_expires_at": "2026-03-01T09:45:00Z",
    "refresh_token_expires_at": "2026-03-31T09:30:00Z",
}
PASSWORD = "Correct-horse-7"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
HERE = re.compile(r"https?://127\.0\.0\.1(:\d+)?")
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


def record(client, other):
    """``{operationId: {"request": value, "200": value}}`` for every operation with JSON.

    ``client`` and ``other`` are two ``httpx`` clients of the same server, without credentials.
    """
    story = _Story(client)
    client.headers["User-Agent"] = AGENT
    other.post(
        "/users", json={"email": "grace@northwind.example", "password": PASSWORD, "name": "Grace Okafor"}
    ).raise_for_status()
    ask, make = story.ask, story.make
    for operation, path in (("get_service_root", "/"), ("get_api_catalog", "/.well-known/api-catalog"), ("get_health", "/health"),
                            ("get_liveness", "/health/live"), ("get_readiness", "/health/ready"), ("list_problems", "/problems"),
                            ("get_problem", "/problems/task_already_done"),
                            ("get_signing_keys", "/.well-known/jwks.json")):  # fmt: skip
        ask(operation, "GET", path)
    make(
        "register_user",
        "/users",
        {"email": "ada@northwind.example", "password": PASSWORD, "name": "Ada Brandt"},
    )
    session = ask("log_in", "POST", "/sessions", {"email": "ada@northwind.example", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    ask("get_me", "GET", "/users/me")
    ask("update_me", "PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    place = make(
        "create_organization",
        "/organizations",
        {"name": "Northwind Robotics", "description": "Builds warehouse robots."},
    )["id"]
    ask("list_organizations", "GET", "/organizations")
    ask("get_organization", "GET", f"/organizations/{place}")
    ask("update_organization", "PATCH", f"/organizations/{place}", {"name": "Northwind Robotics Ltd"})
    member = make(
        "add_member",
        f"/organizations/{place}/members",
        {"email": "grace@northwind.example", "role": "member"},
    )["id"]
    ask("list_members", "GET", f"/organizations/{place}/members?role=owner")
    ask("get_member", "GET", f"/members/{member}")
    ask("update_member", "PATCH", f"/members/{member}", {"role": "admin"})
    project = make(
        "create_project", "/projects", {"organization_id": place, "key": "ENG", "name": "Engineering"}
    )["id"]
    ask("list_projects", "GET", "/projects?status=active")
    ask("get_project", "GET", f"/projects/{project}")
    ask("update_project", "PATCH", f"/projects/{project}", {"description": "What we build."})
    task = make("create_task", "/tasks", {"project_id": project, "title": "Export invoices", "status": "todo", "priority": "high",
                                                 "due_on": "2026-03-31", "assignee_ids": []})["id"]  # fmt: skip
    ask("update_task", "PATCH", f"/tasks/{task}", {"status": "in_progress", "starts_on": "2026-03-02"})
    ask("get_task", "GET", f"/tasks/{task}")
    client.post(
        "/tasks", json={"project_id": project, "title": "Print invoices", "status": "todo"}
    ).raise_for_status()
    ask("list_tasks", "GET", "/tasks?limit=1&include=total&include=projects&include=people")
    ask("complete_task", "PUT", f"/tasks/{task}/completion")
    ask("reopen_task", "DELETE", f"/tasks/{task}/completion")
    event = ask("list_events", "GET", f"/events?organization_id={place}&subject_id={task}&limit=2")["items"][
        -1
    ]["id"]
    ask("get_event", "GET", f"/events/{event}")
    key = ask("create_api_key", "POST", "/api-keys", {"name": "Nightly export", "scopes": ["tasks:read"]})[
        "api_key"
    ]["id"]
    ask("list_api_keys", "GET", "/api-keys")
    ask("get_api_key", "GET", f"/api-keys/{key}")
    ask("update_api_key", "PATCH", f"/api-keys/{key}", {"name": "Hourly export"})
    ask("rotate_api_key", "POST", f"/api-keys/{key}/rotations", {"overlap_seconds": 3600})
    ask("list_sessions", "GET", "/sessions")
    ask("get_session", "GET", f"/sessions/{session['id']}")
    entry = ask("list_security_log", "GET", f"/security-log?organization_id={place}&kind=member.updated")[
        "items"
    ][0]
    ask("get_security_entry", "GET", f"/security-log/{entry['id']}")
    ask("get_security_log_verification", "GET", f"/security-log/verification?organization_id={place}")
    story.read("get_security_log_export", "/security-log/export?occurred_from=2999-01-01T00:00:00Z")
    _apps(client, ask, place)
    ask("refresh_session", "POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    return story.told


def _apps(client, ask, place):
    """What an app of a partner does, and what a person lets it do."""
    ask("get_authorization_server", "GET", "/.well-known/oauth-authorization-server")
    ask("get_openid_configuration", "GET", "/.well-known/openid-configuration")
    back = "https://planner.example/callback"
    made = ask("create_app", "POST", "/apps", {"organization_id": place, "name": "Planner", "homepage": "https://planner.example/",
               "client_type": "confidential", "redirect_uris": [back], "scopes": ["openid", "tasks:read"],
               "grant_types": ["authorization_code", "client_credentials"], "service_role": "guest"})  # fmt: skip
    app = made["app"]["id"]
    ask("list_apps", "GET", f"/apps?organization_id={place}")
    ask("get_app", "GET", f"/apps/{app}")
    ask("update_app", "PATCH", f"/apps/{app}", {"name": "Planner for Robots"})
    secret = ask("create_app_secret", "POST", f"/apps/{app}/secrets", {"overlap_seconds": 86400})
    asked = {"response_type": "code", "client_id": app, "redirect_uri": back, "scope": "openid tasks:read",
             "state": "af0ifjsldkj", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
             "code_challenge_method": "S256"}  # fmt: skip
    ask("start_authorization", "POST", "/oauth/authorize", form=asked)
    person = {"email": "ada@northwind.example", "password": PASSWORD}
    ask("log_in_by_page", "POST", "/oauth/login", form={**_hidden(client, asked), **person})
    ask(
        "decide_authorization",
        "POST",
        "/oauth/consent",
        form={**_hidden(client, asked), "decision": "approve"},
    )
    consent = ask("list_consents", "GET", "/consents")["items"][0]["id"]
    ask("get_consent", "GET", f"/consents/{consent}")
    proof = {"client_id": app, "client_secret": secret["client_secret"]}
    grant = {"grant_type": "client_credentials", "scope": "tasks:read"}
    token = {"token": ask("issue_token", "POST", "/oauth/token", form={**grant, **proof})["access_token"]}
    ask("introspect_token", "POST", "/oauth/introspect", form={**token, **proof})
    ask("revoke_token", "POST", "/oauth/revoke", form={**token, **proof})
    ask("get_userinfo", "GET", "/oauth/userinfo")
    ask("query_userinfo", "POST", "/oauth/userinfo")


def _hidden(client, asked):
    """What the page of an authorization request brings along in its form."""
    page = client.get("/oauth/authorize", params=asked).text
    return {name: unescape(value) for name, value in FIELD.findall(page)}


class _Story:
    def __init__(self, client):
        self.client, self.told, self.ids = client, {}, {}

    def make(self, operation, path, body):
        """Create something, after a dry run of it."""
        self.ask(operation, "POST", f"{path}?validate_only=true", body)
        return self.ask(operation, "POST", path, body)

    def ask(self, operation, method, path, body=None, form=None):
        headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}
        answer = self.client.request(method, path, json=body, data=form, headers=headers)
        if answer.is_error:
            answer.raise_for_status()
        told = self.told.setdefault(operation, {})
        if body or form:
            told["request"] = self._same(body or form)
        if not answer.content:
            return None
        value = answer.json()
        told[str(answer.status_code)] = _shortened(self._same(value))
        return value

    def read(self, operation, path):
        """Ask for what is no JSON."""
        answer = self.client.get(path)
        answer.raise_for_status()
        self.told[operation] = {str(answer.status_code): self._same(answer.text)}

    def _same(self, value, name=""):
        if isinstance(value, dict):
            return {key: self._same(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self._same(one) for one in value]
        if name in ALWAYS and value is not None:
            return ALWAYS[name]
        if not isinstance(value, str):
            return value
        value = UUID.sub(
            lambda found: self.ids.setdefault(found[0], f"0198c0de-7c7e-7f00-8000-{len(self.ids) + 1:012x}"),
            value,
        )
        value = MOMENT.sub("2026-03-06T16:05:00Z", value)
        return HERE.sub("https://remit.example", value)


def _shortened(value):
    """A catalogue of problems is shown by its first two."""
    if isinstance(value, dict) and len(value.get("items", ())) > 2:
        return {**value, "items": value["items"][:2]}
    return value
