"""GitHub: OAuth 2 alone; who somebody is, is asked of its API."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from handlers.gateways.conversation import Conversation, NoAnswer
from handlers.gateways.providers import Person, Provider, text
from models.base.settings import settings


class GitHub(Provider):
    name, scope = "github", "read:user user:email"

    @property
    def credentials(self) -> tuple[str, SecretStr]:
        return settings().github_client_id, settings().github_client_secret

    def authorization_endpoint(self) -> str:
        return f"{settings().github_url}/login/oauth/authorize"

    def token_endpoint(self, conversation: Conversation) -> str:
        return f"{settings().github_url}/login/oauth/access_token"

    def person(self, conversation: Conversation, token: Mapping[str, Any], nonce_digest: str) -> Person:
        key = text(token, "access_token", 1000)
        profile = conversation.get(f"{settings().github_api_url}/user", key)
        id = profile.get("id") if isinstance(profile, dict) else None
        if not isinstance(id, int) or isinstance(id, bool) or id <= 0:
            raise NoAnswer("a person without an id")
        emails = conversation.get(f"{settings().github_api_url}/user/emails?per_page=100", key)
        if not isinstance(emails, list):
            raise NoAnswer("no list of addresses")
        primary = next(
            (entry for entry in emails if isinstance(entry, dict) and entry.get("primary") is True), {}
        )
        return Person(
            str(id),
            primary.get("email"),
            primary.get("verified") is True,
            profile.get("name") or profile.get("login"),
        )
