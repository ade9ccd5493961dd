"""Attempts: failures in a row at a secret, by origin, and how long the next attempt has to wait."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from peewee import CompositeKey, ForeignKeyField, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import AT_ONCE, BY_DIGEST, Declaration, Export, Personal
from models.base.fields import UtcField
from models.base.statements import execute, rows
from models.base.unit_of_work import now
from models.identity.users import User

ATTEMPT_RETENTION = timedelta(days=1)  # after the last failure in a row
ORIGIN_RETENTION = timedelta(days=180)  # after the last login from the origin
MAX_ORIGINS = 20  # known ones of one person; the one used longest ago is deleted first

# Locks the counters, in one order everywhere, until the transaction ends.
HOLD = """
insert into attempts (key, failures) select unnest(%s::text[]), 0
on conflict (key) do update set failures = attempts.failures
returning key, failures, failed_at, locked_until
"""
FAIL = "update attempts set failures = %s, failed_at = %s, locked_until = %s where key = %s"
SEEN = """
insert into known_places (user_id, place, seen_at) values (%s, %s, %s)
on conflict (user_id, place) do update set seen_at = excluded.seen_at
"""
FORGET_ORIGINS = """
delete from known_places where user_id = %s and place not in (
    select place from known_places where user_id = %s order by seen_at desc limit %s)
"""


def delay_of_one_origin(failures):
    """How long one origin waits after so many failures in a row: from the fifth on 1, 2, 4 … 60 minutes.  None: not at all."""
    return timedelta(minutes=min(60, 2 ** min(failures - 5, 6))) if failures >= 5 else None


def delay_of_unknown_origins(failures):
    """How long all unknown origins together wait: a minute after each ten failures, a day after a hundred."""
    if failures >= 100:
        return ATTEMPT_RETENTION
    return timedelta(minutes=1) if failures % 10 == 0 else None


class Rule(NamedTuple):
    """The delays of a counter after so many failures, and the failure that the person gets an email about."""

    wait: Callable
    told_at: int


ONE_ORIGIN, UNKNOWN_ORIGINS = Rule(delay_of_one_origin, 5), Rule(delay_of_unknown_origins, 100)
NEVER = Rule(lambda failures: None, 0)


class Attempt(Model):
    """How many guesses failed in a row.  ``key`` tells, as a digest, at whose secret and from where."""

    key = TextField(primary_key=True)
    failures = IntegerField()
    failed_at = UtcField(null=True, index=True)
    locked_until = UtcField(null=True)

    class Meta:
        database = database
        table_name = "attempts"
        declares = Declaration(
            unprotected="It counts guesses before it is known who guesses, by keyed digests.",
            history="none",
            personal=Personal(exports=BY_DIGEST, erasure="Forgotten two days after the last guess."),
        )

    @classmethod
    def register(cls, rules, is_right):
        """The :class:`AttemptResult` of an attempt: a wrong one raises the counters, a right one deletes them.

        ``rules`` is ``{counter: Rule}``.  While one of the counters waits, the attempt is rejected and not counted.
        """
        counters = {
            key: (failures, failed_at, until)
            for key, failures, failed_at, until in rows(HOLD, (sorted(rules),))
        }
        if any(until is not None and until > now() for _, _, until in counters.values()):
            return AttemptResult(False, False)
        if is_right:
            execute("delete from attempts where key = any(%s::text[])", (sorted(rules),))
            return AttemptResult(True, True)
        waits, is_news = [], False
        for key, (failures, failed_at, _) in sorted(counters.items()):
            is_forgotten = failed_at is None or failed_at < now() - ATTEMPT_RETENTION
            failures = 1 if is_forgotten else failures + 1
            wait = rules[key].wait(failures)
            waits += [wait] if wait else []
            is_news = is_news or failures == rules[key].told_at
            execute(FAIL, (failures, now(), wait and now() + wait, key))
        return AttemptResult(False, True, max(waits, default=None), is_news)

    @classmethod
    def counts(cls, key):
        """Whether any failure is counted."""
        return bool(rows("select 1 from attempts where key = %s", (key,)))

    @classmethod
    def forget(cls, *keys):
        """Begin anew, where the person has proven otherwise who it is."""
        execute("delete from attempts where key = any(%s::text[])", (sorted(keys),))


class AttemptResult(NamedTuple):
    """Whether an attempt was accepted, and whether it was counted, which it is not while a counter waits; how long the next
    one has to wait (None: not at all), and whether the person is to be emailed about that (``is_news``)."""

    is_accepted: bool
    is_counted: bool
    wait: timedelta | None = None
    is_news: bool = False


class KnownOrigin(Model):
    """Where a person has logged in before.  ``place``, the column's name, is a keyed digest of the network address."""

    user = ForeignKeyField(User, column_name="user_id", on_delete="CASCADE")
    place = TextField()
    seen_at = UtcField(index=True)

    class Meta:
        database = database
        table_name = "known_places"
        declares = Declaration(
            account="user",
            order="-seen_at",
            history="none",
            personal=Personal(
                exports=(Export("known_places", columns=("seen_at",)),), erasure=AT_ONCE, is_deleted=True
            ),
        )
        primary_key = CompositeKey("user", "place")

    @classmethod
    def knows(cls, user_id, origin):
        sql = "select 1 from known_places where user_id = %s and place = %s and seen_at > %s"
        return bool(rows(sql, (user_id, origin, now() - ORIGIN_RETENTION)))

    @classmethod
    def remember(cls, user_id, origin):
        execute(SEEN, (user_id, origin, now()))
        execute(FORGET_ORIGINS, (user_id, user_id, MAX_ORIGINS))


def forget_old():
    """Delete counters and known origins after their retention."""
    database.run(
        "delete from attempts where coalesce(failed_at, 'epoch') < now() - %s", (2 * ATTEMPT_RETENTION,)
    )
    database.run("delete from known_places where seen_at < now() - %s", (ORIGIN_RETENTION,))
