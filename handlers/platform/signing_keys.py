"""The public keys by which tokens are verified."""

import hashlib

import orjson

from security import signing_keys

HOUR = "public, max-age=3600"  # half of the time for which a key is published before it signs


def get_signing_keys(caller):
    body = orjson.dumps({"keys": signing_keys.published()})
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return body, 200, {"ETag": etag, "Cache-Control": HOUR}
