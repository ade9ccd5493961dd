"""Idempotency: one effect for each key of a client, and its answer given again for 24 hours.

After draft-ietf-httpapi-idempotency-key-header.  The record is part of the write's own transaction: it is there if and
only if the effect is.  With the answer it keeps what the policy was asked, so that a replay can ask it again.
"""

import json
from typing import NamedTuple

import orjson
from peewee import BlobField, CompositeKey, IntegerField, Model, OperationalError, TextField
from psycopg2 import Binary

from models.base.database import LOCK_NOT_AVAILABLE, database, sqlstate
from models.base.declarations import Declaration, Deletion, Personal
from models.base.errors import Conflict, Refusal, fault
from models.base.fields import IdField, JsonField, UtcField
from models.base.secret import sign
from models.base.statements import rows, touch

KEPT = "24 hours"
CLAIM = f"""
insert into idempotency (owner_id, key, fingerprint, created_at) values (%s, %s, %s, now())
on conflict (owner_id, key) do update
    set fingerprint = excluded.fingerprint, created_at = now(), status = null, headers = null, body = null, checks = null
    where idempotency.created_at < now() - interval '{KEPT}'
returning 1
"""


class IdempotencyKeyReused(Refusal):
    """The key belongs to another request.

    Cause: you sent this Idempotency-Key before, with another operation, path, parameter, condition, or body.
    Fix: send a new key for a new request; the same key only to retry the same request.
    Try: curl -X PATCH --json '{"title": "Renamed"}' -H "Idempotency-Key: $USED_KEY" -H "Authorization: Bearer $TOKEN"
        $BASE/tasks/$TASK
    """

    status = 422

    def __init__(self) -> None:
        reason = "Another request has used this key."
        super().__init__(errors=[fault("header", self.code(), reason, parameter="Idempotency-Key")])


class RequestInProgress(Conflict):
    """The first request with this key is still running.

    Cause: the same Idempotency-Key was sent again before the first request was answered.
    Fix: wait for `Retry-After`, then send the same request with the same key.
    Try: No single command produces it: the second request has to arrive while the first one with its key still runs.
    """

    retryable = True


class Idempotency(Model):
    """The answer to the first request with a key.  ``checks`` is what the policy was asked: ``security.replays``.

    ``owner_id`` is the user.  ``key`` is the key as the client sent it; of an API key or an app it is preceded by the
    client's id and a space, which no key contains, so that no client meets the keys of another.
    """

    owner_id = IdField()
    key = TextField()
    fingerprint = TextField()
    status = IntegerField(null=True)
    headers = JsonField(null=True)
    body = BlobField(null=True)
    checks = JsonField(null=True)
    created_at = UtcField(index=True)

    class Meta:
        database = database
        table_name = "idempotency"
        declares = Declaration(
            account="owner_id",
            history="none",
            personal=Personal(
                exports="It has copies of answers, for a day.",
                erasure="Deleted; in answers to others the person has no name.",
                deletions=(Deletion("answers_own", "owner_id = %(user)s::uuid"),),
            ),
        )
        primary_key = CompositeKey("owner_id", "key")


class Stored(NamedTuple):
    status: int
    headers: dict
    body: bytes
    checks: list


def key_of(client_id, key):
    """The stored key of a client; ``client_id`` is None for a user's own sessions, or a service account's signatures."""
    return key if client_id is None else f"{client_id} {key}"


def fingerprint(operation_id, arguments, conditions):
    """What makes two requests the same: a keyed digest, since bodies may contain secrets that could be guessed.

    ``arguments`` are the validated values with defaults filled in; ``conditions`` are the preconditions, parsed.
    """
    canonical = json.dumps(_canonical([operation_id, arguments, conditions]), sort_keys=True, default=str)
    return sign("idempotency", canonical.encode()).hex()


def _canonical(value):
    """JSON in which equal numbers are written alike."""
    if isinstance(value, dict):
        return {name: _canonical(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


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
            "select fingerprint, status, headers, body, checks from idempotency where owner_id = %s and key = %s",
            (owner_id, key),
        )
        if found:
            stored_mark, status, headers, body, checks = found[0]
            if stored_mark != mark:
                raise IdempotencyKeyReused()
            return Stored(status, headers, bytes(body), checks)
        # The twin was undone between the two statements: the key is free again.
    raise RequestInProgress(headers={"Retry-After": "1"})


def keep(owner_id, key, checks, status, headers, body):
    """Store the answer, in the transaction of the effect."""
    touch(
        "update idempotency set status = %s, headers = %s, body = %s, checks = %s where owner_id = %s and key = %s",
        (status, orjson.dumps(headers).decode(), Binary(body), orjson.dumps(checks).decode(), owner_id, key),
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
