"""The server's one secret, and the keys that are derived from it, one for each purpose."""

import base64
import hashlib
import hmac
import os
import secrets
import threading
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from models.base.settings import settings

MIN_SECRET_BYTES = 32


@cache
def secret():
    """The secret of ``REMIT_SECRET``, or of a file in the data folder that is made at first use (mode 0600)."""
    given = settings().secret.get_secret_value()
    if given:
        return require_min_length(given.encode(), "REMIT_SECRET")
    path = settings().data / "secret"
    if not path.exists():
        _make(path)
    return require_min_length(path.read_bytes(), str(path))


def _make(path):
    """Write a secret, unless somebody else does so at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Linked into place when it is whole, so that threads and processes that start at once end with the same one.
    draft = path.with_name(f"secret.{os.getpid()}.{threading.get_ident()}")
    try:
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def require_min_length(found, where):
    """Return ``found``; ValueError when it has fewer than 32 bytes."""
    if len(found) < MIN_SECRET_BYTES:
        raise ValueError(f"The secret in {where} has fewer than {MIN_SECRET_BYTES} bytes.")
    return found


@cache
def key(purpose):
    """32 bytes for ``purpose`` (HKDF-Expand of RFC 5869)."""
    return HKDFExpand(SHA256(), 32, f"remit {purpose}".encode()).derive(secret())


def sign(purpose, message):
    """A tag of 16 bytes that only this server can make."""
    return hmac.digest(key(purpose), message, "sha256")[:16]


def is_signed(purpose, message, tag):
    return hmac.compare_digest(sign(purpose, message), tag)


def digest(text):
    """SHA-256 in hexadecimal: how secrets with enough entropy of their own are kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def encrypt(purpose, text, context):
    """The text encrypted with AES-256-GCM (RFC 5116) in base64; ``context`` is authenticated with it."""
    nonce = secrets.token_bytes(12)
    encrypted = AESGCM(key(purpose)).encrypt(nonce, text.encode(), context.encode())
    return base64.b64encode(nonce + encrypted).decode()


def decrypt(purpose, encrypted, context):
    """The text that was encrypted; ``cryptography.exceptions.InvalidTag`` when it, or its context, is another."""
    whole = base64.b64decode(encrypted)
    return AESGCM(key(purpose)).decrypt(whole[:12], whole[12:], context.encode()).decode()
