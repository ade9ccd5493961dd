"""Examples: every request and answer of the contract's examples, recorded from a running server.

What differs from run to run (ids, moments, tokens, cursors, addresses) is replaced by what is always the same, so that a
recording can be compared with the one before.
"""

import re

HEAD = "Recorded from a running server by scripts/publish examples; not written by hand."
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ALWAYS = {
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZDI1NTE5In0.ZXhhbXBsZQ.c2lnbmF0dXJl",
    "refresh_token": "0198c0de-7c7e-7f00-8000-0000000000ff.example-of-a-refresh-token.c2lnbmF0dXJl",
    "secret": "remit_example-of-an-api-key-that-opens-nothing-",
    "prefix": "remit_exampl",
    "next_cursor": "eyJleGFtcGxlIjoiY3Vyc29yIn0",
    "contract_digest": "0" * 64,
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
    "token": "example-of-a-token-that-opens-nothing-at-al",
    "occurred_at": "2026-03-01T09:30:00Z",
    "completed_at": "2026-03-06T16:05:00Z",
    "access_token_expires_at": "2026-03-01T09:45:00Z",
    "refresh_token_expires_at": "2026-03-31T09:30:00Z",
}
PASSWORD = "Correct-horse-7"


# Of nobody: the key of RFC 8037, and a certificate whose private key was thrown away.
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIH4MIGroAMCAQICAQEwBQYDK2VwMCUxIzAhBgNVBAMMGmV4cG9ydGVyLm5vcnRo
d2luZC5leGFtcGxlMCAXDTI2MDEwMTAwMDAwMFoYDzIxMjYwMTAxMDAwMDAwWjAl
MSMwIQYDVQQDDBpleHBvcnRlci5ub3J0aHdpbmQuZXhhbXBsZTAqMAUGAytlcAMh
AK0zqmYOuoL16J0jls1e76Vs3B5dsSVB916i2qgsmBi7MAUGAytlcANBAGPkGi4Y
zkO/W9/mwZ8neHdXFx2blgu1wAYyMyRV+8S9PUqVg63Dplh45+s/u4xdAXH9tdcK
XPKuYV+kyxmiWQI=
-----END CERTIFICATE-----
"""


def record(client, other, mails):
    """``{operationId: {"request": value, "200": value}}`` for every operation with JSON.

    ``client`` and ``other`` are two ``httpx`` clients of the same server, without credentials; ``mails.token(address)``
    is the token in the newest mail to an address.
    """
    story = _Story(client)
    for name, person in (("grace", "Grace Okafor"), ("tom", "Tom Silva")):
        body = {"email": f"{name}@northwind.example", "password": PASSWORD, "name": person}
        other.post("/users", json=body).raise_for_status()
    ask, make = story.ask, story.make
    for operation, path in (("get_service_root", "/"), ("get_api_catalog", "/.well-known/api-catalog"), ("get_health", "/health"),
                            ("get_liveness", "/health/live"), ("get_readiness", "/health/ready"), ("list_problems", "/problems"),
                            ("get_problem", "/problems/task_already_done")):  # fmt: skip
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
    member = _invited(story, place, other, mails)
    ask("list_members", "GET", f"/organizations/{place}/members?role=owner")
    ask("get_member", "GET", f"/members/{member}")
    ask("update_member", "PATCH", f"/members/{member}", {"role": "admin"})
    _program(story, place)
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
    handed = {"member_id": member, "password": PASSWORD}
    ask("transfer_ownership", "PUT", f"/organizations/{place}/ownership", handed)
    ask("refresh_session", "POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    return story.told


def _invited(story, place, other, mails):
    """Grace is invited and comes, after Tom did not; her membership."""
    ask, place = story.ask, f"/organizations/{place}/invitations"
    grace, tom = "grace@northwind.example", "tom@northwind.example"
    others = [_session_of(other, one) for one in (grace, tom)]
    invitation = story.make("create_invitation", place, {"email": tom, "role": "guest"})["id"]
    ask("get_invitation", "GET", f"/invitations/{invitation}")
    story.make("deliver_invitation", f"/invitations/{invitation}/deliveries", None)
    declined = {"token": mails.token(tom)}
    ask("decline_invitation", "PUT", "/invitations/rejection", declined, headers=others[1])
    story.client.post(place, json={"email": grace, "role": "member"}).raise_for_status()
    ask("list_invitations", "GET", f"{place}?status=open")
    ask("list_received_invitations", "GET", "/invitations", headers=others[0])
    accepted = {"token": mails.token(grace)}
    return ask("accept_invitation", "PUT", "/invitations/acceptance", accepted, headers=others[0])["id"]


def _program(story, place):
    """A service account with a credential of each kind, which is disabled for a while."""
    ask, make, account = story.ask, story.make, f"/organizations/{place}/service-accounts"
    body = {"name": "Exporter", "description": "Exports invoices at night.", "role": "member"}
    id = make("create_service_account", account, body)["id"]
    ask("list_service_accounts", "GET", account)
    account = f"/service-accounts/{id}"
    ask("get_service_account", "GET", account)
    ask("update_service_account", "PATCH", account, {"role": "guest"})
    ask("disable_service_account", "PUT", f"{account}/disablement")
    ask("enable_service_account", "DELETE", f"{account}/disablement")
    key = {"name": "Nightly export", "scopes": ["tasks:read"]}
    made = ask("create_service_api_key", "POST", f"{account}/api-keys", key)["service_api_key"]["id"]
    ask("list_service_api_keys", "GET", f"{account}/api-keys")
    ask("get_service_api_key", "GET", f"/service-api-keys/{made}")
    made = make("create_service_key", f"{account}/keys", {"name": "Nightly export", "jwk": JWK})["id"]
    ask("list_service_keys", "GET", f"{account}/keys")
    ask("get_service_key", "GET", f"/service-keys/{made}")
    body = {"name": "Nightly export", "certificate": CERTIFICATE}
    made = make("create_service_certificate", f"{account}/certificates", body)["id"]
    ask("list_service_certificates", "GET", f"{account}/certificates")
    ask("get_service_certificate", "GET", f"/service-certificates/{made}")


def _session_of(client, email):
    """The headers of somebody who is registered and logged in."""
    session = client.post("/sessions", json={"email": email, "password": PASSWORD}).raise_for_status()
    return {"Authorization": f"Bearer {session.json()['access_token']}"}


class _Story:
    def __init__(self, client):
        self.client, self.told, self.ids = client, {}, {}

    def make(self, operation, path, body):
        """Create something, after a dry run of it."""
        self.ask(operation, "POST", f"{path}?validate_only=true", body)
        return self.ask(operation, "POST", path, body)

    def ask(self, operation, method, path, body=None, headers=None):
        headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else headers
        answer = self.client.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        told = self.told.setdefault(operation, {})
        if body is not None:
            told["request"] = self._same(body)
        value = answer.json()
        told[str(answer.status_code)] = _shortened(self._same(value))
        return value

    def _same(self, value, name=""):
        if isinstance(value, dict):
            return {key: self._same(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self._same(one) for one in value]
        if not isinstance(value, str):
            return value
        if name in ALWAYS:
            return ALWAYS[name]
        value = UUID.sub(
            lambda found: self.ids.setdefault(found[0], f"0198c0de-7c7e-7f00-8000-{len(self.ids) + 1:012x}"),
            value,
        )
        value = MOMENT.sub("2026-03-06T16:05:00Z", value)
        return re.sub(r"https?://[^/\s\"]+(?=/)", "https://remit.example", value)


def _shortened(value):
    """A catalogue of problems is shown by its first two."""
    if isinstance(value, dict) and len(value.get("items", ())) > 2:
        return {**value, "items": value["items"][:2]}
    return value
