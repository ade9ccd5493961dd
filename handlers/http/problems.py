"""Problems: refusals as RFC 9457 shows them."""

import orjson

from handlers.http.answers import Answer
from handlers.http.challenges import BEARER
from models.base.errors import Refusal, without_nul
from models.base.settings import settings

MEDIA_TYPE = "application/problem+json"


def type_url(code: str) -> str:
    """The address of a problem type's page."""
    return f"{settings().public_url}/problems/{code}"


def as_problem(refusal: Refusal, request_id: str) -> dict:
    """The problem of a refusal, as the contract's ``Problem``."""
    return {
        "type": type_url(refusal.code()),
        "title": refusal.title(),
        "status": refusal.status,
        "detail": without_nul(refusal.detail[:2000]),
        "instance": f"urn:remit:request:{request_id}",
        "code": refusal.code(),
        "retryable": refusal.retryable,
        "permission": refusal.permission,
        "current_etag": refusal.current_etag,
        "changed_fields": refusal.changed_fields,
        "errors": refusal.errors[:200],
    }


def answer(refusal: Refusal, request_id: str) -> Answer:
    """The :class:`Answer` to a refusal."""
    headers = {"Content-Type": MEDIA_TYPE, **refusal.headers}
    if refusal.status == 401:
        headers.setdefault("WWW-Authenticate", BEARER)
    return Answer(refusal.status, headers, orjson.dumps(as_problem(refusal, request_id)))
