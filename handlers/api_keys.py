"""Keys with which programs act for a person."""

from models.api_keys import ApiKey
from models.base.errors import Conflict
from models.base.pages import page
from models.base.secret import digest
from security.tokens import api_key_secret


class ScopeNotHeld(Conflict):
    """A key cannot give what its maker lacks.

    Cause: the request was made with an API key that does not have every scope that the new key would have.
    Fix: leave the scope out, or make the key from a session.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


class WiderThanBefore(Conflict):
    """A key only narrows a key.

    Cause: the request was made with an API key, and would give a key scopes that it lacks, or a later end.
    Fix: leave that out, or make the change from a session.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


class ExpiryBeyondOwn(Conflict):
    """A key cannot outlive the key that makes it.

    Cause: the request was made with an API key that ends, and the new key would end later or never.
    Fix: send an `expires_at` that is not later than your key's, or make the key from a session.
    Try: curl -H "X-API-Key: $KEY" $BASE/api-keys
    """


def create_api_key(body, caller):
    caller.permit()
    _refuse_beyond(caller, body["scopes"], body.get("expires_at"))
    secret = api_key_secret()
    key = ApiKey.issue(caller.user_id, prefix=secret[:12], digest=digest(secret), **body)
    return {"api_key": key, "secret": secret}, 201


def list_api_keys(caller, limit, cursor=None, include=(), **filters):
    return page(ApiKey, caller, ApiKey.newest_first(), filters, limit=limit, cursor=cursor, include=include)


def get_api_key(api_key_id, caller):
    return caller.find(ApiKey, api_key_id)


def update_api_key(api_key_id, body, caller):
    key = caller.find(ApiKey, api_key_id)
    if caller.scopes is not None and key.is_widened_by(body):
        raise WiderThanBefore()
    return key.change(**body)


def rotate_api_key(api_key_id, body, caller):
    key = caller.find(ApiKey, api_key_id)
    _refuse_beyond(caller, key.scopes, key.expires_at)
    secret = api_key_secret()
    key.rotate(secret[:12], digest(secret), **body)
    return {"api_key": key, "secret": secret}, 201


def revoke_api_key(api_key_id, caller):
    caller.find(ApiKey, api_key_id).revoke()
    return None, 204


def _refuse_beyond(caller, scopes, expires_at):
    """Refuse to hand a secret to a key that may do more, or for longer, than the key that asks."""
    if caller.scopes is not None and (beyond := set(scopes) - set(caller.scopes)):
        raise ScopeNotHeld(f"Your key lacks {', '.join(sorted(beyond))}.")
    if caller.expires_at is not None and not (expires_at and expires_at <= caller.expires_at):
        raise ExpiryBeyondOwn(f"Your key ends at {caller.expires_at:%F %R} UTC.")
