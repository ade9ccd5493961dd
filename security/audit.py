"""The audit of permission checks: who asked for what, on what, and why it was given or refused.

Each check is kept once.  Those of a write are part of its transaction: there is no change without its checks, nor checks of a
change that was undone.  What a read or a refused request asked is stored after it, by the connection that answered, and tried
again when that is lost; when it still cannot be stored, the answer stands, and the loss is logged and counted.
"""

import logging

from peewee import DatabaseError, InterfaceError
from prometheus_client import Counter

from models.access.permission_checks import PermissionCheck
from models.base.database import database, is_lost
from security.callers import Caller

log = logging.getLogger("remit.audit")
LOST = Counter("remit_permission_checks_lost_total", "Permission checks that could not be stored.")


def keep(caller: Caller) -> None:
    """Store what the policy was asked, in the transaction of the write."""
    if caller.checks:
        PermissionCheck.keep(
            caller.checks, user_id=caller.user_id, request_id=caller.request_id, address=caller.address
        )


def keep_beside(caller: Caller) -> None:
    """Store what the policy was asked by a request that changes nothing."""
    if not caller.checks:
        return
    try:
        try:
            keep(caller)
        except (DatabaseError, InterfaceError) as error:
            if not is_lost(error):
                raise
            database.forget_connection()
            for organization_id in {check[1] for check in caller.checks}:
                database.allow_tenant(organization_id)
            keep(caller)
    except (DatabaseError, InterfaceError):
        LOST.inc(len(caller.checks))
        log.exception("permission checks were not kept", extra={"request_id": caller.request_id})
    caller.checks = []
