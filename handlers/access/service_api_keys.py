"""API keys of service accounts."""

from models.access.service_accounts import ServiceAccount
from models.access.service_api_keys import ServiceApiKey
from models.base.pages import page
from models.base.secret import digest
from security.delegation import Credential, hand_on, new_secret_of
from security.powers import of_member
from security.reauthentication import reauthenticate_session, take_proof
from security.tokens import api_key_secret


def create_service_api_key(service_account_id, body, caller):
    account = caller.find(ServiceAccount, service_account_id)
    reauthenticate_session(caller, take_proof(body))
    credential = Credential(body["scopes"], body.get("expires_at"))
    hand_on(caller, account, *of_member(caller, account.user_id, account), credential=credential)
    secret = api_key_secret()
    key = ServiceApiKey.issue_to(account, prefix=secret[:12], digest=digest(secret), **body)
    return {"service_api_key": key, "secret": secret}, 201


def list_service_api_keys(service_account_id, caller, limit, cursor=None, include=()):
    filters = {"service_account_id": caller.find(ServiceAccount, service_account_id).id}
    return page(ServiceApiKey, caller, filters, limit=limit, cursor=cursor, include=include)


def get_service_api_key(service_api_key_id, caller):
    return caller.find(ServiceApiKey, service_api_key_id)


def rotate_service_api_key(service_api_key_id, body, caller):
    key = caller.find(ServiceApiKey, service_api_key_id)
    reauthenticate_session(caller, take_proof(body))
    secret = new_secret_of(key, caller, *of_member(caller, key.user_id, key), **body)
    return {"service_api_key": key, "secret": secret}, 201


def revoke_service_api_key(service_api_key_id, caller):
    caller.find(ServiceApiKey, service_api_key_id).revoke()
    return None, 204
