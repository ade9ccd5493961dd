"""Idempotency: one effect for each key of a client, and its response repeated for 24 hours.

After draft-ietf-httpapi-idempotency-key-header.  The record is part of the write's own transaction: it is there if and
only if the effect is.  With the answer it keeps what the policy was asked, so that a replay can ask it again.
"""

import json
from typing import Any, NamedTuple

import orjson
from peewee import BlobField, CompositeKey, IntegerField, Model, OperationalError, TextField
from psycopg2 import Binary

from models.base.database import LOCK_NOT_AVAILABLE, database, sqlstate
from models.base.declarations import Declaration, Deletion, Personal
from models.base.errors import Conflict, Refusal, fault
from models.base.fields import IdField, JsonField, UtcField
from models.base.secret import sign
from models.base.statements import LOCK, rows, send_with_next

KEY_RETENTION = "24 hours"
FORGET = f"""
delete from idempotency where (owner_id, key) in (
    select owner_id, key from idempotency where created_at < now() - interval '{KEY_RETENTION}' limit %s)
"""
CLAIM = "select remit_claim(%s, %s)"
KEY_IN_USE = "RM001"  # raised by remit_claim; see the migration 0030
STORED = f"""
select fingerprint, status, headers, body, checks, created_at < now() - interval '{KEY_RETENTION}'
from idempotency where owner_id = %s and key = %s
"""
STORE = """
insert into idempotency (owner_id, key, fingerprint, checks, status, headers, body, created_at)
values (%s, %s, %s, %s, %s, %s, %s, now())
"""
DELETE = "delete from idempotency where owner_id = %s and key = %s"


class IdempotencyKeyReused(Refusal):
    """The idempotency key was used for another request.

    Cause: You sent this `Idempotency-Key` before, with another operation, path, parameter, precondition, or body.
    Fix: Send a new key for a new request, and the same key only to retry the same request.
    Try: curl -X PATCH --json '{"title": "Renamed"}' -H "Idempotency-Key: $USED_KEY" -H "Authorization: Bearer $TOKEN"
        $BASE/tasks/$TASK
    """

    status = 422

    def __init__(self) -> None:
        reason = "The key was used for another request."
        super().__init__(errors=[fault("header", self.code(), reason, parameter="Idempotency-Key")])


class RequestInProgress(Conflict):
    """The first request with this idempotency key is still in progress.

    Cause: The same `Idempotency-Key` was sent again before the first request was answered.
    Fix: Wait for `Retry-After`, then send the same request with the same key.
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
    """The stored response of a finished request, and what the policy was asked for it."""

    status: int
    headers: dict[str, str]
    body: bytes
    checks: list[Any]


def key_of(client_id: str | None, key: str) -> str:
    """The stored key of a client; ``client_id`` is None for a user's own sessions, or a service account's signatures."""
    return key if client_id is None else f"{client_id} {key}"


def fingerprint(operation_id: str, arguments: Any, conditions: Any) -> str:
    """What makes two requests the same: a keyed digest, since bodies may contain secrets that could be guessed.

    ``arguments`` are the validated values with defaults filled in; ``conditions`` are the preconditions, parsed.
    """
    canonical = json.dumps(_canonical([operation_id, arguments, conditions]), sort_keys=True, default=str)
    return sign("idempotency", canonical.encode()).hex()


def _canonical(value: Any) -> Any:
    """JSON in which equal numbers are written alike."""
    if isinstance(value, dict):
        return {name: _canonical(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def claim(owner_id: str, key: str) -> bytes | None:
    """Take the key for this request, with the next statement of the transaction, as of :func:`send_with_next`.

    That fails with the SQLSTATE ``KEY_IN_USE`` where another request has the key, or a response is stored under it.
    """
    return send_with_next(CLAIM, (owner_id, key))


def find_or_claim(owner_id: str, key: str, request_fingerprint: str) -> Stored | None:
    """The response that is stored under the key; None once the key is taken for this request.

    Waits for a request with the same key that is running; refuses when that takes longer than ``REMIT_LOCK_MS``.
    """
    send_with_next(LOCK, (f"idempotency {owner_id} {key}",))
    try:
        matches = rows(STORED, (owner_id, key))  # what has been committed by whoever had the lock
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise RequestInProgress(headers={"Retry-After": "1"}) from None
        raise
    if not matches:
        return None
    stored_fingerprint, status, headers, body, checks, has_expired = matches[0]
    if has_expired:
        send_with_next(DELETE, (owner_id, key))
        return None
    if stored_fingerprint != request_fingerprint:
        raise IdempotencyKeyReused()
    return Stored(status, headers, bytes(body), checks)


def store_response(
    owner_id: str,
    key: str,
    request_fingerprint: str,
    checks: list[Any],
    status: int,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Store the response, in the transaction of the effect, which has claimed the key."""
    facts = orjson.dumps(checks).decode(), status, orjson.dumps(headers).decode()
    send_with_next(STORE, (owner_id, key, request_fingerprint, *facts, Binary(body)))


def forget_old() -> None:
    """Delete records that are older than ``KEY_RETENTION``, in small transactions so that no request waits."""
    database.delete_in_batches(FORGET)
