"""Google: OpenID Connect (Core 1.0, Discovery 1.0), as of any provider that speaks it."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from handlers.gateways.conversation import Conversation, NoAnswer
from handlers.gateways.providers import Person, Provider, Refused, address, text
from models.base.secret import digest
from models.base.settings import settings

ALGORITHMS = ["RS256", "ES256"]
METADATA_CACHE_SECONDS = 3600  # what the provider says of itself is taken for true
LEEWAY_SECONDS = 60  # seconds that its clock may be wrong
# What reading a token of somebody else's making may raise.
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError)


class Google(Provider):
    """``documents`` has the provider's metadata and its keys by URL, each with the time (monotonic) when it was read."""

    name, scope = "google", "openid email profile"

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[str, tuple[float, Any]] = {}

    @property
    def credentials(self) -> tuple[str, SecretStr]:
        return settings().google_client_id, settings().google_client_secret

    def asked(self, nonce: str) -> dict[str, str]:
        return {"nonce": nonce, "prompt": "select_account"}

    def authorization_endpoint(self) -> str:
        return address(self._metadata(self.conversation()), "authorization_endpoint")

    def token_endpoint(self, conversation: Conversation) -> str:
        return address(self._metadata(conversation), "token_endpoint")

    def person(self, conversation: Conversation, token: Mapping[str, Any], nonce_digest: str) -> Person:
        claims = self._claims(conversation, text(token, "id_token", 20_000))
        if digest(str(claims.get("nonce"))) != nonce_digest:
            raise Refused("an ID token with another nonce")
        return Person(
            claims["sub"], claims.get("email"), claims.get("email_verified") is True, claims.get("name")
        )

    def _claims(self, conversation: Conversation, id_token: str) -> dict[str, Any]:
        """The claims of an ID token that is valid (Core §3.1.3.7).  When it names a key that is not known, the provider may
        have made a new one."""
        metadata = self._metadata(conversation)
        jwks_url = address(metadata, "jwks_uri")
        try:
            try:
                keys = self._read(conversation, jwks_url, _keys)
                decoded = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
            except MALFORMED:
                keys = self._read(conversation, jwks_url, _keys, again=True)
                decoded = jwt.decode(id_token, keys, algorithms=ALGORITHMS)
            client_id, _ = self.credentials
            rules: dict = {"iss": {"essential": True, "value": metadata["issuer"]}}
            rules |= {"aud": {"essential": True, "value": client_id}, "sub": {"essential": True}}
            rules |= {"exp": {"essential": True}, "iat": {"essential": True}}
            jwt.JWTClaimsRegistry(leeway=LEEWAY_SECONDS, **rules).validate(decoded.claims)
        except MALFORMED as error:
            raise Refused(f"an ID token that is not valid: {type(error).__name__}") from None
        several = isinstance(decoded.claims["aud"], list) and len(decoded.claims["aud"]) > 1
        if (several or "azp" in decoded.claims) and decoded.claims.get("azp") != client_id:
            raise Refused("an ID token for another client")
        subject = decoded.claims["sub"]
        if not (
            isinstance(subject, str) and subject.isascii() and subject.isprintable() and len(subject) <= 255
        ):
            raise Refused("an ID token without a subject")
        return decoded.claims

    def _metadata(self, conversation: Conversation) -> dict[str, Any]:
        url = f"{settings().google_issuer}/.well-known/openid-configuration"
        return self._read(conversation, url, _of_the_issuer)

    def _read(
        self,
        conversation: Conversation,
        url: str,
        understand: Callable[[Any], Any],
        *,
        again: bool = False,
    ) -> Any:
        """What ``understand`` makes of the JSON document at ``url``, which is fetched again after an hour, or when ``again``."""
        read_at, document = self.documents.get(url, (float("-inf"), None))
        if again or time.monotonic() - read_at > METADATA_CACHE_SECONDS:
            document = understand(conversation.get(url))
            self.documents[url] = time.monotonic(), document
        return document


def _of_the_issuer(metadata: Any) -> dict[str, Any]:
    """What the issuer of the settings says of itself."""
    if text(metadata, "issuer").rstrip("/") != settings().google_issuer:
        raise NoAnswer(f"{settings().google_issuer} says that it is another issuer")
    return metadata


def _keys(key_set: Any) -> KeySet:
    """The keys by which the provider signs; those of other kinds are passed over."""
    try:
        usable = [key for key in key_set["keys"] if key.get("kty") in ("RSA", "EC")]
        return KeySet.import_key_set({"keys": usable})
    except MALFORMED:
        raise NoAnswer("keys that cannot be read") from None
