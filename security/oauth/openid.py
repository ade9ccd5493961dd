"""OpenID Connect: ID tokens, the claims about a person, and the metadata of the server."""

from typing import Any

from authlib.oidc.core import OpenIDCode, UserInfo
from authlib.oidc.core.grants.util import validate_request_prompt
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol

from models.base.settings import settings
from models.identity.users import User
from security import signing_keys
from security.oauth.clients import Client

ALGORITHM = signing_keys.RS256
METHODS = ["client_secret_basic", "client_secret_post"]


class OpenId(OpenIDCode):
    """Issues an ID token with the scope ``openid``, and validates ``prompt`` of every authorization request."""

    def __call__(self, grant: Any) -> None:
        grant.register_hook("after_create_token_response", self.process_token)
        grant.register_hook("after_validate_consent_request", validate_request_prompt)

    def resolve_client_private_key(self, client: Client) -> signing_keys.PrivateKey:
        return signing_keys.active(ALGORITHM)

    def get_encode_header(self, client: Client) -> dict[str, Any]:
        return {"alg": ALGORITHM, "kid": signing_keys.active(ALGORITHM).kid}

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": settings().public_url, "aud": client.get_client_id()}

    def generate_user_info(self, user: User, scope: str) -> UserInfo:
        """The ``sub`` alone: all other claims are the userinfo endpoint's (OpenID Connect Core §5.4)."""
        return UserInfo(sub=user.id)


class KeyIsGone(Exception):
    """The token names a key of this server that is deleted."""


def subject_of(id_token: str) -> str | None:
    """The ``sub`` of an ID token, which may have expired; None when its key is deleted.

    ValueError when this server has not issued it.
    """
    try:
        token_claims = jwt.decode(id_token, _verifying_key, algorithms=[ALGORITHM]).claims
    except KeyIsGone:
        return None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("It is not an ID token of this server.") from None
    if (
        token_claims.get("iss") != settings().public_url
        or not isinstance(token_claims.get("sub"), str)
        or "aud" not in token_claims
    ):
        raise ValueError("It is not an ID token of this server.")
    return token_claims["sub"]


def _verifying_key(token: GuestProtocol) -> signing_keys.PrivateKey:
    kid = token.headers()["kid"]
    if not signing_keys.may_be_ours(kid):
        raise ValueError("No key of this server has this ID.")
    if signing_keys.cached_key(kid, ALGORITHM) is None:
        signing_keys.look_for(kid)
    key = signing_keys.cached_key(kid, ALGORITHM)
    if key is None:
        raise KeyIsGone
    return key


def claims(user: User, scopes: list[str] | None) -> dict[str, Any]:
    """The claims about a person that these scopes give (OpenID Connect Core §5.4); None is every scope."""
    info = UserInfo(
        sub=user.id,
        name=user.name,
        zoneinfo=user.time_zone,
        locale=user.locale,
        email=user.email,
        email_verified=user.verified_at is not None if user.email else None,
    )
    return info.filter(["openid", "profile", "email"] if scopes is None else scopes)


def metadata(scopes: list[str]) -> dict[str, Any]:
    """The metadata of the server (RFC 8414, OpenID Connect Discovery 1.0); ``scopes`` are those of the contract."""
    issuer = settings().public_url
    base = f"{issuer}/api/v1/oauth"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "revocation_endpoint": f"{base}/revoke",
        "introspection_endpoint": f"{base}/introspect",
        "userinfo_endpoint": f"{base}/userinfo",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "service_documentation": f"{issuer}/docs",
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": [*METHODS, "none"],
        "revocation_endpoint_auth_methods_supported": [*METHODS, "none"],
        "introspection_endpoint_auth_methods_supported": METHODS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": [
            *("iss", "aud", "sub", "exp", "iat", "auth_time", "nonce", "at_hash"),
            *("name", "zoneinfo", "locale", "email", "email_verified"),
        ],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
