"""Codes and tokens that are stored, as Authlib's grants and endpoints ask them (RFC 6749, OpenID Connect Core)."""

from models.apps.authorizations import Authorization, Token
from models.base.unit_of_work import now
from security.oauth.clients import Client


class StoredCode:
    """An authorization as Authlib knows a code (``AuthorizationCodeMixin``)."""

    def __init__(self, authorization: Authorization) -> None:
        self.authorization = authorization
        self.code_challenge = authorization.code_challenge

    def get_redirect_uri(self) -> str:
        return self.authorization.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.authorization.scopes)

    def get_nonce(self) -> str | None:
        return self.authorization.nonce

    def get_auth_time(self) -> int:
        return int(self.authorization.authenticated_at.timestamp())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class StoredRefreshToken:
    """A refresh token as Authlib knows one (``TokenMixin``)."""

    def __init__(self, authorization: Authorization, token: Token) -> None:
        self.authorization, self.token = authorization, token

    def check_client(self, client: Client) -> bool:
        return self.authorization.app_id == client.app.id

    def get_scope(self) -> str:
        return " ".join(self.authorization.scopes)


class StoredToken:
    """A token as Authlib knows one (``TokenMixin``)."""

    def __init__(self, authorization: Authorization, token: Token) -> None:
        self.authorization, self.token = authorization, token

    def check_client(self, client: Client) -> bool:
        return self.authorization.app_id == client.app.id

    def is_expired(self) -> bool:
        return self.token.expires_at <= now()

    def is_revoked(self) -> bool:
        is_former = self.token.purpose == "access" and self.token.epoch != self.authorization.user.token_epoch
        return self.authorization.is_over or self.token.used_at is not None or is_former


def stored_token(text: str) -> StoredToken | None:
    """The token with this text, None when it is unknown."""
    authorization, token = Authorization.of_token(text)
    return StoredToken(authorization, token) if token else None
