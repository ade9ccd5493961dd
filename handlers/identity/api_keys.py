"""Keys with which programs act for a person."""

from models.base.errors import Conflict
from models.base.pages import page
from models.base.secret import digest
from models.base.value_rules import obeys
from models.identity.api_keys import ApiKey, refuse_past
from security.delegation import Credential, hand_on, new_secret_of
from security.reauthentication import reauthenticate, reauthenticate_session, take_proof
from security.tokens import api_key_secret


class WiderThanBefore(Conflict):
    """An API key can only reduce another key's scopes or lifetime.

    Cause: The request was made with an API key, and would add scopes to a key or extend its expiration.
    Fix: Leave these fields out, or make the change from a session.
    Try: curl -X PATCH --json '{"scopes": ["keys:read", "keys:write"]}' -H "X-API-Key: $KEY" $BASE/api-keys/$NARROW_KEY_ID
    """


@obeys(refuse_past, "expires_at")
def create_api_key(body, caller):
    caller.permit()
    reauthenticate_session(caller, take_proof(body))
    hand_on(caller, None, credential=Credential(body["scopes"], body.get("expires_at")))
    secret = api_key_secret()
    key = ApiKey.issue(caller.user_id, prefix=secret[:12], digest=digest(secret), **body)
    key.tell("created")
    return {"api_key": key, "secret": secret}, 201


def list_api_keys(caller, limit, cursor=None, include=(), **filters):
    return page(ApiKey, caller, filters, limit=limit, cursor=cursor, include=include)


def get_api_key(api_key_id, caller):
    return caller.find(ApiKey, api_key_id)


@obeys(refuse_past, "expires_at")
def update_api_key(api_key_id, body, caller):
    key, proof = caller.find(ApiKey, api_key_id), take_proof(body)
    is_widened = key.is_widened_by(body)
    if is_widened and caller.scopes is not None:
        raise WiderThanBefore()
    if is_widened:
        reauthenticate(caller, proof)
        key.tell("given more scopes or a later expiration")
    hand_on(caller, key)  # a session has every scope, and does not end
    return key.change(**body)


def rotate_api_key(api_key_id, body, caller):
    key = caller.find(ApiKey, api_key_id)
    reauthenticate_session(caller, take_proof(body))
    secret = new_secret_of(key, caller, **body)
    key.tell("given a new secret")
    return {"api_key": key, "secret": secret}, 201


def revoke_api_key(api_key_id, caller):
    caller.find(ApiKey, api_key_id).revoke()
    return None, 204
