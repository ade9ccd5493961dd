"""Passwords: how they are kept (argon2id, RFC 9106, with OWASP's parameters) and compared, a few at a time."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, get_native_id
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.base.errors import Unavailable
from security.password_rules import PasswordTooWeak, refuse_weak, refuse_weak_new

__all__ = ["PasswordTooWeak", "hashed", "matches", "refuse_weak", "refuse_weak_new", "renew"]

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Each hash takes 19 MiB and a core for 20 ms: one core is left to everybody else.
MAX_CONCURRENT_HASHES = max(1, len(os.sched_getaffinity(0)) - 1)
HASH_SEMAPHORE = BoundedSemaphore(MAX_CONCURRENT_HASHES)
HASH_WAIT_SECONDS = 2.0
DUMMY_HASH = HASHER.hash("nobody has this password")


def _politely():
    """Let whoever answers other requests have the cores first: a flood of log-ins slows log-ins."""
    with suppress(OSError):  # where a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 19)


HASHING = ThreadPoolExecutor(MAX_CONCURRENT_HASHES, "passwords", _politely)


def hashed(password):
    with _room():
        return HASHING.submit(HASHER.hash, as_compared(password)).result()


def matches(password_hash, password):
    """Whether it is the password.  Without a hash, as for an unknown address, it takes as long and is not."""
    with _room():
        try:
            HASHING.submit(HASHER.verify, password_hash or DUMMY_HASH, as_compared(password)).result()
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def renew(user, password):
    """Keep the password, which was just seen to be right, as it is kept now, when its hash is of an older kind."""
    if HASHER.check_needs_rehash(user.password_hash):
        user.update_hash(hashed(password))


def as_compared(password):
    """The password in the form NFKC, as NIST SP 800-63B asks: keyboards differ in how they write the same letter."""
    return normalize("NFKC", password)


@contextmanager
def _room():
    """Wait for one of the few places, and not for long."""
    if not HASH_SEMAPHORE.acquire(timeout=HASH_WAIT_SECONDS):
        raise Unavailable("Too many passwords are being checked. Nothing was saved; try again.")
    try:
        yield
    finally:
        HASH_SEMAPHORE.release()
