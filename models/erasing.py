"""Erasing: the steps that destroy what is stored of a person, each in batches of its own transaction.

A step is given the :class:`AccountErasure`, and the position where the batch before has ended; it gives the position where the
next one begins, or None when nothing is left.  Each may be done again.
"""

from collections.abc import Callable
from typing import NamedTuple

import orjson
from psycopg2 import Binary

from models.anonymity import anonymous_copy, anonymous_event
from models.base.database import database

BATCH = 500
COPIES = 5_000  # stored answers that are looked through at once
FIRST = "00000000-0000-0000-0000-000000000000"
AGAIN = "again"  # the position of a step that goes on wherever there is something left
# Events of memberships of the person, by an index.
ABOUT = """subject_type in ('member', 'team_member')
    and coalesce(snapshot -> 'member' ->> 'user_id', snapshot -> 'team_member' ->> 'user_id') = %(user)s::text"""
# Where the person was a member.
PLACES = f"""
select stream_id from events where {ABOUT}
"""
OWN_EVENTS = """
select id::text, sequence::text, subject_type, changes, snapshot from events
where stream_id = %(user)s::uuid and sequence > %(after)s::bigint order by sequence limit %(batch)s
"""
EVENTS_ABOUT = f"""
select id::text, id::text, subject_type, changes, snapshot from events
where {ABOUT} and id > %(after)s::uuid
order by id limit %(batch)s
"""
STORE_EVENTS = """
update events set changes = told.changes, snapshot = told.snapshot, is_anonymous = true
from jsonb_to_recordset(%(told)s::jsonb) as told(id uuid, changes jsonb, snapshot jsonb) where events.id = told.id
"""
ANSWERS = """
with part as (
    select owner_id, key, body from idempotency where (owner_id, key) > (%(owner)s::uuid, %(key)s) order by owner_id, key
    limit %(copies)s
)
select owner_id::text, key, case when exists (select from unnest(%(marks)s::text[]) mark
    where position(convert_to(mark, 'UTF8') in body) > 0) then body end
from part order by owner_id, key
"""
STORE_ANSWER = "update idempotency set body = %(body)s where owner_id = %(owner)s::uuid and key = %(key)s"
# What only the queue knows of: who was to be told of a guess, from where.
QUEUED = """
with gone as (
    delete from procrastinate_jobs where id = any (array(
        select id from procrastinate_jobs
        where args ->> 'user_id' = %(user)s::text and task_name <> 'account_erasures.erase' and status <> 'doing'
        limit %(batch)s))
    returning id
), untold as (delete from dead_letters where job_id in (select id from gone))
select id from gone
"""
SECURITY = """
update security_entries set personal = null, salt = null where id = any (array(
    select id from security_entries
    where (user_id = %(user)s::uuid or actor_id = %(user)s::uuid) and personal is not null limit %(batch)s))
"""
CHECKS = f"""
update permission_checks set address = '' where id = any (array(
    select id from permission_checks
    where organization_id in ({PLACES}) and user_id = %(user)s::uuid and address <> '' limit %(batch)s))
"""


class Step(NamedTuple):
    """``table`` is what it is about, ``act`` does a batch of it."""

    table: str
    act: Callable


def repeated(table, sql):
    """The step that runs a statement until it touches nothing more."""

    def act(erasure, position):
        values = {
            "user": erasure.user_id,
            "addresses": erasure.addresses,
            "abandoned": list(erasure.abandoned),
            "last_mail": erasure.last_mail_id,
            "since": erasure.requested_at,
            "batch": BATCH,
        }
        return AGAIN if database.run(sql, values) else None

    return Step(table, act)


def deleting(table, condition):
    """The step that deletes rows of a table."""
    chosen = f"select ctid from {table} where {condition} limit %(batch)s"
    return repeated(table, f"delete from {table} where ctid = any (array({chosen}))")


def own_events(erasure, position):
    return _anonymized(OWN_EVENTS, erasure, position or "0")


def events_about(erasure, position):
    return _anonymized(EVENTS_ABOUT, erasure, position or FIRST)


def _anonymized(sql, erasure, after):
    found = database.rows(sql, {"user": erasure.user_id, "after": after, "batch": BATCH})
    told = []
    for id, _, subject_type, changes, snapshot in found:
        changes, snapshot = anonymous_event(subject_type, changes, snapshot)
        told.append({"id": id, "changes": changes, "snapshot": snapshot})
    database.run(STORE_EVENTS, {"told": orjson.dumps(told).decode()})
    return found[-1][1] if found else None


def answers_to_others(erasure, position):
    """What is kept of answers to others, for a day, to be given again: it may show the person as a member."""
    owner, _, key = (position or f"{FIRST} ").partition(" ")
    marks = [erasure.user_id, *erasure.addresses]
    values = {"owner": owner, "key": key, "copies": COPIES, "marks": marks}
    found = database.rows(ANSWERS, values)
    for owner, key, body in found:
        if body is not None:
            told = _without(bytes(body), erasure)
            database.run(STORE_ANSWER, {"body": Binary(told), "owner": owner, "key": key})
    return f"{owner} {key}" if found else None


def _without(body, erasure):
    told = orjson.dumps(anonymous_copy(orjson.loads(body), erasure.user_id))
    for address in erasure.addresses:
        told = told.replace(orjson.dumps(address)[1:-1], b"deleted@nobody.invalid")
    return told


MINE = "user_id = %(user)s::uuid"
# An address may be somebody else's by now, who has mails there, too.
TO_NOBODY_ELSE = "(user_id is null and recipient = any (%(addresses)s) and created_at <= %(since)s)"
GONE = "organization_id = any (%(abandoned)s::uuid[])"
STEPS = (
    deleting("mails", f"({MINE} or {TO_NOBODY_ELSE}) and id is distinct from %(last_mail)s::uuid"),
    *(
        deleting(table, MINE)
        for table in ("sessions", "api_keys", "email_tokens", "two_factors", "known_places")
    ),
    deleting("idempotency", "owner_id = %(user)s::uuid"),
    Step("idempotency", answers_to_others),
    Step("events", own_events),
    Step("events", events_about),
    repeated("security_entries", SECURITY),
    repeated("permission_checks", CHECKS),
    repeated("dead_letters", QUEUED),
    *(
        deleting(table, GONE)
        for table in ("grants", "permission_checks", "tasks", "projects", "team_members", "teams", "roles")
    ),
    deleting("events", "stream_id = any (%(abandoned)s::uuid[])"),
    deleting("streams", "id = any (%(abandoned)s::uuid[])"),
    deleting("security_entries", "chain_id = any (%(abandoned)s::uuid[])"),
    deleting("security_chains", "id = any (%(abandoned)s::uuid[])"),
    deleting("organizations", "id = any (%(abandoned)s::uuid[])"),
)
