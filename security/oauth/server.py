"""The server: Authlib's, with our values in place of a framework's requests and answers."""

from functools import cache
from urllib.parse import quote, urlencode

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request

from models.base.settings import settings
from security import tokens
from security.oauth import clients, faults
from security.oauth.endpoints import Introspection, Revocation
from security.oauth.grants import ClientCredentials, Code, Refresh
from security.oauth.openid import OpenId
from security.oauth.pkce import Pkce

LONGEST_STATE = 8_192  # characters, percent-encoded: what the longest URL that is read here can have brought
# Where Authlib says nothing.
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
    """A request: values by name, from a query or a form, and the header ``Authorization``."""

    def __init__(self, method, values, authorization=None):
        super().__init__(
            method, issuer(), headers={"Authorization": authorization} if authorization else None
        )
        self.payload = BasicOAuth2Payload(values)
        self.consent = self.authenticated_at = None  # what the person agreed to, and when they logged in
        self.issues = None  # the authorization that tokens are issued of

    @property
    def form(self):
        return self.payload.data


class Response:
    """An answer: a redirect (``location``), or values to show."""

    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, dict(headers)

    @property
    def location(self):
        return self.headers.get("Location")


class Server(AuthorizationServer):
    def __init__(self):
        super().__init__()
        self.register_grant(Code, [Pkce(), OpenId()])
        self.register_grant(Refresh)
        self.register_grant(ClientCredentials)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_token_generator("default", generated)

    def query_client(self, client_id):
        return clients.client_of(client_id)

    def authenticate_client(self, request, methods, endpoint="token"):
        if request.client is None:
            request.client = clients.authenticated(request, methods, super().authenticate_client)
        return request.client

    def answer(self, endpoint, values, authorization, input_faults=()):
        """The :class:`Response` to what an app itself asks of an endpoint: ``token``, ``revocation`` or ``introspection``.

        The client first: who does not prove to be one is told of no fault but that the request cannot be read.
        """
        try:
            request = OAuthRequest("POST", values, authorization)
            for one in faults.of_reading(input_faults):
                raise faults.error(one, faults.OF_ENDPOINTS)
            self.authenticate_client(request, METHODS[endpoint])
            for one in faults.of_values(input_faults):
                raise faults.error(one, faults.OF_ENDPOINTS)
        except OAuth2Error as error:
            return self.handle_error_response(None, error)
        if endpoint == "token":
            return self.create_token_response(request)
        return self.create_endpoint_response(endpoint, request)

    def save_token(self, token, request):
        scopes = token["scope"].split()
        request.issues.issue("access", token["access_token"], scopes)
        if "refresh_token" in token and not request.issues.has_issued(token["refresh_token"]):
            request.issues.issue("refresh", token["refresh_token"], request.issues.scopes)

    def located(self, redirect_uri, code, state):
        """Where a code is sent to."""
        return redirected(redirect_uri, {"code": code}, state)

    def handle_error_response(self, request, error):
        """The error in JSON, or as parameters of the app's redirect URI once that is known to be the app's."""
        if not error.redirect_uri:
            return super().handle_error_response(request, error)
        told = {name: value for name, value in error.get_body() if name != "state"}
        location = redirected(error.redirect_uri, told, error.state)
        return self.handle_response(302, "", [("Location", location)])

    def create_oauth2_request(self, request):
        return request

    def handle_response(self, status, body, headers):
        # 303: whatever the method was, the app is asked with GET (RFC 9700 §4.12).
        if "error" in body:
            body.setdefault("error_description", DESCRIPTIONS.get(body["error"], "The request is invalid."))
        return Response(303 if status == 302 else status, body, headers)

    def send_signal(self, name, *args, **kwargs):
        """Do nothing: no signals of Authlib are used."""


def redirected(redirect_uri, parameters, state):
    """The redirect URI, byte for byte as it was registered, with the parameters of an answer behind it (RFC 6749 §3.1.2).

    ``state`` comes back as it was sent, and ``iss`` says whose answer it is (RFC 9207).
    """
    state = state and quote(state, safe="")
    _, mark, query = redirect_uri.partition("?")
    joint = "?" if not mark else "&" if query and not query.endswith("&") else ""
    parts = [
        urlencode(parameters),
        *([f"state={state}"] if state and len(state) <= LONGEST_STATE else []),
        urlencode({"iss": issuer()}),
    ]
    return redirect_uri + joint + "&".join(parts)


def generated(grant_type, client, user=None, scope=None, expires_in=None, include_refresh_token=True):
    """New tokens: to act with, and, for who asked for ``offline_access``, to come to new ones with."""
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
def server():
    return Server()


def issuer():
    """Who answers, as apps compare it: the address of this server."""
    return settings().public_url
