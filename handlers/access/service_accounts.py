"""Programs that act for an organization."""

from models.access.offboarding import release
from models.access.organizations import Organization
from models.access.service_accounts import ServiceAccount
from models.access.service_api_keys import ServiceApiKey
from models.base.pages import page
from security.delegation import hand_on
from security.powers import of_member, of_membership, of_new_role


def create_service_account(organization_id, body, caller):
    organization = caller.find(Organization, organization_id)
    by = caller.role_in(organization.id)
    hand_on(caller, organization, of_membership(caller, organization, body["role"]))
    return ServiceAccount.create_in(organization, by, caller.user_id, **body), 201


def list_service_accounts(organization_id, caller, limit, cursor=None, include=()):
    within = caller.within(organization_id)
    return page(ServiceAccount, caller, {}, limit=limit, cursor=cursor, include=include, within=within)


def get_service_account(service_account_id, caller):
    return caller.find(ServiceAccount, service_account_id)


def update_service_account(service_account_id, body, caller):
    account = caller.find(ServiceAccount, service_account_id)
    hand_on(caller, account, *of_new_role(caller, account, body.get("role")))
    return account.change(caller.role_in(account.organization_id), **body)


def disable_service_account(service_account_id, caller):
    account = caller.find(ServiceAccount, service_account_id)
    return account.disable(caller.role_in(account.organization_id))


def enable_service_account(service_account_id, caller):
    account = caller.find(ServiceAccount, service_account_id)
    hand_on(caller, account, *of_member(caller, account.user_id, account))
    return account.enable(caller.role_in(account.organization_id))


def delete_service_account(service_account_id, caller):
    account = caller.find(ServiceAccount, service_account_id)
    release(account.membership)
    ServiceApiKey.revoke_all(account)
    account.remove(caller.role_in(account.organization_id))
    return None, 204
