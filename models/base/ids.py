"""Ids: UUIDv7 (RFC 9562) as strings, so that new rows lie beside each other."""

from uuid_utils import uuid7


def new_id():
    """A new id, 36 characters."""
    return str(uuid7())
