"""Endpoints about tokens: revocation (RFC 7009) and introspection (RFC 7662), for the app that they were issued to."""

from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from models.apps.authorizations import Authorization
from models.base.settings import settings
from models.base.unit_of_work import now
from security.oauth.clients import ALL, WITH_A_SECRET


class StoredToken:
    """A token as Authlib knows one (``TokenMixin``)."""

    def __init__(self, authorization, token):
        self.authorization, self.token = authorization, token

    def check_client(self, client):
        return self.authorization.app_id == client.app.id

    def is_expired(self):
        return self.token.expires_at <= now()

    def is_revoked(self):
        is_former = self.token.purpose == "access" and self.token.epoch != self.authorization.user.token_epoch
        return self.authorization.is_over or self.token.used_at is not None or is_former


def stored_token(text):
    authorization, token = Authorization.of_token(text)
    return token and StoredToken(authorization, token)


class Revocation(RevocationEndpoint):
    """With a token everything ends that came of the same consent at the same time: the app needs it no more."""

    CLIENT_AUTH_METHODS = ALL

    def authenticate_token(self, request, client):
        """Of another app's token nothing is told, not even that it is one.  A hint is not needed."""
        found = stored_token(request.form["token"])
        return found if found and found.check_client(client) else None

    def revoke_token(self, token, request):
        authorization = token.authorization
        if authorization.revoked_at is None:
            authorization.revoke().note("authorization.revoked")


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = WITH_A_SECRET

    def authenticate_token(self, request, client):
        """Only an app's own tokens are told of.  A hint is not needed."""
        found = stored_token(request.form["token"])
        return found if found and found.check_client(client) else None

    def introspect_token(self, token):
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
