"""Examples: every request and answer of the contract's examples, recorded from a running server.

What differs from run to run (ids, moments, tokens, cursors, addresses) is replaced by what is always the same, so that a
recording can be compared with the one before.
"""

import re
from email.message import EmailMessage
from html import unescape

import psycopg2
import pyotp

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
    "csrf_token": "example-of-a-csrf-token",
    "iat": 1772357400,
    "exp": 1772361000,
    "next_cursor": "eyJleGFtcGxlIjoiY3Vyc29yIn0",
    "contract_digest": "0" * 64,
    "one_time_code": "492039",
    "shared_secret": "EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM",
    "recovery_codes": "h4k7m-w2p9x",
    "otpauth_url": "otpauth://totp/Remit:ada%40northwind.example?secret=EXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAM&issuer=Remit",
    "qr_svg": '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "hash": "5d" * 32,
    "last_hash": "5d" * 32,
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "n": "ZXhhbXBsZS1vZi1hLW1vZHVsdXM",
    "last_used_at": "2026-03-01T09:30:00Z",
    "handoff_secret": "example-of-a-secret-that-completes-nothing-",
    "authorization_url": "https://github.com/login/oauth/authorize?response_type=code&client_id=Iv1.example&state=example"
    "&redirect_uri=https%3A%2F%2Fremit.example%2Fapi%2Fv1%2Fidentity-callbacks%2Fgithub&scope=read%3Auser+user%3Aemail"
    "&code_challenge=ZXhhbXBsZS1vZi1hLWNvZGUtY2hhbGxlbmdlLWZvci1hbGw&code_challenge_method=S256",
    "expires_at": "2026-03-31T09:30:00Z",
    "created_at": "2026-03-01T09:30:00Z",
    "updated_at": "2026-03-01T09:30:00Z",
    "verified_at": "2026-03-01T09:30:00Z",
    "token": "example-of-a-token-that-opens-nothing-at-al",
    "occurred_at": "2026-03-01T09:30:00Z",
    "completed_at": "2026-03-06T16:05:00Z",
    "access_token_expires_at": "2026-03-01T09:45:00Z",
    "refresh_token_expires_at": "2026-03-31T09:30:00Z",
}
PASSWORD = "Correct-horse-7"
CODE = "example-of-a-code-that-opens-nothing-at-all-for-anybody"
# What no operation makes at once: a job that a worker has finished, and a mail that it has sent.
JOB = """
insert into jobs (id, user_id, kind, status, progress, result_name, result_bytes, expires_at, created_at, updated_at, version)
select '0198c0de-7c7e-7f00-8000-000000000008', id, 'export', 'succeeded', 100, 'export.zip', 48213,
       '2026-03-08T09:30:00Z', '2026-03-01T09:30:00Z', '2026-03-01T09:30:00Z', 4 from users where email = %s
"""
LINK = "select facts->>'url' from mails where recipient = %s order by created_at desc, id desc limit 1"
MAIL = "20260301T093000Z-0198c0de-7c7e-7f00-8000-000000000009"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
HERE = re.compile(r"https?://127\.0\.0\.1(:\d+)?")
FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


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


def record(client, other):
    """``{operationId: {"request": value, "200": value}}`` for every operation with JSON.

    ``client`` and ``other`` are two ``httpx`` clients of the same server, without credentials.
    """
    story = _Story(client)
    ask, make = story.ask, story.make
    for operation, path in (("get_service_root", "/"), ("get_api_catalog", "/.well-known/api-catalog"), ("get_health", "/health"),
                            ("get_liveness", "/health/live"), ("get_readiness", "/health/ready"), ("list_problems", "/problems"),
                            ("get_problem", "/problems/task_already_done"),
                            ("get_signing_keys", "/.well-known/jwks.json")):  # fmt: skip
        ask(operation, "GET", path)
    session = _account(story, other)
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    ask("get_me", "GET", "/users/me")
    ask("update_me", "PATCH", "/users/me", {"time_zone": "Europe/Berlin"})
    ask("get_two_factor", "GET", "/users/me/two-factor")
    secret = ask("enrol_two_factor", "POST", "/users/me/two-factor", {"password": PASSWORD})["shared_secret"]
    code = pyotp.TOTP(secret).now()
    ask("confirm_two_factor", "PUT", "/users/me/two-factor/confirmation", {"one_time_code": code})
    ask("create_recovery_codes", "POST", "/users/me/two-factor/recovery-codes", {"password": PASSWORD})
    ask("deactivate_two_factor", "PUT", "/users/me/two-factor/deactivation", {"password": PASSWORD})
    passwords = {"current_password": PASSWORD, "new_password": f"{PASSWORD}7"}
    ask("change_password", "PUT", "/users/me/password", passwords)
    ask("change_email", "PUT", "/users/me/email", {"email": "ada@brandt.example", "password": f"{PASSWORD}7"})
    place = make(
        "create_organization",
        "/organizations",
        {"name": "Northwind Robotics", "description": "Builds warehouse robots."},
    )["id"]
    ask("list_organizations", "GET", "/organizations")
    ask("get_organization", "GET", f"/organizations/{place}")
    ask("update_organization", "PATCH", f"/organizations/{place}", {"name": "Northwind Robotics Ltd"})
    ask("get_retention", "GET", f"/organizations/{place}/retention")
    ask("update_retention", "PATCH", f"/organizations/{place}/retention", {"permission_checks_days": 30})
    member = _invited(story, place, other)
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
    team = make(
        "create_team", f"/organizations/{place}/teams", {"name": "Field crew", "description": "Who installs."}
    )["id"]
    ask("list_teams", "GET", f"/organizations/{place}/teams")
    ask("get_team", "GET", f"/teams/{team}")
    ask("update_team", "PATCH", f"/teams/{team}", {"description": "Who installs and repairs."})
    grace = ask("get_member", "GET", f"/members/{member}")["user_id"]
    crew = make("add_team_member", f"/teams/{team}/members", {"user_id": grace, "role": "member"})["id"]
    ask("list_team_members", "GET", f"/teams/{team}/members?role=member")
    ask("get_team_member", "GET", f"/team-members/{crew}")
    ask("update_team_member", "PATCH", f"/team-members/{crew}", {"role": "maintainer"})
    role = make("create_role", f"/organizations/{place}/roles",
                {"key": "dispatcher", "name": "Dispatcher", "includes": "guest",
                 "permissions": ["task.create", "task.update"]})["id"]  # fmt: skip
    ask("list_roles", "GET", f"/organizations/{place}/roles")
    ask("get_role", "GET", f"/roles/{role}")
    ask("update_role", "PATCH", f"/roles/{role}", {"description": "Hands tasks out."})
    grant = make("grant_to_team", f"/teams/{team}/grants",
                 {"role": "dispatcher", "project_id": project, "while_active": True})["id"]  # fmt: skip
    make(
        "grant_to_member", f"/members/{member}/grants", {"role": "member", "address_ranges": ["192.0.2.0/24"]}
    )
    ask("list_grants", "GET", f"/organizations/{place}/grants?team_id={team}")
    ask("get_grant", "GET", f"/grants/{grant}")
    ask("update_grant", "PATCH", f"/grants/{grant}", {"expires_at": "2099-12-31T23:00:00Z"})
    client.patch(f"/organizations/{place}", json={"permission_audit": "all"},
                 headers={"Content-Type": "application/merge-patch+json"}).raise_for_status()  # fmt: skip
    client.get(f"/projects/{project}").raise_for_status()
    check = ask(
        "list_permission_checks",
        "GET",
        f"/organizations/{place}/permission-checks?permission=project.read&limit=1",
    )
    ask("get_permission_check", "GET", f"/permission-checks/{check['items'][0]['id']}")
    client.patch(f"/organizations/{place}", json={"permission_audit": "off"},
                 headers={"Content-Type": "application/merge-patch+json"}).raise_for_status()  # fmt: skip
    ask("get_capabilities", "GET", f"/capabilities?project_id={project}")
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
    _run(client, JOB, "ada@northwind.example")
    job = ask("list_jobs", "GET", "/jobs")["items"][0]["id"]
    ask("get_job", "GET", f"/jobs/{job}")
    _store_mail(client, "ada@northwind.example")
    ask("get_mailbox", "GET", "/mailbox")
    ask("get_mailbox_mail", "GET", f"/mailbox/{MAIL}")
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
    _identities(story, "grace@northwind.example")
    _apps(client, ask, place)
    handed = {"member_id": member, "password": f"{PASSWORD}7"}
    ask("transfer_ownership", "PUT", f"/organizations/{place}/ownership", handed)
    session = ask("refresh_session", "POST", "/sessions/refresh", {"refresh_token": session["refresh_token"]})
    client.headers["Authorization"] = f"Bearer {session['access_token']}"
    _leave(story)
    return story.told


def _invited(story, place, other):
    """Grace is invited and comes, after Tom did not; her membership."""
    ask, place = story.ask, f"/organizations/{place}/invitations"
    grace, tom = "grace@northwind.example", "tom@northwind.example"
    invitation = story.make("create_invitation", place, {"email": tom, "role": "guest"})["id"]
    ask("get_invitation", "GET", f"/invitations/{invitation}")
    story.make("deliver_invitation", f"/invitations/{invitation}/deliveries", None)
    declined = {"token": _token(story.client, tom)}
    registered = {
        "email": tom,
        "password": PASSWORD,
        "name": "Tom Silva",
        "invitation_token": declined["token"],
    }
    other.post("/users", json=registered).raise_for_status()
    ask("decline_invitation", "PUT", "/invitations/rejection", declined, headers=_session_of(other, tom))
    story.client.post(place, json={"email": grace, "role": "member"}).raise_for_status()
    ask("list_invitations", "GET", f"{place}?status=open")
    hers = _session_of(other, grace)
    ask("list_received_invitations", "GET", "/invitations", headers=hers)
    accepted = {"token": _token(story.client, grace)}
    return ask("accept_invitation", "PUT", "/invitations/acceptance", accepted, headers=hers)["id"]


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
    person = {"email": "ada@northwind.example", "password": f"{PASSWORD}7"}
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


def _account(story, other):
    """Two people register and verify their addresses, one of them by way of a forgotten password; the session of the other."""
    ask, completion = story.ask, "/email-verifications/completion"
    grace, ada = "grace@northwind.example", "ada@northwind.example"
    other.post(
        "/users", json={"email": grace, "password": PASSWORD, "name": "Grace Okafor"}
    ).raise_for_status()
    ask("request_password_reset", "POST", "/password-resets", {"email": grace})
    reset = {"token": _token(story.client, grace), "new_password": PASSWORD}
    ask("complete_password_reset", "PUT", "/password-resets/completion", reset)
    story.make("register_user", "/users", {"email": ada, "password": PASSWORD, "name": "Ada Brandt"})
    ask("request_email_verification", "POST", "/email-verifications", {"email": ada})
    ask("complete_email_verification", "PUT", completion, {"token": _token(story.client, ada)})
    _run(story.client, "update users set rate_class = 'demo'")  # who tells everything asks a lot
    return ask("log_in", "POST", "/sessions", {"email": ada, "password": PASSWORD})


def _leave(story):
    """Ada, who has handed the organization over, takes her data with her and is erased."""
    proof = {"password": f"{PASSWORD}7"}
    story.make("request_personal_data_export", "/users/me/exports", proof)
    story.ask("erase_me", "PUT", "/users/me/erasure", proof)


def _identities(story, email):
    """Somebody comes in by Google, links GitHub, and unlinks it."""
    ask, somebody, earlier = story.ask, story.client.provider.somebody, story.client.headers["Authorization"]
    ask("get_identity_providers", "GET", "/identity-providers")
    body = _brought_back(
        story, "google", somebody(email, name="Grace Okafor", subject="110169484474386276334")
    )
    session = ask("log_in_with_identity", "POST", "/sessions/by-identity", body)
    story.client.headers["Authorization"] = f"Bearer {session['access_token']}"
    body = _brought_back(story, "github", somebody(email, name="Grace Okafor", subject="583231"))
    id = ask("link_identity", "POST", "/identities", {**body, "password": PASSWORD})["id"]
    for operation in ("log_in_with_identity", "link_identity"):
        story.told[operation]["request"]["code"] = CODE
    ask("list_identities", "GET", "/identities")
    ask("get_identity", "GET", f"/identities/{id}")
    ask("unlink_identity", "PUT", f"/identities/{id}/unlinking", {"password": PASSWORD})
    story.client.headers["Authorization"] = earlier


def _brought_back(story, name, person):
    """What completes a sign-in in which a person has agreed."""
    begun = story.ask("create_identity_authorization", "POST", "/identity-authorizations", {"provider": name})
    back = story.client.get(story.client.provider.consent(begun["authorization_url"], person))
    code = back.headers["Location"].partition("#code=")[2]
    return {"code": code, "handoff_secret": begun["handoff_secret"]}


def _token(client, email):
    """The token in the newest mail to somebody."""
    return _run(client, LINK, email).rpartition("=")[2]


def _run(client, sql, *parameters):
    """The value that a statement gives, when it gives one."""
    connection = psycopg2.connect(client.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def _store_mail(client, email):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "Remit <remit@remit.example>",
        email,
        "Confirm your email address",
    )
    mail.set_content("Hello,\n\nConfirm that this address is yours.\n")
    mail.add_alternative(
        "<!doctype html><p>Hello,</p><p>Confirm that this address is yours.</p>", subtype="html"
    )
    folder = client.data / "mailbox"
    folder.mkdir(exist_ok=True)
    (folder / f"{MAIL}.eml").write_bytes(mail.as_bytes())


class _Story:
    def __init__(self, client):
        self.client, self.told, self.ids = client, {}, {}

    def make(self, operation, path, body):
        """Create something, after a dry run of it."""
        self.ask(operation, "POST", f"{path}?validate_only=true", body)
        return self.ask(operation, "POST", path, body)

    def ask(self, operation, method, path, body=None, *, form=None, headers=None):
        headers = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else headers
        answer = self.client.request(method, path, json=body, data=form, headers=headers)
        if answer.is_error:
            answer.raise_for_status()
        told = self.told.setdefault(operation, {})
        if body is not None or form:
            told["request"] = self._same(form or body)
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
            return [self._same(one, name) for one in value]
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
