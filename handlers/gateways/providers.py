"""Identity providers: who people sign in with, asked by OAuth 2 (RFC 6749) with PKCE (RFC 7636).

Each provider has a module of its own, with what is its own: where it is asked, and how it tells who somebody is.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from pydantic import SecretStr

from handlers.gateways.conversation import Conversation, NoAnswer
from handlers.gateways.external.services import Service
from models.base.settings import is_private, settings

CODE_REFUSED = {"invalid_grant", "bad_verification_code"}  # the second is GitHub's word


class Refused(Exception):
    """The provider does not take the code, or what it gave for it is about somebody else; in words for who runs us."""


class Person(NamedTuple):
    """Who somebody is to a provider.  ``email`` and ``name`` are as the provider sent them: anything that JSON has."""

    subject: str
    email: Any
    is_verified: bool
    name: Any


class Provider:
    """``name`` is that of the contract, ``scope`` what people are asked to agree to."""

    name = scope = ""

    def __init__(self) -> None:
        self.service = Service(self.name)

    @property
    def credentials(self) -> tuple[str, SecretStr]:
        """``(client id, client secret)``."""
        raise NotImplementedError

    def authorization_endpoint(self) -> str:
        """Where people are sent."""
        raise NotImplementedError

    def token_endpoint(self, conversation: Conversation) -> str:
        """Where codes are exchanged."""
        raise NotImplementedError

    def person(self, conversation: Conversation, token: Mapping[str, Any], nonce_digest: str) -> Person:
        """The person whose token this is; :class:`Refused` when it was made for another request."""
        raise NotImplementedError

    def conversation(self) -> Conversation:
        return Conversation(self.service, settings().identity_seconds)

    def way(self) -> Callable[[str, str, str], str]:
        """A function of state, nonce and verifier that gives the address which a person is sent to."""
        endpoint, client = self.authorization_endpoint(), self.client(None)

        def url(state: str, nonce: str, verifier: str) -> str:
            return client.create_authorization_url(endpoint, state, verifier, **self.asked(nonce))[0]

        return url

    def asked(self, nonce: str) -> dict[str, str]:
        """What else the address says."""
        return {}

    def exchange(self, code: str, verifier: str, nonce_digest: str) -> Person:
        """Who somebody is, for the code that the provider gave the browser.  See :meth:`person`."""
        conversation = self.conversation()
        url, client = self.token_endpoint(conversation), self.client(conversation)
        try:
            token = client.fetch_token(
                url, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except OAuth2Error as error:
            why = str(error.error)[:100]
            if why in CODE_REFUSED:
                raise Refused(f"{self.name} takes the code no more") from None
            raise NoAnswer(f"{self.name} refuses us: {why}") from None
        except (ValueError, TypeError) as error:
            raise NoAnswer(f"{url} answered no token: {type(error).__name__}") from None
        return self.person(conversation, token, nonce_digest)

    def client(self, conversation: Conversation | None) -> OAuth2Client:
        id, secret = self.credentials
        return OAuth2Client(
            conversation,
            client_id=id,
            client_secret=secret.get_secret_value(),
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
            scope=self.scope,
            redirect_uri=f"{settings().public_url}/api/v1/identity-callbacks/{self.name}",
            code_challenge_method="S256",
        )


def text(answer: Any, name: str, longest: int = 255) -> str:
    """What an answer says under ``name``: a text with something in it, or a :class:`NoAnswer`."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value:
        raise NoAnswer(f"an answer without {name}")
    return value


def address(answer: Any, name: str) -> str:
    """The same, of an address that nobody in between can answer for."""
    url = text(answer, name, 2000)
    if not is_private(url):
        raise NoAnswer(f"{name} is not asked without TLS")
    return url
