"""The response gate: what of an answer the contract does not document."""

import re

import orjson

from handlers.http.answers import Answer
from handlers.http.plan import ResponseSpec
from handlers.http.problems import MEDIA_TYPE

# What headers say that hold something of a request: a line of their own would be another header.
HEADERS_WITH_INPUT = ("Location", "Set-Cookie")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def violation_of(response_spec: ResponseSpec | None, answer: Answer) -> str | None:
    """What of an answer the contract does not document, in words; None when all of it is."""
    if response_spec is None:
        return f"status {answer.status}"
    names = {name.lower() for name in answer.headers}
    if missing := response_spec.required - names:
        return f"without {sorted(missing)}"
    for name in HEADERS_WITH_INPUT:
        if CONTROLS.search(answer.headers.get(name, "")):
            return f"a control character in {name}"
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    if bool(media_type) != bool(response_spec.media) or (
        media_type and media_type not in response_spec.media
    ):
        return f"media type {media_type!r}"
    if answer.status >= 400 and media_type == MEDIA_TYPE:
        _, validator = response_spec.media[media_type]
        if not isinstance(answer.body, bytes) or not validator.is_valid(orjson.loads(answer.body)):
            return "the problem's shape"
    return None
