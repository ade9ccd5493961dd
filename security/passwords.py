"""Passwords: how they are kept (argon2id, RFC 9106, with OWASP's parameters) and compared, a few at a time."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, get_native_id
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.base.errors import Unavailable
from models.base.settings import Settings
from models.identity.users import User
from security.password_rules import PasswordTooWeak, refuse_weak, refuse_weak_new

__all__ = ["PasswordTooWeak", "hashed", "matches", "refuse_weak", "refuse_weak_new", "renew"]


def hasher(settings: Settings) -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=settings.password_kib, parallelism=1)


HASHER = hasher(Settings())  # of their own: a server may import this before it knows its database
# Each hash takes 19 MiB and a core for 20 ms: one core is left to everybody else.
MAX_CONCURRENT_HASHES = max(1, len(os.sched_getaffinity(0)) - 1)
HASH_SEMAPHORE = BoundedSemaphore(MAX_CONCURRENT_HASHES)
HASH_WAIT_SECONDS = 2.0


def _lower_priority() -> None:
    """Let whoever answers other requests have the cores first: a flood of log-ins slows log-ins."""
    with suppress(OSError):  # where a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 19)


HASHING = ThreadPoolExecutor(MAX_CONCURRENT_HASHES, "passwords", _lower_priority)
DUMMY_HASH = HASHING.submit(HASHER.hash, "nobody has this password")  # while the rest is imported


def hashed(password: str) -> str:
    with _hash_slot():
        return HASHING.submit(HASHER.hash, as_compared(password)).result()


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the hash is of the password.  Without a hash, as of an unknown address: False, after the same time."""
    with _hash_slot():
        try:
            HASHING.submit(
                HASHER.verify, password_hash or DUMMY_HASH.result(), as_compared(password)
            ).result()
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def renew(user: User, password: str) -> None:
    """Hash the password, which was just found right, again if its hash has older parameters."""
    if HASHER.check_needs_rehash(user.password_hash):
        user.update_hash(hashed(password))


def as_compared(password: str) -> str:
    """The password in the form NFKC, as NIST SP 800-63B asks: keyboards differ in how they write the same letter."""
    return normalize("NFKC", password)


@contextmanager
def _hash_slot() -> Iterator[None]:
    """Wait until fewer than ``MAX_CONCURRENT_HASHES`` run; :class:`Unavailable` after ``HASH_WAIT_SECONDS``."""
    if not HASH_SEMAPHORE.acquire(timeout=HASH_WAIT_SECONDS):
        raise Unavailable("Too many passwords are being checked. Nothing was saved; try again.")
    try:
        yield
    finally:
        HASH_SEMAPHORE.release()
