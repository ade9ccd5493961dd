"""The public keys by which tokens are verified."""

import orjson

from models.base.bodies import etag_of
from security import signing_keys

HOUR = "public, max-age=3600"  # half of the time for which a key is published before it signs


def get_signing_keys(caller):
    body = orjson.dumps({"keys": signing_keys.published()})
    return body, 200, {"ETag": etag_of(body), "Cache-Control": HOUR}
