"""Stock client libraries complete each flow: requests-oauthlib, and Authlib's own client."""

import httpx
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from contract_tests.support.visitor import App

SCOPES = ["openid", "account:read", "offline_access"]
BOTH = {
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "service_role": "guest",
}


@pytest.fixture(autouse=True)
def loopback(monkeypatch):
    """The libraries refuse plain HTTP, also on loopback, unless they are told."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def issuer(live):
    return httpx.get(f"{live.host_url}/.well-known/oauth-authorization-server").raise_for_status().json()


@pytest.fixture(params=["confidential", "public"])
def partner(request, owner, organization):
    """An app of each type."""
    return App(owner, organization, client_type=request.param)


def sent_back(visitor, url):
    """Where the person's browser is sent back to, once they have logged in and approved."""
    answer = visitor.submit(visitor.log_in(visitor.get(url)), decision="approve")
    return answer.headers["Location"]


def credentials(app):
    return {"client_secret": app.secret} if app.secret else {"include_client_id": True}


def test_requests_oauthlib_gets_tokens_with_a_code_and_pkce(issuer, partner, person_at_a_browser):
    session = OAuth2Session(partner.id, redirect_uri=partner.redirect_uris[0], scope=SCOPES, pkce="S256")
    url, state = session.authorization_url(issuer["authorization_endpoint"])
    back = sent_back(person_at_a_browser, url)
    token = session.fetch_token(issuer["token_endpoint"], authorization_response=back, **credentials(partner))
    assert token["scope"] == SCOPES and state in back
    assert session.get(issuer["userinfo_endpoint"]).json() == {"sub": person_at_a_browser.person.id}


def test_requests_oauthlib_refreshes_by_itself(issuer, partner, person_at_a_browser, live):
    refreshed = []
    session = OAuth2Session(
        partner.id,
        token={**partner.tokens(person_at_a_browser), "expires_in": -1},
        auto_refresh_url=issuer["token_endpoint"],
        auto_refresh_kwargs={} if partner.secret else {"client_id": partner.id},
        token_updater=refreshed.append,
    )
    proof = {"client_id": partner.id, "client_secret": partner.secret} if partner.secret else {}
    me = session.get(f"{live.base_url}/users/me", **proof)
    assert me.json()["id"] == person_at_a_browser.person.id
    assert len(refreshed) == 1 and refreshed[0]["refresh_token"]


def test_requests_oauthlib_is_told_that_a_refresh_token_was_used(issuer, app, person_at_a_browser):
    token = app.tokens(person_at_a_browser)
    session = OAuth2Session(app.id, token=token)
    auth = HTTPBasicAuth(app.id, app.secret)
    following = session.refresh_token(
        issuer["token_endpoint"], refresh_token=token["refresh_token"], auth=auth
    )
    session.refresh_token(issuer["token_endpoint"], refresh_token=following["refresh_token"], auth=auth)
    with pytest.raises(InvalidGrantError):
        session.refresh_token(issuer["token_endpoint"], refresh_token=token["refresh_token"], auth=auth)


@pytest.mark.parametrize("way", ["HTTP Basic", "the form"])
def test_requests_oauthlib_acts_for_the_app_itself(issuer, owner, organization, live, way):
    app = App(owner, organization, **BOTH)
    session = OAuth2Session(client=BackendApplicationClient(client_id=app.id, scope=["tasks:read"]))
    secret = (
        {"auth": HTTPBasicAuth(app.id, app.secret)}
        if way == "HTTP Basic"
        else {"client_secret": app.secret, "include_client_id": True}
    )
    token = session.fetch_token(issuer["token_endpoint"], **secret)
    assert token["scope"] == ["tasks:read"] and "refresh_token" not in token
    assert session.get(f"{live.base_url}/tasks").status_code == 200


def test_requests_oauthlib_gives_tokens_back(issuer, partner, person_at_a_browser):
    token = partner.tokens(person_at_a_browser)
    more = {} if partner.secret else {"client_id": partner.id}
    url, headers, body = WebApplicationClient(partner.id).prepare_token_revocation_request(
        issuer["revocation_endpoint"], token["refresh_token"], "refresh_token", **more
    )
    auth = HTTPBasicAuth(partner.id, partner.secret) if partner.secret else None
    assert requests.post(url, headers=headers, data=body, auth=auth, timeout=10).status_code == 200
    assert partner.acting(token["access_token"]).get("/users/me").status_code == 401


def test_authlib_completes_the_flow(issuer, partner, person_at_a_browser):
    session = AuthlibSession(
        partner.id,
        partner.secret,
        scope=" ".join(SCOPES),
        redirect_uri=partner.redirect_uris[0],
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if partner.secret else "none",
        revocation_endpoint_auth_method="client_secret_basic" if partner.secret else "none",
    )
    url, _ = session.create_authorization_url(
        issuer["authorization_endpoint"], code_verifier=partner.verifier
    )
    back = sent_back(person_at_a_browser, url)
    session.fetch_token(issuer["token_endpoint"], authorization_response=back, code_verifier=partner.verifier)
    session.refresh_token(issuer["token_endpoint"])
    assert session.get(issuer["userinfo_endpoint"]).json()["sub"] == person_at_a_browser.person.id
    token = session.token["access_token"]
    if partner.secret:
        introspection = session.introspect_token(issuer["introspection_endpoint"], token=token)
        assert introspection.json()["active"]
    assert session.revoke_token(issuer["revocation_endpoint"], token=token).status_code == 200
    assert session.get(issuer["userinfo_endpoint"]).status_code == 401


def test_authlib_acts_for_the_app_itself(issuer, owner, organization, live):
    app = App(owner, organization, **BOTH)
    session = AuthlibSession(app.id, app.secret, scope="tasks:read")
    session.fetch_token(issuer["token_endpoint"], grant_type="client_credentials")
    assert session.get(f"{live.base_url}/tasks").status_code == 200
