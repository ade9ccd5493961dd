"""The server: Authlib's, with our values in place of a framework's requests and answers."""

from functools import cache

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload, OAuth2Request
from authlib.oauth2.rfc9207 import IssuerParameter

from models.base.settings import settings
from security import tokens
from security.oauth import clients
from security.oauth.endpoints import Introspection, Revocation
from security.oauth.grants import ClientCredentials, Code, Refresh
from security.oauth.openid import OpenId
from security.oauth.pkce import Pkce

# Where Authlib says nothing.
DESCRIPTIONS = {
    "invalid_grant": "It is unknown, has ended, or was issued to another client.",
    "unsupported_grant_type": "The grant_type is none of this server.",
    "invalid_request": "A parameter is missing, or is not as the contract says.",
    "unsupported_token_type": "Tokens of this type are not issued here.",
}


class Asked(OAuth2Request):
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

    @location.setter
    def location(self, value):
        self.headers["Location"] = value


class Issuer(IssuerParameter):
    """``iss`` in every redirect to an app, so that it knows whose answer it is (RFC 9207)."""

    def get_issuer(self):
        return issuer()


class Server(AuthorizationServer):
    def __init__(self):
        super().__init__()
        self.issuer = Issuer()
        self.register_extension(self.issuer)
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

    def answer(self, endpoint, values, authorization):
        """The :class:`Response` to what an app itself asks of an endpoint: ``token``, ``revocation`` or ``introspection``."""
        try:
            request = Asked("POST", values, authorization)
        except OAuth2Error as error:
            return self.handle_error_response(None, error)
        if endpoint == "token":
            return self.create_token_response(request)
        return self.create_endpoint_response(endpoint, request)

    def create_token_response(self, request=None):
        """The client first: who does not prove to be one is told nothing else."""
        try:
            self.authenticate_client(request, clients.ALL)
        except OAuth2Error as error:
            return self.handle_error_response(request, error)
        return super().create_token_response(request)

    def save_token(self, token, request):
        scopes = token["scope"].split()
        request.issues.issue("access", token["access_token"], scopes)
        if "refresh_token" in token:
            request.issues.issue("refresh", token["refresh_token"], request.issues.scopes)

    def redirect_with_error(self, request, error):
        """The answer that sends the person back to the app with an error."""
        error.state = request.payload.state
        response = self.handle_error_response(request, error)
        self.issuer.add_issuer_parameter(self, response)
        return response

    def create_oauth2_request(self, request):
        return request

    def handle_response(self, status, body, headers):
        # 303: whatever the method was, the app is asked with GET (RFC 9700 §4.12).
        if "error" in body:
            body.setdefault("error_description", DESCRIPTIONS.get(body["error"], "The request is refused."))
        return Response(303 if status == 302 else status, body, headers)

    def send_signal(self, name, *args, **kwargs):
        """Nobody listens."""


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
