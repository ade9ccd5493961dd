"""Attempts: how often a secret was guessed in vain, from where, and how long the next guess has to wait."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from peewee import CompositeKey, ForeignKeyField, IntegerField, Model, TextField

from models.base.database import database
from models.base.declarations import AT_ONCE, BY_DIGEST, Declaration, Export, Personal
from models.base.fields import UtcField
from models.base.statements import rows, touch
from models.base.work import now
from models.identity.users import User

FORGOTTEN = timedelta(days=1)  # after the last failure in a row
KNOWN = timedelta(days=180)  # after the person was last seen at a place
PLACES = 20  # that a person is known at; the one seen longest ago is forgotten first

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
FORGET_PLACES = """
delete from known_places where user_id = %s and place not in (
    select place from known_places where user_id = %s order by seen_at desc limit %s)
"""


def of_one_place(failures):
    """How long a place waits after so many failures in a row: from the fifth on 1, 2, 4 … 60 minutes."""
    return timedelta(minutes=min(60, 2 ** min(failures - 5, 6))) if failures >= 5 else None


def of_strangers(failures):
    """How long all places together wait where the person is not known: a minute after each ten, a day after a hundred."""
    if failures >= 100:
        return FORGOTTEN
    return timedelta(minutes=1) if failures % 10 == 0 else None


class Rule(NamedTuple):
    """How long a counter makes wait after so many failures, and which failure the person is told of by mail."""

    wait: Callable
    told_at: int


ONE_PLACE, STRANGERS = Rule(of_one_place, 5), Rule(of_strangers, 100)
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
    def judge(cls, rules, is_right):
        """The :class:`Verdict` on a guess; it is counted when it is wrong, and who is right begins anew.

        ``rules`` has the :class:`Rule` of each counter.  While one of them waits, a guess is not looked at, and changes
        nothing.
        """
        counters = {
            key: (failures, failed_at, until)
            for key, failures, failed_at, until in rows(HOLD, (sorted(rules),))
        }
        if any(until is not None and until > now() for _, _, until in counters.values()):
            return Verdict(False, False)
        if is_right:
            touch("delete from attempts where key = any(%s::text[])", (sorted(rules),))
            return Verdict(True, True)
        waits, is_news = [], False
        for key, (failures, failed_at, _) in sorted(counters.items()):
            is_forgotten = failed_at is None or failed_at < now() - FORGOTTEN
            failures = 1 if is_forgotten else failures + 1
            wait = rules[key].wait(failures)
            waits += [wait] if wait else []
            is_news = is_news or failures == rules[key].told_at
            touch(FAIL, (failures, now(), wait and now() + wait, key))
        return Verdict(False, True, max(waits, default=None), is_news)

    @classmethod
    def counts(cls, key):
        """Whether any failure is counted."""
        return bool(rows("select 1 from attempts where key = %s", (key,)))

    @classmethod
    def forget(cls, *keys):
        """Begin anew, where the person has proven otherwise who it is."""
        touch("delete from attempts where key = any(%s::text[])", (sorted(keys),))


class Verdict(NamedTuple):
    """Whether a guess opens the door, and whether it was looked at; if it was one too many, how long the next one waits,
    and whether the person is to be told of that."""

    is_let_in: bool
    is_counted: bool
    wait: timedelta | None = None
    is_news: bool = False


class KnownPlace(Model):
    """Where a person has logged in before.  ``place`` is a digest of the network, which only this server can make."""

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
    def knows(cls, user_id, place):
        sql = "select 1 from known_places where user_id = %s and place = %s and seen_at > %s"
        return bool(rows(sql, (user_id, place, now() - KNOWN)))

    @classmethod
    def remember(cls, user_id, place):
        touch(SEEN, (user_id, place, now()))
        touch(FORGET_PLACES, (user_id, user_id, PLACES))


def forget_old():
    """Delete counters and places that count no more."""
    database.run("delete from attempts where coalesce(failed_at, 'epoch') < now() - %s", (2 * FORGOTTEN,))
    database.run("delete from known_places where seen_at < now() - %s", (KNOWN,))
