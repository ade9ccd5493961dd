"""Endpoints about tokens: revocation (RFC 7009) and introspection (RFC 7662), for the app that they were issued to."""

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from models.base.settings import settings
from security.oauth.clients import ALL, WITH_A_SECRET, Client
from security.oauth.stored import StoredToken, stored_token

if TYPE_CHECKING:
    from security.oauth.server import OAuthRequest


class Revocation(RevocationEndpoint):
    """Revoking a token ends its whole authorization: the app needs it no more."""

    CLIENT_AUTH_METHODS = ALL

    def authenticate_token(self, request: "OAuthRequest", client: Client) -> StoredToken | None:
        """The token, if it is the app's own: the answer for another app's is that for no token.  The type hint is not needed."""
        token = stored_token(request.form["token"])
        return token if token and token.check_client(client) else None

    def revoke_token(self, token: StoredToken, request: "OAuthRequest") -> None:
        authorization = token.authorization
        if authorization.revoked_at is None:
            authorization.revoke().note("authorization.revoked")


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = WITH_A_SECRET

    def authenticate_token(self, request: "OAuthRequest", client: Client) -> StoredToken | None:
        """The token, if it is the app's own.  The type hint is not needed."""
        token = stored_token(request.form["token"])
        return token if token and token.check_client(client) else None

    def introspect_token(self, token: StoredToken) -> dict[str, Any]:
        authorization = token.authorization
        return {
            "active": True,
            "client_id": authorization.app_id,
            "sub": authorization.user_id,
            "scope": " ".join(token.token.scopes),
            "token_type": "Bearer" if token.token.purpose == "access" else None,
            "iat": int(token.token.created_at.timestamp()),
            "exp": int(token.token.expires_at.timestamp()),
            "iss": settings().public_url,
        }
