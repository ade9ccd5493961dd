"""Grants of OAuth 2 (RFC 6749): authorization code, refresh token, and client credentials."""

from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidGrantError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant

from models.apps.authorizations import ACCESS_LIFETIME, Authorization
from models.base.unit_of_work import now
from security import tokens
from security.oauth.clients import ALL, WITH_A_SECRET

OFFLINE = "offline_access"
# What is about a person, and so is not for an app that acts for itself.
OF_A_PERSON = {"openid", "profile", "email", OFFLINE}


class Code(AuthorizationCodeGrant):
    """A code that a person brings back from our page: once, within a minute, to who asked for it."""

    TOKEN_ENDPOINT_AUTH_METHODS = ALL

    def save_authorization_code(self, code, request):
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

    def create_authorization_response(self, redirect_uri, grant_user):
        """As Authlib's, which would read the redirect URI and write it again."""
        if not grant_user:
            raise AccessDeniedError(redirect_uri=redirect_uri)
        self.request.user = grant_user
        code = self.generate_authorization_code()
        self.save_authorization_code(code, self.request)
        return 302, "", [("Location", self.server.located(redirect_uri, code, self.request.payload.state))]

    def query_authorization_code(self, code, client):
        """Of a code that was used before, what came of it ends: one of the two who have it has stolen it."""
        found = Authorization.of_code(code)
        if found is None or not _belongs_to(client, found):
            return None
        if found.redeemed_at is not None:
            _end(found, "authorization.code_reused")
        return StoredCode(found) if found.code_is_good else None

    def authenticate_user(self, authorization_code):
        return authorization_code.authorization.user

    def delete_authorization_code(self, authorization_code):
        """It is not deleted, so that a second use is known."""

    def generate_token(self, user=None, scope=None, include_refresh_token=True, **_):
        given = self.request.authorization_code.authorization
        scope = _scopes_still_allowed(self.client, scope)
        self.request.issues = given.redeem()
        given.note("authorization.redeemed", scopes=scope)
        refreshes = include_refresh_token and OFFLINE in given.scopes
        return super().generate_token(
            user, scope, expires_in=_seconds(given), include_refresh_token=refreshes
        )


class StoredCode:
    """An authorization as Authlib knows a code (``AuthorizationCodeMixin``)."""

    def __init__(self, authorization):
        self.authorization = authorization
        self.code_challenge = authorization.code_challenge

    def get_redirect_uri(self):
        return self.authorization.redirect_uri

    def get_scope(self):
        return " ".join(self.authorization.scopes)

    def get_nonce(self):
        return self.authorization.nonce

    def get_auth_time(self):
        return int(self.authorization.authenticated_at.timestamp())

    def get_acr(self):
        return None

    def get_amr(self):
        return None


class Refresh(RefreshTokenGrant):
    """A refresh token, exchanged once for the one that follows it."""

    TOKEN_ENDPOINT_AUTH_METHODS = ALL
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        """Of a token that was used before, everything that came of it ends: one of the two who have it has stolen it.

        An app that proves itself may show one again within seconds, at once or because an answer was lost, and comes to the
        same next token.  Of a public app nothing tells it from a thief (RFC 9700 §4.14.2).
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

    def authenticate_user(self, refresh_token):
        return refresh_token.authorization.user

    def issue_token(self, user, refresh_token):
        authorization, used = refresh_token.authorization, refresh_token.token
        scope = _scopes_still_allowed(self.client, self.request.payload.scope or refresh_token.get_scope())
        self.request.issues = authorization if used.used_at else authorization.refresh(used)
        issued = self.generate_token(user, scope, expires_in=_seconds(authorization))
        return issued | {"refresh_token": _after(self.request.form["refresh_token"])}

    def revoke_old_credential(self, refresh_token):
        """It is used up already, and kept, so that a second use is known."""


class StoredRefreshToken:
    """A refresh token as Authlib knows one (``TokenMixin``)."""

    def __init__(self, authorization, token):
        self.authorization, self.token = authorization, token

    def check_client(self, client):
        return self.authorization.app_id == client.app.id

    def get_scope(self):
        return " ".join(self.authorization.scopes)


class ClientCredentials(ClientCredentialsGrant):
    """An app that acts for itself, in the role that it was given."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_A_SECRET

    def validate_requested_scope(self):
        asked = self.request.payload.scope
        allowed = [one for one in self.client.app.scopes if one not in OF_A_PERSON]
        scopes = list(dict.fromkeys(asked.split())) if asked else allowed
        if not scopes or not set(scopes) <= set(allowed):
            raise InvalidScopeError()
        self.request.payload.data["scope"] = " ".join(scopes)

    def generate_token(self, scope=None, **options):
        self.request.issues = Authorization.take(self.client.app, scope.split())
        return super().generate_token(
            scope=scope, expires_in=int(ACCESS_LIFETIME.total_seconds()), include_refresh_token=False
        )


def _after(refresh_token):
    return tokens.app_token_after(refresh_token)


def _belongs_to(client, authorization):
    """Whether it was given to the app that shows a code or a token of it.  If not, it has them from somewhere else."""
    is_own = authorization.app_id == client.app.id
    if not is_own:
        authorization.note(
            "authorization.refused", "failure", reason="shown by another app", shown_by=client.app.id
        )
    return is_own


def _end(authorization, kind):
    """End everything that came of it, and say whose it was."""
    authorization.revoke().note(kind, "failure")
    raise InvalidGrantError("It was already used. All tokens issued for it are revoked.")


def _scopes_still_allowed(client, scope):
    """Those of ``scope`` that the app may still have; InvalidScopeError when there is none."""
    found = [one for one in dict.fromkeys(scope.split()) if one in client.app.scopes]
    if not found:
        raise InvalidScopeError()
    return " ".join(found)


def _seconds(authorization):
    """How long an access token holds that is issued now."""
    return int((min(now() + ACCESS_LIFETIME, authorization.expires_at) - now()).total_seconds())
