"""Google: OpenID Connect (Core 1.0, Discovery 1.0), as of any provider that speaks it."""

import time

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from handlers.gateways.conversation import NoAnswer
from handlers.gateways.providers import Provider, Refused, address, text
from models.base.secret import digest
from models.base.settings import settings

ALGORITHMS = ["RS256", "ES256"]
METADATA_CACHE_SECONDS = 3600  # what the provider says of itself is taken for true
LEEWAY = 60  # seconds that its clock may be wrong
# What reading a token of somebody else's making may raise.
MALFORMED = (JoseError, ValueError, TypeError, KeyError, AttributeError)


class Google(Provider):
    """``known`` are what the provider says of itself, and its keys, by address; with when that was read and understood."""

    name, scope = "google", "openid email profile"

    def __init__(self):
        super().__init__()
        self.known = {}

    @property
    def credentials(self):
        return settings().google_client_id, settings().google_client_secret

    def asked(self, nonce):
        return {"nonce": nonce, "prompt": "select_account"}

    def authorization_endpoint(self):
        with self.talking() as conversation:
            return address(self._metadata(conversation), "authorization_endpoint")

    def token_endpoint(self, conversation):
        return address(self._metadata(conversation), "token_endpoint")

    def person(self, conversation, token, nonce_digest):
        claims = self._claims(conversation, text(token, "id_token", 20_000))
        if digest(str(claims.get("nonce"))) != nonce_digest:
            raise Refused("an ID token with another nonce")
        return claims["sub"], claims.get("email"), claims.get("email_verified") is True, claims.get("name")

    def _claims(self, conversation, id_token):
        """The claims of an ID token that is valid (Core §3.1.3.7).  When it names a key that is not known, the provider may
        have made a new one."""
        about = self._metadata(conversation)
        place = address(about, "jwks_uri")
        try:
            try:
                read = jwt.decode(id_token, self._read(conversation, place, _keys), algorithms=ALGORITHMS)
            except MALFORMED:
                fresh = self._read(conversation, place, _keys, again=True)
                read = jwt.decode(id_token, fresh, algorithms=ALGORITHMS)
            client_id, _ = self.credentials
            rules: dict = {"iss": {"essential": True, "value": about["issuer"]}}
            rules |= {"aud": {"essential": True, "value": client_id}, "sub": {"essential": True}}
            rules |= {"exp": {"essential": True}, "iat": {"essential": True}}
            jwt.JWTClaimsRegistry(leeway=LEEWAY, **rules).validate(read.claims)
        except MALFORMED as error:
            raise Refused(f"an ID token that is not valid: {type(error).__name__}") from None
        several = isinstance(read.claims["aud"], list) and len(read.claims["aud"]) > 1
        if (several or "azp" in read.claims) and read.claims.get("azp") != client_id:
            raise Refused("an ID token for another client")
        subject = read.claims["sub"]
        if not (
            isinstance(subject, str) and subject.isascii() and subject.isprintable() and len(subject) <= 255
        ):
            raise Refused("an ID token without a subject")
        return read.claims

    def _metadata(self, conversation):
        place = f"{settings().google_issuer}/.well-known/openid-configuration"
        return self._read(conversation, place, _of_the_issuer)

    def _read(self, conversation, place, understand, *, again=False):
        """What the document at an address says, which is asked for once an hour."""
        read_at, told = self.known.get(place, (float("-inf"), None))
        if again or time.monotonic() - read_at > METADATA_CACHE_SECONDS:
            told = understand(conversation.get(place))
            self.known[place] = time.monotonic(), told
        return told


def _of_the_issuer(told):
    """What the issuer of the settings says of itself."""
    if text(told, "issuer").rstrip("/") != settings().google_issuer:
        raise NoAnswer(f"{settings().google_issuer} says that it is another issuer")
    return told


def _keys(told):
    """The keys by which the provider signs; those of other kinds are passed over."""
    try:
        usable = [one for one in told["keys"] if one.get("kty") in ("RSA", "EC")]
        return KeySet.import_key_set({"keys": usable})
    except MALFORMED:
        raise NoAnswer("keys that cannot be read") from None
