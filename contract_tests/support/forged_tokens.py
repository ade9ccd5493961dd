"""Access tokens made by hand: good ones, and with anything of them changed."""

import base64
import json
import time

from security import signing_keys, tokens
from security.signing_keys import ED25519

USER, SESSION = "0198c0de-7c7e-7f00-8000-000000000001", "0198c0de-7c7e-7f00-8000-000000000002"


def ours():
    return signing_keys.active(ED25519)


def header(**changes):
    """The header of a good token, changed; None leaves one out."""
    members = {"alg": "Ed25519", "typ": "at+jwt", "kid": ours().kid, **changes}
    return {name: value for name, value in members.items() if value is not None}


def claims(**changes):
    """The claims of a good token, changed; None leaves one out."""
    now = int(time.time())
    members = {
        "iss": "remit",
        "aud": "remit",
        "sub": USER,
        "sid": SESSION,
        "epoch": 3,
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def encoded(part):
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(head=None, body=None, sign=None):
    """A token made by hand."""
    sign = sign or ours().private_key.sign
    signed = f"{encoded(header() if head is None else head)}.{encoded(claims() if body is None else body)}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def holds(text):
    """Whether it stands for something: at once, or after its key was looked for."""
    credential = tokens.credential(text)
    return credential is not None and tokens.resolve_key(credential) is not None
