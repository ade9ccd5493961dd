"""The chapters of the examples' story about people, programs and apps, and how they come in."""

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx
import psycopg2

from scripts.recording import ServerClient, Story

if TYPE_CHECKING:
    from contract_tests.support.provider import Person

PASSWORD = "Correct-horse-7"
CODE = "example-of-a-code-that-opens-nothing-at-all-for-anybody"
# The token in a mail is encrypted: another one takes its place.
NEWEST = """
update {0} set digest = %s where id = (select id from {0} where email = %s order by created_at desc, id desc limit 1)
"""
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


def invited(story: Story, organization_id: str, other: httpx.Client) -> str:
    """Iris is invited and comes, after Tom did not; her membership."""
    ask, invitations = story.ask, f"/organizations/{organization_id}/invitations"
    iris, tom = "iris@harborview.example", "tom@harborview.example"
    invitation = story.make("create_invitation", invitations, {"email": tom, "role": "guest"})["id"]
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
    story.client.post(invitations, json={"email": iris, "role": "member"}).raise_for_status()
    ask("list_invitations", "GET", f"{invitations}?status=open")
    hers = _session_of(other, iris)
    ask("list_received_invitations", "GET", "/invitations", headers=hers)
    accepted = {"token": _token(story.client, iris)}
    return ask("accept_invitation", "PUT", "/invitations/acceptance", accepted, headers=hers)["id"]


def program(story: Story, organization_id: str) -> None:
    """A service account with a credential of each kind, which is disabled for a while."""
    ask, make, account = story.ask, story.make, f"/organizations/{organization_id}/service-accounts"
    body = {"name": "Exporter", "description": "Exports invoices at night.", "role": "member"}
    id = make("create_service_account", account, body)["id"]
    ask("list_service_accounts", "GET", account)
    account = f"/service-accounts/{id}"
    ask("get_service_account", "GET", account)
    ask("update_service_account", "PATCH", account, {"role": "guest"})
    ask("disable_service_account", "PUT", f"{account}/disablement")
    ask("enable_service_account", "DELETE", f"{account}/disablement")
    proof = {"password": f"{PASSWORD}7"}
    key = {"name": "Nightly export", "scopes": ["tasks:read"], **proof}
    made = ask("create_service_api_key", "POST", f"{account}/api-keys", key)["service_api_key"]["id"]
    ask("list_service_api_keys", "GET", f"{account}/api-keys")
    ask("get_service_api_key", "GET", f"/service-api-keys/{made}")
    ask(
        "rotate_service_api_key",
        "POST",
        f"/service-api-keys/{made}/rotations",
        {"overlap_seconds": 3600, **proof},
    )
    made = make("create_service_key", f"{account}/keys", {"name": "Nightly export", "jwk": JWK, **proof})[
        "id"
    ]
    ask("list_service_keys", "GET", f"{account}/keys")
    ask("get_service_key", "GET", f"/service-keys/{made}")
    body = {"name": "Nightly export", "certificate": CERTIFICATE, **proof}
    made = make("create_service_certificate", f"{account}/certificates", body)["id"]
    ask("list_service_certificates", "GET", f"{account}/certificates")
    ask("get_service_certificate", "GET", f"/service-certificates/{made}")


def _session_of(client: httpx.Client, email: str) -> dict[str, str]:
    """The headers of somebody who is registered and logged in."""
    session = client.post("/sessions", json={"email": email, "password": PASSWORD}).raise_for_status()
    return {"Authorization": f"Bearer {session.json()['access_token']}"}


def apps(client: ServerClient, ask: Callable[..., Any], organization_id: str) -> None:
    """What an app of a partner does, and what a person lets it do."""
    ask("get_authorization_server", "GET", "/.well-known/oauth-authorization-server")
    ask("get_openid_configuration", "GET", "/.well-known/openid-configuration")
    back = "https://planner.example/callback"
    made = ask("create_app", "POST", "/apps", {"organization_id": organization_id, "name": "Planner", "homepage": "https://planner.example/",
               "client_type": "confidential", "redirect_uris": [back], "scopes": ["openid", "tasks:read"],
               "grant_types": ["authorization_code", "client_credentials"], "service_role": "guest",
               "password": f"{PASSWORD}7"})  # fmt: skip
    app = made["app"]["id"]
    ask("list_apps", "GET", f"/apps?organization_id={organization_id}")
    ask("get_app", "GET", f"/apps/{app}")
    ask("update_app", "PATCH", f"/apps/{app}", {"name": "Planner for Robots"})
    secret = ask(
        "create_app_secret",
        "POST",
        f"/apps/{app}/secrets",
        {"overlap_seconds": 86400, "password": f"{PASSWORD}7"},
    )
    asked = {"response_type": "code", "client_id": app, "redirect_uri": back, "scope": "openid tasks:read",
             "state": "af0ifjsldkj", "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
             "code_challenge_method": "S256"}  # fmt: skip
    ask("start_authorization", "POST", "/oauth/authorize", form=asked)
    person = {"email": "maren@harborview.example", "password": f"{PASSWORD}7"}
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
    revocation = dict(FIELD.findall(client.get("/account/apps").text))
    ask("revoke_approved_app", "POST", "/account/apps/revocations", form=revocation)


def _hidden(client: httpx.Client, asked: Mapping[str, str]) -> dict[str, str]:
    """What the page of an authorization request brings along in its form."""
    page = client.get("/oauth/authorize", params=asked).text
    return {name: unescape(value) for name, value in FIELD.findall(page)}


def account(story: Story, other: httpx.Client) -> Any:
    """Two people register and verify their addresses, one of them by way of a forgotten password; the session of the other."""
    ask, completion = story.ask, "/email-verifications/completion"
    iris, maren = "iris@harborview.example", "maren@harborview.example"
    other.post(
        "/users", json={"email": iris, "password": PASSWORD, "name": "Iris Castell"}
    ).raise_for_status()
    ask("request_password_reset", "POST", "/password-resets", {"email": iris})
    reset = {"token": _token(story.client, iris), "new_password": PASSWORD}
    ask("complete_password_reset", "PUT", "/password-resets/completion", reset)
    story.make("register_user", "/users", {"email": maren, "password": PASSWORD, "name": "Maren Holm"})
    ask("request_email_verification", "POST", "/email-verifications", {"email": maren})
    ask(
        "complete_email_verification",
        "PUT",
        completion,
        {"token": _token(story.client, maren), "password": PASSWORD},
    )
    run(story.client, "update users set rate_class = 'demo'")  # who tells everything asks a lot
    return ask("log_in", "POST", "/sessions", {"email": maren, "password": PASSWORD})


def leave(story: Story) -> None:
    """Maren, who has handed the organization over, takes her data with her and is erased."""
    proof = {"password": f"{PASSWORD}7"}
    story.make("request_personal_data_export", "/users/me/exports", proof)
    story.ask("erase_me", "PUT", "/users/me/erasure", proof)


def identities(story: Story, email: str) -> None:
    """Somebody comes in by Google, links GitHub, and unlinks it."""
    ask, somebody, earlier = story.ask, story.client.provider.somebody, story.client.headers["Authorization"]
    ask("get_identity_providers", "GET", "/identity-providers")
    body = _brought_back(
        story, "google", somebody(email, name="Iris Castell", subject="110169484474386276334")
    )
    session = ask("log_in_with_identity", "POST", "/sessions/by-identity", body)
    story.client.headers["Authorization"] = f"Bearer {session['access_token']}"
    body = _brought_back(story, "github", somebody(email, name="Iris Castell", subject="583231"))
    id = ask("link_identity", "POST", "/identities", {**body, "password": PASSWORD})["id"]
    for operation in ("log_in_with_identity", "link_identity"):
        story.examples[operation]["request"]["code"] = CODE
    ask("list_identities", "GET", "/identities")
    ask("get_identity", "GET", f"/identities/{id}")
    ask("unlink_identity", "PUT", f"/identities/{id}/unlinking", {"password": PASSWORD})
    story.client.headers["Authorization"] = earlier


def _brought_back(story: Story, name: str, person: "Person") -> dict[str, str]:
    """What completes a sign-in in which a person has agreed."""
    begun = story.ask("create_identity_authorization", "POST", "/identity-authorizations", {"provider": name})
    back = story.client.get(story.client.provider.consent(begun["authorization_url"], person))
    code = back.headers["Location"].partition("#code=")[2]
    return {"code": code, "handoff_secret": begun["handoff_secret"]}


def _token(client: ServerClient, email: str) -> str:
    """A token as it is in the newest mail to somebody."""
    token = secrets.token_urlsafe(32)
    for table in ("email_tokens", "invitations"):
        run(client, NEWEST.format(table), hashlib.sha256(token.encode()).hexdigest(), email)
    return token


def run(client: ServerClient, sql: str, *parameters: Any) -> Any:
    """The value that a statement gives, when it gives one."""
    connection = psycopg2.connect(client.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()
