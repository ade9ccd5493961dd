"""GitHub: OAuth 2 alone; who somebody is, is asked of its API."""

from handlers.gateways.conversation import NoAnswer
from handlers.gateways.providers import Provider, text
from models.base.settings import settings


class GitHub(Provider):
    name, scope = "github", "read:user user:email"

    @property
    def credentials(self):
        return settings().github_client_id, settings().github_client_secret

    def authorization_endpoint(self):
        return f"{settings().github_url}/login/oauth/authorize"

    def token_endpoint(self, conversation):
        return f"{settings().github_url}/login/oauth/access_token"

    def person(self, conversation, token, nonce_digest):
        key = text(token, "access_token", 1000)
        told = conversation.get(f"{settings().github_api_url}/user", key)
        id = told.get("id") if isinstance(told, dict) else None
        if not isinstance(id, int) or isinstance(id, bool) or id <= 0:
            raise NoAnswer("a person without an id")
        listed = conversation.get(f"{settings().github_api_url}/user/emails?per_page=100", key)
        if not isinstance(listed, list):
            raise NoAnswer("no list of addresses")
        primary = next((one for one in listed if isinstance(one, dict) and one.get("primary") is True), {})
        return (
            str(id),
            primary.get("email"),
            primary.get("verified") is True,
            told.get("name") or told.get("login"),
        )
