"""Idempotency: one effect for each key of a caller, and its answer given again for 24 hours.

After draft-ietf-httpapi-idempotency-key-header.  The record is part of the write's own transaction: it is there if and
only if the effect is.
"""

from typing import NamedTuple

import orjson
from peewee import BlobField, CompositeKey, IntegerField, Model, OperationalError, TextField
from psycopg2 import Binary

from models.base.database import LOCK_NOT_AVAILABLE, database, sqlstate
from models.base.errors import Conflict, Refusal
from models.base.fields import IdField, JsonField, UtcField
from models.base.secret import sign
from models.base.statements import rows, touch

KEPT = "24 hours"
CLAIM = f"""
insert into idempotency (owner_id, key, fingerprint, created_at) values (%s, %s, %s, now())
on conflict (owner_id, key) do update
    set fingerprint = excluded.fingerprint, created_at = now(), status = null, headers = null, body = null
    where idempotency.created_at < now() - interval '{KEPT}'
returning 1
"""


class IdempotencyKeyReused(Refusal):
    """The key belongs to another request.

    Cause: the Idempotency-Key was sent before, with another method, address or body.
    Fix: send a new key for a new request; the same key only to retry the same request.
    Try: curl -X POST -H "Idempotency-Key: $(uuidgen)" -H "Authorization: Bearer $TOKEN" … $BASE/tasks
    """

    status = 422


class RequestInProgress(Conflict):
    """The first request with this key is still running.

    Cause: the same Idempotency-Key was sent again before the first request was answered.
    Fix: wait for `Retry-After`, then send the same request with the same key.
    Try: curl -i -X POST -H "Idempotency-Key: $KEY" -H "Authorization: Bearer $TOKEN" … $BASE/tasks
    """

    retryable = True


class Idempotency(Model):
    """What was answered to the first request with a key."""

    owner_id = IdField()
    key = TextField()
    fingerprint = TextField()
    status = IntegerField(null=True)
    headers = JsonField(null=True)
    body = BlobField(null=True)
    created_at = UtcField(index=True)

    class Meta:
        database = database
        table_name = "idempotency"
        primary_key = CompositeKey("owner_id", "key")


class Stored(NamedTuple):
    status: int
    headers: dict
    body: bytes


def fingerprint(request):
    """What makes two requests the same: a keyed digest of method, address, precondition and body, which may hold a password."""
    condition = request.headers.get(b"if-match", b"")
    told = (request.method.encode(), request.path.encode(), request.query, condition, request.body)
    return sign("idempotency", b"\0".join(told)).hex()


def claim(owner_id, key, mark):
    """Take the key for this request: None, or the answer that is stored under it.

    Waits for a twin that is running; refuses when that takes longer than ``REMIT_LOCK_MS``.
    """
    for _ in range(3):
        try:
            if rows(CLAIM, (owner_id, key, mark)):
                return None
        except OperationalError as error:
            if sqlstate(error) == LOCK_NOT_AVAILABLE:
                raise RequestInProgress(headers={"Retry-After": "1"}) from None
            raise
        found = rows(
            "select fingerprint, status, headers, body from idempotency where owner_id = %s and key = %s",
            (owner_id, key),
        )
        if found:
            stored_mark, status, headers, body = found[0]
            if stored_mark != mark:
                raise IdempotencyKeyReused()
            return Stored(status, headers, bytes(body))
        # The twin was undone between the two statements: the key is free again.
    raise RequestInProgress(headers={"Retry-After": "1"})


def keep(owner_id, key, status, headers, body):
    """Store the answer, in the transaction of the effect."""
    touch(
        "update idempotency set status = %s, headers = %s, body = %s where owner_id = %s and key = %s",
        (status, orjson.dumps(headers).decode(), Binary(body), owner_id, key),
    )


def release(owner_id, key):
    """Give the key back: what was refused keeps none, though it has written something."""
    touch("delete from idempotency where owner_id = %s and key = %s", (owner_id, key))


def forget_old():
    """Delete records that are no longer kept, a few at a time so that nobody waits."""
    sql = f"""delete from idempotency where (owner_id, key) in (
        select owner_id, key from idempotency where created_at < now() - interval '{KEPT}' limit 1000)"""
    while database.run(sql) == 1000:
        pass
