"""The response gate: what of an answer the contract does not promise."""

import orjson

from handlers.http.problems import MEDIA_TYPE


def broken(promise, answer):
    """What of an answer the contract does not promise, in words; None when all of it is."""
    if promise is None:
        return f"status {answer.status}"
    told = {name.lower() for name in answer.headers}
    if missing := promise.required - told:
        return f"without {sorted(missing)}"
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    if bool(media_type) != bool(promise.media) or (media_type and media_type not in promise.media):
        return f"media type {media_type!r}"
    if answer.status >= 400 and media_type == MEDIA_TYPE:
        _, validator = promise.media[media_type]
        if not validator.is_valid(orjson.loads(answer.body)):
            return "the problem's shape"
    return None
