"""Authentication: what Connexion's security layer calls with the token, key or account that it found."""

from typing import Any

from security import certificates, service_tokens
from security.tokens import credential


async def read(token: str, required_scopes: Any = None) -> dict | None:
    """The token info of a credential that was made here, or None.  Async, so that it is not sent to a thread.

    Nothing is asked of the database on the event loop: whether the session is still open, the key not revoked, or who has
    signed, is asked by the frame, together with who it is.
    """
    parsed = service_tokens.parse(token) or credential(token)
    return parsed and {"sub": "caller", "credential": parsed}


async def read_service_account(
    service_account_id: str, request: Any, required_scopes: Any = None
) -> dict | None:
    """The same of a service account that shows a certificate, of which a trusted proxy tells; None without one."""
    fingerprint = request.scope["extensions"]["remit"].certificate
    certificate = certificates.parse(service_account_id, fingerprint)
    return certificate and {"sub": "caller", "credential": certificate}
