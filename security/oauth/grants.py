"""Grants of OAuth 2 (RFC 6749): authorization code, refresh token, and client credentials."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant

from models.apps.authorizations import ACCESS_LIFETIME, Authorization
from models.base.unit_of_work import now
from models.identity.users import User
from security import tokens
from security.oauth.clients import ALL, WITH_A_SECRET, Client
from security.oauth.stored import StoredCode, StoredRefreshToken

if TYPE_CHECKING:
    from security.oauth.server import OAuthRequest

OFFLINE = "offline_access"
# Scopes about a person, which an app that acts for itself cannot have.
OF_A_PERSON = {"openid", "profile", "email", OFFLINE}


class Code(AuthorizationCodeGrant):
    """The authorization code grant: a code is exchanged once, within a minute, by the app that requested it."""

    TOKEN_ENDPOINT_AUTH_METHODS = ALL

    def save_authorization_code(self, code: str, request: "OAuthRequest") -> None:
        sent = request.payload.data
        Authorization.give(
            request.consent,
            code,
            scopes=request.scope.split(),
            redirect_uri=sent["redirect_uri"],
            code_challenge=sent["code_challenge"],
            nonce=sent.get("nonce"),
            authenticated_at=request.authenticated_at,
        )

    def create_authorization_response(
        self, redirect_uri: str, grant_user: User | None
    ) -> tuple[int, str, list[tuple[str, str]]]:
        """As Authlib's, but with the redirect URI byte for byte as it was registered."""
        if not grant_user:
            raise AccessDeniedError(redirect_uri=redirect_uri)
        self.request.user = grant_user
        code = self.generate_authorization_code()
        self.save_authorization_code(code, self.request)
        return 302, "", [("Location", self.server.located(redirect_uri, code, self.request.payload.state))]

    def query_authorization_code(self, code: str, client: Client) -> StoredCode | None:
        """A code that is used again ends everything that was issued for it: one of its two holders has stolen it."""
        authorization = Authorization.of_code(code)
        if authorization is None or not _belongs_to(client, authorization):
            return None
        if authorization.redeemed_at is not None:
            _end(authorization, "authorization.code_reused")
        return StoredCode(authorization) if authorization.code_is_good else None

    def authenticate_user(self, authorization_code: StoredCode) -> User:
        return authorization_code.authorization.user

    def delete_authorization_code(self, authorization_code: StoredCode) -> None:
        """Nothing: the code is kept, so that a second use is detected."""

    def generate_token(
        self, user: User | None = None, scope: str | None = None, include_refresh_token: bool = True, **_: Any
    ) -> dict[str, Any]:
        authorization = self.request.authorization_code.authorization
        scope = _scopes_still_allowed(self.client, scope)
        self.request.issues = authorization.redeem()
        authorization.note("authorization.redeemed", scopes=scope)
        refreshes = include_refresh_token and OFFLINE in authorization.scopes
        return super().generate_token(
            user, scope, expires_in=_seconds(authorization), include_refresh_token=refreshes
        )


class Refresh(RefreshTokenGrant):
    """The refresh token grant: a token is exchanged once, for the one that follows it."""

    TOKEN_ENDPOINT_AUTH_METHODS = ALL
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> StoredRefreshToken | None:
        """A token that is used again ends its whole authorization: one of its two holders has stolen it.

        A confidential app may send one again within seconds, as when an answer was lost, and gets the same next token; a
        public app cannot be told from a thief (RFC 9700 §4.14.2).
        """
        authorization, token = Authorization.of_token(refresh_token)
        if token is None or token.purpose != "refresh" or not _belongs_to(self.client, authorization):
            return None
        is_again = self.client.proves_itself and authorization.asks_again(token, _after(refresh_token))
        if token.used_at is not None and not is_again:
            _end(authorization, "authorization.refresh_reused")
        if authorization.is_over or token.expires_at <= now():
            return None
        return StoredRefreshToken(authorization, token)

    def authenticate_user(self, refresh_token: StoredRefreshToken) -> User:
        return refresh_token.authorization.user

    def issue_token(self, user: User, refresh_token: StoredRefreshToken) -> dict[str, Any]:
        authorization, used = refresh_token.authorization, refresh_token.token
        scope = _scopes_still_allowed(self.client, self.request.payload.scope or refresh_token.get_scope())
        self.request.issues = authorization if used.used_at else authorization.refresh(used)
        token = self.generate_token(user, scope, expires_in=_seconds(authorization))
        return token | {"refresh_token": _after(self.request.form["refresh_token"])}

    def revoke_old_credential(self, refresh_token: StoredRefreshToken) -> None:
        """Nothing: it is used up already, and kept, so that a second use is detected."""


class ClientCredentials(ClientCredentialsGrant):
    """The client credentials grant: an app acts for itself, as the service account of its role."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_A_SECRET

    def validate_requested_scope(self) -> None:
        requested = self.request.payload.scope
        allowed = [scope for scope in self.client.app.scopes if scope not in OF_A_PERSON]
        scopes = list(dict.fromkeys(requested.split())) if requested else allowed
        if not scopes or not set(scopes) <= set(allowed):
            raise InvalidScopeError()
        self.request.payload.data["scope"] = " ".join(scopes)

    def generate_token(self, scope: str, **options: Any) -> dict[str, Any]:
        self.request.issues = Authorization.take(self.client.app, scope.split())
        return super().generate_token(
            scope=scope, expires_in=int(ACCESS_LIFETIME.total_seconds()), include_refresh_token=False
        )


def _after(refresh_token: str) -> str:
    return tokens.app_token_after(refresh_token)


def _belongs_to(client: Client, authorization: Authorization) -> bool:
    """Whether the authorization is the app's that sends a code or token of it; if not, that is logged: it was stolen."""
    is_own = authorization.app_id == client.app.id
    if not is_own:
        authorization.note(
            "authorization.refused", "failure", reason="shown by another app", shown_by=client.app.id
        )
    return is_own


def _end(authorization: Authorization, kind: str) -> NoReturn:
    """Revoke the authorization, log that as ``kind``, and refuse the request."""
    authorization.revoke().note(kind, "failure")
    raise InvalidGrantError("It was already used. All tokens issued for it are revoked.")


def _scopes_still_allowed(client: Client, scope: str | None) -> str:
    """Those of ``scope`` that the app may still have; InvalidScopeError when there is none."""
    allowed = [name for name in dict.fromkeys((scope or "").split()) if name in client.app.scopes]
    if not allowed:
        raise InvalidScopeError()
    return " ".join(allowed)


def _seconds(authorization: Authorization) -> int:
    """The lifetime in seconds of an access token that is issued now."""
    expires_at: datetime = authorization.expires_at
    return int((min(now() + ACCESS_LIFETIME, expires_at) - now()).total_seconds())
