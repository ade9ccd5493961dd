"""The server: Authlib's, with our values in place of a framework's requests and answers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request

from models.apps.authorizations import Authorization
from models.apps.consents import Consent
from models.base.settings import settings
from models.identity.users import User
from security import tokens
from security.oauth import clients, faults
from security.oauth.endpoints import Introspection, Revocation
from security.oauth.grants import ClientCredentials, Code, Refresh
from security.oauth.openid import OpenId
from security.oauth.pkce import Pkce

MAX_STATE_CHARACTERS = 8_192  # percent-encoded: as many as the longest URL that this server reads can have
# Of errors that Authlib does not describe.
DESCRIPTIONS = {
    "invalid_grant": "It is invalid, has expired, or was issued to another client.",
    "unsupported_grant_type": "The grant_type is not supported.",
    "invalid_request": "A parameter is missing or invalid.",
    "invalid_scope": "The scope is unknown, or exceeds the scopes that may be requested.",
    "unsupported_token_type": "This response type is not supported.",
}
METHODS = {
    "token": clients.ALL,
    "revocation": Revocation.CLIENT_AUTH_METHODS,
    "introspection": Introspection.CLIENT_AUTH_METHODS,
}


class OAuthRequest(OAuth2Request):
    """A request as Authlib knows one: values by name, from a query or a form, and the header ``Authorization``.

    For a code, ``consent`` is what the person approved, and ``authenticated_at`` when they logged in; for tokens, ``issues`` is
    the authorization that they are issued of, which the grant sets before they are stored.
    """

    issues: Authorization

    def __init__(self, method: str, values: Mapping[str, str], authorization: str | None = None) -> None:
        super().__init__(
            method, issuer(), headers={"Authorization": authorization} if authorization else None
        )
        self.payload = BasicOAuth2Payload(values)
        self.consent: Consent | None = None
        self.authenticated_at: datetime | None = None

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class Response:
    """An answer: a redirect (``location``), or values to show."""

    def __init__(self, status: int, body: Any, headers: Iterable[tuple[str, str]]) -> None:
        self.status, self.body, self.headers = status, body, dict(headers)

    @property
    def location(self) -> str:
        """Where a redirect leads to."""
        return self.headers["Location"]


class Server(AuthorizationServer):
    def __init__(self) -> None:
        super().__init__()
        self.register_grant(Code, [Pkce(), OpenId()])
        self.register_grant(Refresh)
        self.register_grant(ClientCredentials)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_token_generator("default", generated)

    def query_client(self, client_id: str) -> clients.Client | None:
        return clients.client_of(client_id)

    def authenticate_client(
        self, request: OAuthRequest, methods: list[str], endpoint: str = "token"
    ) -> clients.Client:
        if request.client is None:
            request.client = clients.authenticated(request, methods, super().authenticate_client)
        return request.client

    def answer(
        self,
        endpoint: str,
        values: Mapping[str, str],
        authorization: str | None,
        input_faults: Sequence[faults.Fault] = (),
    ) -> Response:
        """The :class:`Response` of an endpoint for apps: ``token``, ``revocation`` or ``introspection``.

        Whoever is not authenticated as a client learns of no faults but those by which the request cannot be read.
        """
        try:
            request = OAuthRequest("POST", values, authorization)
            for fault in faults.of_reading(input_faults):
                raise faults.error(fault, faults.OF_ENDPOINTS)
            self.authenticate_client(request, METHODS[endpoint])
            for fault in faults.of_values(input_faults):
                raise faults.error(fault, faults.OF_ENDPOINTS)
        except OAuth2Error as error:
            return self.handle_error_response(None, error)
        if endpoint == "token":
            return self.create_token_response(request)
        return self.create_endpoint_response(endpoint, request)

    def save_token(self, token: Mapping[str, Any], request: OAuthRequest) -> None:
        scopes = token["scope"].split()
        request.issues.issue("access", token["access_token"], scopes)
        if "refresh_token" in token and not request.issues.has_issued(token["refresh_token"]):
            request.issues.issue("refresh", token["refresh_token"], request.issues.scopes)

    def located(self, redirect_uri: str, code: str, state: str | None) -> str:
        """The redirect URI with a code."""
        return redirected(redirect_uri, {"code": code}, state)

    def handle_error_response(self, request: OAuthRequest | None, error: OAuth2Error) -> Response:
        """The error as JSON or, where it has a redirect URI, which is the app's, as parameters of that."""
        if not error.redirect_uri:
            return super().handle_error_response(request, error)
        parameters = {name: value for name, value in error.get_body() if name != "state"}
        location = redirected(error.redirect_uri, parameters, error.state)
        return self.handle_response(302, "", [("Location", location)])

    def create_oauth2_request(self, request: OAuthRequest) -> OAuthRequest:
        return request

    def handle_response(self, status: int, body: Any, headers: Iterable[tuple[str, str]]) -> Response:
        # 303: whatever the method was, the app is asked with GET (RFC 9700 §4.12).
        if "error" in body:
            body.setdefault("error_description", DESCRIPTIONS.get(body["error"], "The request is invalid."))
        return Response(303 if status == 302 else status, body, headers)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Do nothing: no signals of Authlib are used."""


def redirected(redirect_uri: str, parameters: Mapping[str, str], state: str | None) -> str:
    """The redirect URI, byte for byte as it was registered, with the parameters of a response appended (RFC 6749 §3.1.2).

    ``state`` is returned as it was sent, and ``iss`` names this server (RFC 9207).
    """
    state = state and quote(state, safe="")
    _, mark, query = redirect_uri.partition("?")
    joint = "?" if not mark else "&" if query and not query.endswith("&") else ""
    parts = [
        urlencode(parameters),
        *([f"state={state}"] if state and len(state) <= MAX_STATE_CHARACTERS else []),
        urlencode({"iss": issuer()}),
    ]
    return redirect_uri + joint + "&".join(parts)


def generated(
    grant_type: str,
    client: clients.Client,
    user: User | None = None,
    scope: str | None = None,
    expires_in: int | None = None,
    include_refresh_token: bool = True,
) -> dict[str, Any]:
    """The token response (RFC 6749 §5.1): an access token and, with ``offline_access``, a refresh token."""
    token = {
        "token_type": "Bearer",
        "access_token": tokens.app_token("access"),
        "expires_in": expires_in,
        "scope": scope,
    }
    if include_refresh_token:
        token["refresh_token"] = tokens.app_token("refresh")
    return token


@cache
def server() -> Server:
    return Server()


def issuer() -> str:
    """The issuer identifier (RFC 8414): the public URL of this server."""
    return settings().public_url
