"""OpenID Connect: who somebody is, told to an app that was let know: ID tokens, claims, and what the server can do."""

from authlib.oidc.core import OpenIDCode, UserInfo
from authlib.oidc.core.grants.util import validate_request_prompt
from joserfc import jwt
from joserfc.errors import JoseError

from models.base.settings import settings
from security import signing_keys

ALGORITHM = signing_keys.RS256
METHODS = ["client_secret_basic", "client_secret_post"]


class OpenId(OpenIDCode):
    """An ID token beside the others, when the person let the app know who they are; and ``prompt``, whoever asks."""

    def __call__(self, grant):
        grant.register_hook("after_create_token_response", self.process_token)
        grant.register_hook("after_validate_consent_request", validate_request_prompt)

    def resolve_client_private_key(self, client):
        return signing_keys.active(ALGORITHM)

    def get_encode_header(self, client):
        return {"alg": ALGORITHM, "kid": signing_keys.active(ALGORITHM).kid}

    def get_client_claims(self, client):
        return {"iss": settings().public_url, "aud": client.get_client_id()}

    def generate_user_info(self, user, scope):
        """Only who it is: everything else is told by the userinfo endpoint (OpenID Connect Core §5.4)."""
        return UserInfo(sub=user.id)


class KeyIsGone(Exception):
    """The token names a key that was ours, by which nothing can be verified any more."""


def subject_of(id_token):
    """Whom an ID token is about, however long ago it has expired; None when its key is gone.

    ValueError when it was not issued here.
    """
    try:
        told = jwt.decode(id_token, _verifying_key, algorithms=[ALGORITHM]).claims
    except KeyIsGone:
        return None
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("It is not an ID token of this server.") from None
    if told.get("iss") != settings().public_url or not isinstance(told.get("sub"), str) or "aud" not in told:
        raise ValueError("It is not an ID token of this server.")
    return told["sub"]


def _verifying_key(token):
    kid = token.headers()["kid"]
    if not signing_keys.may_be_ours(kid):
        raise ValueError("No key of this server has this ID.")
    if signing_keys.known(kid, ALGORITHM) is None:
        signing_keys.look_for(kid)
    found = signing_keys.known(kid, ALGORITHM)
    if found is None:
        raise KeyIsGone
    return found


def claims(user, scopes):
    """What an app with these scopes is told of a person, by the names of OpenID Connect; None is every scope."""
    told = UserInfo(
        sub=user.id,
        name=user.name,
        zoneinfo=user.time_zone,
        locale=user.locale,
        email=user.email,
        email_verified=user.verified_at is not None if user.email else None,
    )
    return told.filter(["openid", "profile", "email"] if scopes is None else scopes)


def metadata(scopes):
    """What the server is and can do (RFC 8414, OpenID Connect Discovery 1.0); ``scopes`` are those of the contract."""
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
