"""Permissions: who has each, as the noun files say it once (``x-permissions``), told to partners at every operation."""

from typing import Any


def complete_permissions(document: dict[str, Any], methods: tuple[str, ...]) -> None:
    """Add what follows from ``x-permissions`` to the joined ``document``.

    Each operation gets ``x-allowed-roles``, who has its ``x-permission``: roles from the lowest up, then relations to the row
    as ``GET /capabilities`` names them.  ``GrantablePermission`` gets the permissions that admins have by their role, but
    those marked ``grantable: false``.
    """
    written = document["x-permissions"]
    allowed = {
        name: entry["allowed"] if isinstance(entry, dict) else entry for name, entry in written.items()
    }
    refused = {name for name, entry in written.items() if isinstance(entry, dict) and not entry["grantable"]}
    document["x-permissions"] = allowed
    for item in document["paths"].values():
        for operation in (item[method] for method in methods if method in item):
            if operation.get("x-permission") in allowed:
                operation["x-allowed-roles"] = list(allowed[operation["x-permission"]])
    if grantable := document["components"]["schemas"].get("GrantablePermission"):
        grantable["enum"] = sorted(
            name for name, roles in allowed.items() if "admin" in roles and name not in refused
        )
