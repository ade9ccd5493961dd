"""Unsubscriptions: links in emails that stop such emails, and do nothing else, for whoever has the email.

A token names the account and the reason under a MAC.  It tells nothing about the account, is stored nowhere, and stays good: an
email may be found years later.
"""

import base64
import binascii
from typing import NamedTuple
from uuid import UUID

from models.base.secret import is_signed, sign
from models.base.settings import settings

PATH = "/api/v1/notifications/unsubscription"
PURPOSE, MAC_BYTES, ID_BYTES = "unsubscribe", 16, 16


class Unsubscription(NamedTuple):
    """What a token lets its bearer stop: the emails to a person for a reason, or for all of them (``EVERY_REASON``)."""

    user_id: str
    reason: str

    @property
    def token(self) -> str:
        payload = UUID(self.user_id).bytes + self.reason.encode()
        return base64.urlsafe_b64encode(sign(PURPOSE, payload) + payload).decode().rstrip("=")

    @property
    def url(self) -> str:
        return f"{settings().public_url}{PATH}?token={self.token}"

    @classmethod
    def of(cls, token: str) -> "Unsubscription | None":
        """What a token stands for; None for one that this server did not make."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        mac, payload = raw[:MAC_BYTES], raw[MAC_BYTES:]
        if len(payload) <= ID_BYTES or not is_signed(PURPOSE, payload, mac):
            return None
        return cls(str(UUID(bytes=payload[:ID_BYTES])), payload[ID_BYTES:].decode())
