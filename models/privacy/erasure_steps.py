"""Erasure steps: they destroy what is stored of a person, each in batches of its own transaction.

A step is given the :class:`AccountErasure`, and the position where the batch before has ended; it gives the position where the
next one begins, or None when nothing is left.  Each may be done again.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import orjson
from peewee import Model
from psycopg2 import Binary

from models import tables
from models.base.database import database
from models.base.declarations import (
    ANONYMOUS_EMAIL,
    account_column,
    declaration,
    is_account,
    is_cascaded,
    is_organization,
    is_owned,
    tenant_column,
)
from models.platform.security_log import mark_erased
from models.privacy.anonymization import anonymous_copy, anonymous_event, anonymous_invitation
from models.privacy.erasure_sql import (
    ABANDONED,
    ABANDONED_ACCOUNTS,
    EVENTS_ABOUT,
    EVENTS_INVITED,
    EVENTS_INVITING,
    OWN_EVENTS,
    PERMISSION_CHECKS,
    QUEUE_ENTRIES,
    SECURITY_ENTRIES,
    SECURITY_ENTRIES_INVITED,
    STORE_ANSWER,
    STORE_EVENTS,
    STORED_ANSWERS,
)

BATCH = 500
ANSWERS_AT_ONCE = 5_000  # stored answers that are looked through at once
FIRST = "00000000-0000-0000-0000-000000000000"
AGAIN = "again"  # the position of a step that goes on wherever there is something left


class Step(NamedTuple):
    """``table`` is what it is about, ``act`` does a batch of it; by its ``name`` an erasure knows that it is done."""

    name: str
    table: str
    act: Callable


def repeated(name, table, sql):
    """The step that runs a statement until it touches nothing more."""

    def act(erasure, position):
        return AGAIN if database.run(sql, _values(erasure)) else None

    return Step(name, table, act)


def marking(name, sql):
    """The step that erases what is personal of the security log's entries that a query finds."""

    def act(erasure, position):
        return AGAIN if mark_erased(database.rows(sql, _values(erasure))) else None

    return Step(name, "security_entries", act)


def _values(erasure):
    return {
        "user": erasure.user_id,
        "addresses": erasure.addresses,
        "abandoned": list(erasure.abandoned),
        "last_mail": erasure.last_mail_id,
        "since": erasure.requested_at,
        "batch": BATCH,
    }


def deleting(name, table, condition):
    """The step that deletes rows of a table."""
    chosen = f"select ctid from {table} where {condition} limit %(batch)s"
    return repeated(name, table, f"delete from {table} where ctid = any (array({chosen}))")


def own_events(erasure, position):
    return _anonymized(OWN_EVENTS, erasure, position or "0")


def events_about(erasure, position):
    return _anonymized(EVENTS_ABOUT, erasure, position or FIRST)


def events_inviting(erasure, position):
    return _anonymized(EVENTS_INVITING, erasure, position or FIRST)


def events_invited(erasure, position):
    return _anonymized(EVENTS_INVITED, erasure, position or FIRST)


def _anonymized(sql, erasure, after):
    events = database.rows(sql, _values(erasure) | {"after": after})
    anonymous_events = []
    for id, _, subject_type, changes, snapshot in events:
        if subject_type == "invitation":
            person = erasure.user_id, erasure.addresses
            changes, snapshot = anonymous_invitation(changes, snapshot, *person)
        else:
            changes, snapshot = anonymous_event(subject_type, changes, snapshot, erasure.user_id)
        anonymous_events.append({"id": id, "changes": changes, "snapshot": snapshot})
    database.run(STORE_EVENTS, {"told": orjson.dumps(anonymous_events).decode()})
    return events[-1][1] if events else None


def answers_to_others(erasure, position):
    """Stored responses to idempotent requests of others, which may show the person as a member."""
    owner, _, key = (position or f"{FIRST} ").partition(" ")
    marks = [erasure.user_id, *erasure.addresses]
    values = {"owner": owner, "key": key, "copies": ANSWERS_AT_ONCE, "marks": marks}
    answers = database.rows(STORED_ANSWERS, values)
    for owner, key, body in answers:
        if body is not None:
            anonymous_body = _without(bytes(body), erasure)
            database.run(STORE_ANSWER, {"body": Binary(anonymous_body), "owner": owner, "key": key})
    return f"{owner} {key}" if answers else None


def _without(body, erasure):
    content = orjson.dumps(anonymous_copy(orjson.loads(body), erasure.user_id))
    for address in erasure.addresses:
        content = content.replace(orjson.dumps(address)[1:-1], ANONYMOUS_EMAIL.encode())
    return content


# Data of people in the queue and in logs, whose rows are of others, too.  Erasures under way need this order: the
# position in one of these steps means nothing to another.
SHARED = (
    Step("answers_to_others", "idempotency", answers_to_others),
    Step("events_own", "events", own_events),
    Step("events_about", "events", events_about),
    Step("events_inviting", "events", events_inviting),
    Step("events_invited", "events", events_invited),
    marking("security", SECURITY_ENTRIES),
    marking("security_invited", SECURITY_ENTRIES_INVITED),
    repeated("permission_checks", "permission_checks", PERMISSION_CHECKS),
    repeated("dead_letters", "dead_letters", QUEUE_ENTRIES),
)


@cache
def steps() -> tuple[Step, ...]:
    """Every step: what tables declare of the person, copies, and what is left of organizations where nobody is."""
    return (*_of_the_person(), *SHARED, *_of_abandoned())


def _of_the_person() -> Iterator[Step]:
    for table in tables():
        name, personal = table._meta.table_name, declaration(table).personal
        if personal and personal.is_deleted:
            yield _deleting(table, "own", f"{account_column(table)} = %(user)s::uuid")
        for deletion in personal.deletions if personal else ():
            yield deleting(deletion.name, name, deletion.condition)


def _of_abandoned() -> Iterator[Step]:
    """Rows that refer to others come before them; accounts and organizations after the logs that are found by them."""
    last_first = tables()[::-1]
    tenants = {table: tenant_column(table) for table in last_first if is_owned(table)}
    for table in last_first:
        for reference, other in table._meta.refs.items():
            if other in tenants and not declaration(table).tenant:
                name, of = table._meta.table_name, other._meta.table_name
                gone = (
                    f"{reference.column_name} in (select id from {of} where {tenants[other]} = {ABANDONED})"
                )
                yield deleting(f"{name}_of_abandoned_{of}", name, gone)
    for table, column in tenants.items():
        yield _deleting(table, "abandoned", f"{column} = {ABANDONED}")
    for table in sorted(last_first, key=is_account):
        if (column := account_column(table)) and not is_cascaded(table):
            yield _deleting(table, "of_abandoned_programs", f"{column} in ({ABANDONED_ACCOUNTS})")
    for table in sorted(last_first, key=is_organization):
        if (column := tenant_column(table)) and table not in tenants:
            yield _deleting(table, "abandoned", f"{column} = {ABANDONED}")


def _deleting(table: type[Model], ending: str, condition: str) -> Step:
    name = table._meta.table_name
    return deleting(f"{name}_{ending}", name, condition)
