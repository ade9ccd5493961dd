"""Keys with which programs act for a person."""

from models.api_keys import ApiKey
from models.base.pages import page
from models.base.secret import digest
from security.delegation import refuse_beyond
from security.tokens import api_key_secret


def create_api_key(body, caller):
    caller.permit()
    refuse_beyond(caller, body["scopes"], body.get("expires_at"))
    secret = api_key_secret()
    key = ApiKey.issue(caller.user_id, prefix=secret[:12], digest=digest(secret), **body)
    return {"api_key": key, "secret": secret}, 201


def list_api_keys(caller, limit, cursor=None, include=()):
    return page(ApiKey, caller, ApiKey.newest_first(), {}, limit=limit, cursor=cursor, include=include)


def get_api_key(api_key_id, caller):
    return caller.find(ApiKey, api_key_id)


def revoke_api_key(api_key_id, caller):
    caller.find(ApiKey, api_key_id).revoke()
    return None, 204
