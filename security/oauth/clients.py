"""Clients: apps as OAuth sees them, and how they prove to be themselves (RFC 6749 §2.3)."""

import base64
import re
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, InvalidRequestError

from models.apps.apps import App
from models.base.database import database
from models.platform.security_log import SecurityEntry
from security import attempts

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
ALL, WITH_A_SECRET = [BASIC, POST, NONE], [BASIC, POST]


class Client(ClientMixin):
    """An app, with the answers that Authlib's grants ask for."""

    def __init__(self, app):
        self.app = app

    def get_client_id(self):
        return self.app.id

    def get_default_redirect_uri(self):
        """None: where people are sent back to is always said."""

    def get_allowed_scope(self, scope):
        """The scopes that are asked for, when the app may ask for each; by default all; None when it may not."""
        asked = scope.split() if scope else self.app.scopes
        return " ".join(dict.fromkeys(asked)) if set(asked) <= set(self.app.scopes) else None

    def check_redirect_uri(self, redirect_uri):
        return self.app.may_send_to(redirect_uri)

    def check_client_secret(self, client_secret):
        """Whether it is the secret, from where it has not been guessed at too often; what is wrong is noted."""
        result = attempts.of_app(self.app.id, self.app.accepts(client_secret))
        if result.is_counted and not result.is_accepted:
            self._log_failure("app.refused")
            if result.wait:
                self._log_failure("app.locked", minutes=int(result.wait.total_seconds() // 60))
        return result.is_accepted

    def check_endpoint_auth_method(self, method, endpoint):
        return (method == NONE) == (self.app.client_type == "public")

    @property
    def proves_itself(self):
        return self.app.client_type == "confidential"

    def check_response_type(self, response_type):
        return response_type == "code" and "authorization_code" in self.app.grant_types

    def check_grant_type(self, grant_type):
        acts = grant_type != "client_credentials" or self.app.acts_for_itself
        return acts and grant_type in self.app.grant_types

    def _log_failure(self, kind, **facts):
        facts |= {"app_id": self.app.id, "name": self.app.name}
        SecurityEntry.note(kind, organization_id=self.app.organization_id, outcome="failure", **facts)


def client_of(client_id):
    """The client with this id; None when there is none, or its app is disabled."""
    if not ID.fullmatch(client_id or ""):
        return None
    database.allow_account_by("app", client_id)
    app = App.select().where(App.id == client_id).first()
    return Client(app) if app and app.is_active else None


def authenticated(request, methods, authenticate):
    """The client that a request is of, by one of ``methods``; ``authenticate`` is Authlib's way to find it out.

    Whatever is wrong with its credentials is told in one way.
    """
    form = request.form
    if sent := basic(request.headers.get("Authorization")):
        if "client_secret" in form:
            raise InvalidRequestError("Use one client authentication method per request.")
        if form.get("client_id", sent[0]) != sent[0]:
            raise InvalidRequestError("The client_id does not match the credentials.")
    try:
        return authenticate(request, methods)
    except InvalidClientError:
        raise refused() from None


def basic(authorization):
    """``(client id, secret)`` of HTTP Basic; None without.  Both are form-encoded first (RFC 6749 §2.3.1)."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise refused() from None
    if not (client_id and colon and secret):
        raise refused()
    return unquote_plus(client_id), unquote_plus(secret)


def refused():
    return InvalidClientError(
        status_code=401, description="The client is unknown, or its authentication failed."
    )
