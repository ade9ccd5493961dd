"""Clients: apps as OAuth sees them, and how they prove to be themselves (RFC 6749 §2.3)."""

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin, InvalidClientError, InvalidRequestError

from models.apps.apps import App
from models.base.database import database
from models.platform.security_log import SecurityEntry
from security import attempts

if TYPE_CHECKING:
    from security.oauth.server import OAuthRequest

ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BASIC, POST, NONE = "client_secret_basic", "client_secret_post", "none"
ALL, WITH_A_SECRET = [BASIC, POST, NONE], [BASIC, POST]


class Client(ClientMixin):
    """An app as Authlib knows a client (``ClientMixin``)."""

    def __init__(self, app: App) -> None:
        self.app = app

    def get_client_id(self) -> str:
        return self.app.id

    def get_default_redirect_uri(self) -> None:
        """None: requests always name their redirect URI."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The requested scopes, by default all of the app's; None when the app may not request one of them."""
        requested = scope.split() if scope else self.app.scopes
        return " ".join(dict.fromkeys(requested)) if set(requested) <= set(self.app.scopes) else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return self.app.may_send_to(redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is right, and its network not locked out; wrong secrets are counted and logged."""
        result = attempts.of_app(self.app.id, self.app.accepts(client_secret))
        if result.is_counted and not result.is_accepted:
            self._log_failure("app.refused")
            if result.wait:
                self._log_failure("app.locked", minutes=int(result.wait.total_seconds() // 60))
        return result.is_accepted

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == NONE) == (self.app.client_type == "public")

    @property
    def proves_itself(self) -> bool:
        return self.app.client_type == "confidential"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.app.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        is_open = grant_type != "client_credentials" or self.app.acts_for_itself
        return is_open and grant_type in self.app.grant_types

    def _log_failure(self, kind: str, **facts: Any) -> None:
        facts |= {"app_id": self.app.id, "name": self.app.name}
        SecurityEntry.note(kind, organization_id=self.app.organization_id, outcome="failure", **facts)


def client_of(client_id: str | None) -> Client | None:
    """The client with this id; None when there is none, or its app is disabled."""
    if client_id is None or not ID.fullmatch(client_id):
        return None
    database.allow_account_by("app", client_id)
    app = App.select().where(App.id == client_id).first()
    return Client(app) if app and app.is_active else None


def authenticated(
    request: "OAuthRequest", methods: list[str], authenticate: Callable[["OAuthRequest", list[str]], Client]
) -> Client:
    """The client that a request authenticates as by one of ``methods``; ``authenticate`` is Authlib's function for that.

    Whatever is wrong with the credentials, the error is the same: ``invalid_client``.
    """
    form = request.form
    if credentials := basic(request.headers.get("Authorization")):
        if "client_secret" in form:
            raise InvalidRequestError("Use one client authentication method per request.")
        if form.get("client_id", credentials[0]) != credentials[0]:
            raise InvalidRequestError("The client_id does not match the credentials.")
    try:
        return authenticate(request, methods)
    except InvalidClientError:
        raise refused() from None


def basic(authorization: str | None) -> tuple[str, str] | None:
    """``(client id, secret)`` of HTTP Basic, None without it.  Both are form-encoded inside (RFC 6749 §2.3.1)."""
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


def refused() -> InvalidClientError:
    return InvalidClientError(
        status_code=401, description="The client is unknown, or its authentication failed."
    )
