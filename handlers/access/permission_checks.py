"""What the policy was asked, and what it answered."""

from models.access.permission_checks import PermissionCheck
from models.base.pages import page


def list_permission_checks(organization_id, caller, limit, cursor=None, include=(), **filters):
    within = caller.within(organization_id)
    return page(PermissionCheck, caller, filters, limit=limit, cursor=cursor, include=include, within=within)


def get_permission_check(permission_check_id, caller):
    return caller.find(PermissionCheck, permission_check_id)
