"""The server's one secret, and the keys derived from it, one for each purpose."""

import base64
import hashlib
import hmac
import os
import secrets
import threading
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from models.base.settings import settings

MIN_SECRET_BYTES = 32


@cache
def secret() -> bytes:
    """The value of ``REMIT_SECRET``, or of a file in the data folder that is created at first use (mode 0600)."""
    configured = settings().secret.get_secret_value()
    if configured:
        return require_min_length(configured.encode(), "REMIT_SECRET")
    path = settings().data / "secret"
    if not path.exists():
        _make(path)
    return require_min_length(path.read_bytes(), str(path))


def _make(path: Path) -> None:
    """Write a secret, unless another process or thread does so at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Linked when it is complete, so that threads and processes that start at once end with the same one.
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


def require_min_length(value: bytes, where: str) -> bytes:
    """Return ``found``; ValueError when it has fewer than 32 bytes."""
    if len(value) < MIN_SECRET_BYTES:
        raise ValueError(f"The secret in {where} has fewer than {MIN_SECRET_BYTES} bytes.")
    return value


@cache
def key(purpose: str) -> bytes:
    """32 bytes for ``purpose`` (HKDF-Expand of RFC 5869)."""
    return HKDFExpand(SHA256(), 32, f"remit {purpose}".encode()).derive(secret())


def sign(purpose: str, message: bytes) -> bytes:
    """The MAC of ``message`` under the key for ``purpose``: HMAC-SHA-256, cut to 16 bytes."""
    return hmac.digest(key(purpose), message, "sha256")[:16]


def is_signed(purpose: str, message: bytes, tag: bytes) -> bool:
    return hmac.compare_digest(sign(purpose, message), tag)


def digest(text: str) -> str:
    """SHA-256 in hexadecimal, by which secrets with enough entropy of their own are stored."""
    return hashlib.sha256(text.encode()).hexdigest()


def encrypt(purpose: str, text: str, context: str) -> str:
    """The text encrypted with AES-256-GCM (RFC 5116) in base64; ``context`` is authenticated with it."""
    nonce = secrets.token_bytes(12)
    encrypted = AESGCM(key(purpose)).encrypt(nonce, text.encode(), context.encode())
    return base64.b64encode(nonce + encrypted).decode()


def decrypt(purpose: str, encrypted: str, context: str) -> str:
    """The text that was encrypted; ``cryptography.exceptions.InvalidTag`` when it, or ``context``, was changed."""
    whole = base64.b64decode(encrypted)
    return AESGCM(key(purpose)).decrypt(whole[:12], whole[12:], context.encode()).decode()
