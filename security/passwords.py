"""Passwords: what is good enough, and how they are kept (argon2id, RFC 9106, with OWASP's parameters)."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.base.errors import Conflict

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Each hash takes 19 MiB and a core for 20 ms: more at once only makes everybody wait.
ROOM = BoundedSemaphore(4)
NOBODY = HASHER.hash("nobody has this password")


class PasswordTooWeak(Conflict):
    """The password is too weak.

    Cause: it lacks lower case, upper case, or a digit or sign, or it contains the name or the address.
    Fix: choose a longer one with all three, without the name and the address.
    Try: curl -X POST -H "Content-Type: application/json" -d '{"email":"…","password":"…","name":"…"}' $BASE/users
    """


def refuse_weak(password, email, name):
    """Refuse what is easily guessed.  Its length is the contract's matter."""
    needed = {"lower case": str.islower, "upper case": str.isupper, "a digit or sign": _is_sign}
    missing = [what for what, fits in needed.items() if not any(map(fits, password))]
    if missing:
        raise PasswordTooWeak(f"It lacks {', '.join(missing)}.")
    known = {email.partition("@")[0], *name.split()}
    if any(len(part) > 3 and part.lower() in password.lower() for part in known):
        raise PasswordTooWeak("It contains the name or the address.")


def _is_sign(character):
    return not character.isalpha() and not character.isspace()


def hashed(password):
    with ROOM:
        return HASHER.hash(password)


def matches(password_hash, password):
    """Whether it is the password.  Without a hash, as for an unknown address, it takes as long and is not."""
    with ROOM:
        try:
            HASHER.verify(password_hash or NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None
