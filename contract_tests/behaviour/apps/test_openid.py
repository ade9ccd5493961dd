"""OpenID Connect: ID tokens that a stock library finds good, claims by scope, and what the provider says of itself."""

import time

import httpx
import pytest
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.visitor import App
from models.base.database import database

CLAIMS = {
    "openid": {"sub"},
    "openid profile": {"sub", "name", "zoneinfo", "locale"},
    "openid email": {"sub", "email", "email_verified"},
    "openid profile email": {"sub", "name", "zoneinfo", "locale", "email", "email_verified"},
}


@pytest.fixture
def issuer(live):
    """What the provider says of itself, where OpenID Connect Discovery looks for it."""
    return httpx.get(f"{live.host_url}/.well-known/openid-configuration").raise_for_status().json()


def claims_of(issuer, app, tokens, **params):
    """The claims of an ID token, validated as a client does it: by what the provider publishes alone."""
    keys = KeySet.import_key_set(httpx.get(issuer["jwks_uri"]).raise_for_status().json())
    read = jwt.decode(tokens["id_token"], keys, algorithms=issuer["id_token_signing_alg_values_supported"])
    assert read.header["alg"] == "RS256" and read.header["kid"]
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": issuer["issuer"]},
        aud={"essential": True, "value": app.id},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(read.claims)
    params = {"client_id": app.id, "access_token": tokens["access_token"], **params}
    CodeIDToken(read.claims, read.header, {}, params).validate()
    return read.claims


def test_an_id_token_says_who_the_person_is(issuer, app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser, nonce="n-0S6_WzA2Mj", max_age=60)
    claims = claims_of(issuer, app, tokens, nonce="n-0S6_WzA2Mj", max_age=60)
    assert claims["sub"] == person_at_a_browser.person.id
    assert (claims["nonce"], claims["at_hash"] != "") == ("n-0S6_WzA2Mj", True)
    assert abs(claims["auth_time"] - time.time()) < 30
    assert claims["exp"] - claims["iat"] == 3600
    # Everything else is for the userinfo endpoint.
    assert claims.keys() == {"iss", "aud", "sub", "exp", "iat", "auth_time", "nonce", "at_hash"}


def test_without_a_nonce_there_is_none(issuer, app, person_at_a_browser):
    assert "nonce" not in claims_of(issuer, app, app.tokens(person_at_a_browser))


def test_the_nonce_of_another_request_is_seen(issuer, app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser, nonce="one")
    with pytest.raises(Exception, match="nonce"):
        claims_of(issuer, app, tokens, nonce="another")


def test_an_id_token_of_another_token_is_seen(issuer, app, person_at_a_browser):
    tokens = app.tokens(person_at_a_browser)
    with pytest.raises(Exception, match="at_hash"):
        claims_of(issuer, app, {**tokens, "access_token": "another"})


def test_the_time_of_the_log_in_is_told_and_not_that_of_the_approval(issuer, app, person_at_a_browser):
    before = claims_of(issuer, app, app.tokens(person_at_a_browser))["auth_time"]
    with database.connection_context():
        database.run(
            "update sessions set created_at = created_at - interval '1 hour' where user_id = %s",
            (person_at_a_browser.person.id,),
        )
    assert claims_of(issuer, app, app.tokens(person_at_a_browser))["auth_time"] == before - 3600


def test_no_id_token_without_openid(app, person_at_a_browser):
    assert "id_token" not in app.tokens(person_at_a_browser, scope="account:read")


@pytest.mark.parametrize("scope", CLAIMS)
def test_an_app_learns_what_it_was_let_know(app, person_at_a_browser, scope):
    acting = app.acting(app.tokens(person_at_a_browser, scope=scope)["access_token"])
    answer = acting.get("/oauth/userinfo")
    assert answer.headers["Cache-Control"] == "no-store"
    claims = answer.json()
    assert claims.keys() == CLAIMS[scope]
    person = {
        "sub": person_at_a_browser.person.id,
        "email": person_at_a_browser.person.email,
        "zoneinfo": "UTC",
    }
    assert {name: claims[name] for name in person if name in claims} == {
        name: value for name, value in person.items() if name in claims
    }
    assert acting.post("/oauth/userinfo").json() == claims


def test_who_is_logged_in_is_told_everything_and_a_key_nothing(anonymous):
    client = factories.newcomer(anonymous)
    assert client.get("/oauth/userinfo").json().keys() == CLAIMS["openid profile email"]
    key = factories.api_key(client, "account:read")
    assert key.get("/oauth/userinfo").json()["permission"] == "openid"
    assert refused(anonymous.get("/oauth/userinfo")) == (401, "unauthenticated")


def test_the_provider_is_what_it_says(issuer, live):
    OpenIDProviderMetadata(issuer).validate()
    assert issuer["issuer"] == live.host_url
    everywhere = [
        f"{base}/.well-known/{name}"
        for base in (live.host_url, live.base_url)
        for name in ("openid-configuration", "oauth-authorization-server")
    ]
    assert [httpx.get(url).json() for url in everywhere] == [issuer] * 4


def test_the_contract_names_the_same_addresses_and_scopes(issuer, contract):
    schemes = contract.document["components"]["securitySchemes"]
    code = schemes["oauth2"]["flows"]["authorizationCode"]
    own = schemes["oauth2_service"]["flows"]["clientCredentials"]
    assert code["authorizationUrl"] == issuer["authorization_endpoint"]
    assert code["tokenUrl"] == own["tokenUrl"] == issuer["token_endpoint"]
    assert [*code["scopes"]] == issuer["scopes_supported"]


def test_every_address_that_the_provider_names_is_there(issuer):
    for name, url in issuer.items():
        if name.endswith(("_endpoint", "_uri", "_documentation")):
            assert httpx.get(url).status_code != 404, name


def test_everything_that_apps_may_be_let_do_can_be_asked_for(
    issuer, owner, organization, person_at_a_browser
):
    app = App(owner, organization, scopes=issuer["scopes_supported"])
    tokens = app.tokens(person_at_a_browser, scope=" ".join(issuer["scopes_supported"]))
    assert tokens["scope"].split() == issuer["scopes_supported"]
