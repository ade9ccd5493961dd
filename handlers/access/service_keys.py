"""Public keys of service accounts."""

from models.access.service_accounts import ServiceAccount
from models.access.service_keys import ServiceKey
from models.base.pages import page
from security.delegation import Credential, hand_on
from security.powers import of_member
from security.reauthentication import reauthenticate_session, take_proof
from security.service_tokens import public_key


def create_service_key(service_account_id, body, caller):
    account = caller.find(ServiceAccount, service_account_id)
    reauthenticate_session(caller, take_proof(body))
    credential = Credential(body.get("scopes"), body.get("expires_at"))
    hand_on(caller, account, *of_member(caller, account.user_id, account), credential=credential)
    return ServiceKey.issue(account, **public_key(body.pop("jwk")), **body), 201


def list_service_keys(service_account_id, caller, limit, cursor=None, include=()):
    filters = {"service_account_id": caller.find(ServiceAccount, service_account_id).id}
    return page(ServiceKey, caller, filters, limit=limit, cursor=cursor, include=include)


def get_service_key(service_key_id, caller):
    return caller.find(ServiceKey, service_key_id)


def revoke_service_key(service_key_id, caller):
    caller.find(ServiceKey, service_key_id).revoke()
    return None, 204
