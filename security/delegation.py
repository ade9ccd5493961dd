"""Delegation: a credential hands on no more than it has itself."""

from models.base.errors import Conflict
from models.base.secret import digest
from security.tokens import api_key_secret


class ScopeNotHeld(Conflict):
    """A key cannot give what its maker lacks.

    Cause: the request was made with an API key that does not have every scope that the new key would have.
    Fix: leave the scope out, or make the key from a session.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


class ExpiryBeyondOwn(Conflict):
    """A key cannot outlive the key that makes it.

    Cause: the request was made with an API key that ends, and the new key would end later or never.
    Fix: send an `expires_at` that is not later than your key's, or make the key from a session.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


def refuse_beyond(caller, scopes, expires_at):
    """Refuse to make what may do more, or for longer, than the credential that asks.  ``scopes`` of None are all of them."""
    if caller.scopes is not None and scopes is None:
        raise ScopeNotHeld("Your key does not have every scope.")
    if caller.scopes is not None and (beyond := set(scopes) - set(caller.scopes)):
        raise ScopeNotHeld(f"Your key lacks {', '.join(sorted(beyond))}.")
    if caller.expires_at is not None and not (expires_at and expires_at <= caller.expires_at):
        raise ExpiryBeyondOwn(f"Your key ends at {caller.expires_at:%F %R} UTC.")


def new_secret_of(key, caller, **overlap):
    """The new secret of an API key, of a person or a program, when the caller may have one of what it may do."""
    refuse_beyond(caller, key.scopes, key.expires_at)
    secret = api_key_secret()
    key.rotate(secret[:12], digest(secret), **overlap)
    return secret
