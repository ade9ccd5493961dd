"""A conversation by HTTP with an identity provider: several requests that together are over in time."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2.client import ClientAuth

from handlers.gateways.external import http
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import Declined, NoAnswer
from handlers.gateways.external.http import Answer, Request
from handlers.gateways.external.services import Service

__all__ = ["Conversation", "NoAnswer"]


class Conversation:
    """Requests to one service that together take ``seconds`` at most."""

    def __init__(self, service: Service, seconds: float) -> None:
        self.service, self.deadline = service, Deadline(seconds)

    def get(self, url: str, token: str | None = None) -> Any:
        """The JSON value at an address, which must be there."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = self._request("GET", url, headers=headers, is_idempotent=True, understand=_value)
        return http.ask(self.service, request, self.deadline).json()

    def post(self, url: str, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> Answer:
        """The answer to a form, which ``auth`` (of Authlib) says who sends: what Authlib calls its session."""
        url, headers, form = auth.prepare("POST", url, dict(headers), urlencode(data))
        request = self._request("POST", url, headers=headers, content=form.encode(), understand=_object)
        try:
            return http.ask(self.service, request, self.deadline)
        except Declined as refusal:  # an error of OAuth is an object too
            if refusal.answer is None:
                raise
            _object(refusal.answer)
            return refusal.answer

    def _request(self, method: str, url: str, **options: Any) -> Request:
        label = url.partition("?")[0]
        try:
            host = urlsplit(url).hostname
        except ValueError:
            host = None
        return Request(method, url, label, host, **options)


def _value(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise NoAnswer("an answer that is no JSON") from None


def _object(answer: Answer) -> None:
    if not isinstance(_value(answer), dict):
        raise NoAnswer("an answer that is no object")
