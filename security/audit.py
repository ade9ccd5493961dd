"""The audit of permission checks: who asked for what, on what, and why it was given or refused."""

import logging

from peewee import DatabaseError, InterfaceError

from models.permission_checks import PermissionCheck

log = logging.getLogger("remit.audit")


def keep(caller):
    """Store what the policy was asked during a request, also of one that was refused or undone."""
    try:
        PermissionCheck.keep(
            caller.checks, user_id=caller.user_id, request_id=caller.request_id, address=caller.address
        )
    except (DatabaseError, InterfaceError):
        # The answer stands whether or not it could be noted; that it could not is for whoever runs the server.
        log.exception("permission checks were not kept", extra={"request_id": caller.request_id})
    caller.checks = []
