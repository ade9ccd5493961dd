"""Ids: UUIDv7 (RFC 9562) as strings, so that new rows are beside each other in indexes."""

from uuid_utils import uuid7


def new_id() -> str:
    """A new id, 36 characters."""
    return str(uuid7())
