"""Idempotency keys of the previous release: after the upgrade, a retry with one of them does nothing twice."""

import pytest

from models.base.database import Database
from models.base.idempotency import key_of
from models.base.ids import new_id
from models.migrations import migrate, runner

OLD = "insert into idempotency (owner_id, key, fingerprint, status, created_at) values (%s, 'k', 'old', 201, now())"
PERSON = """insert into users (id, version, created_at, updated_at, email, name, kind, time_zone, locale, rate_class)
values (%s, 1, now(), now(), %s, 'Ada', 'person', 'UTC', 'en', 'default')"""
KEY = """insert into api_keys (id, version, created_at, updated_at, user_id, name, prefix, digest, scopes)
values (%s, 1, now(), now(), %s, 'A key', 'remit_', %s, '{}')"""


@pytest.fixture
def upgraded(cluster):
    """A database, and the ids of a person and an API key that were there before the upgrade."""
    cluster.create_database("upgraded")
    database = Database()
    database.configure(cluster.url("upgraded"))
    migrate(database)
    person, key = new_id(), new_id()
    with database.connection_context():
        while next(
            migration for migration in runner(database).status() if migration.name.startswith("0015")
        ).applied:
            runner(database).down()
        database.run(PERSON, (person, "ada@example.org"))
        database.run(KEY, (key, person, "digest"))
        database.run(OLD, (person,))
    migrate(database)
    yield database, person, key
    database.close()
    cluster.drop_database("upgraded")


def test_keys_of_before_are_taken_for_every_client_of_their_person(upgraded):
    database, person, key = upgraded
    with database.connection_context():
        rows = database.rows("select key, fingerprint from idempotency where owner_id = %s", (person,))
    assert {mark for mark, _ in rows} == {key_of(None, "k"), key_of(key, "k")}
    assert not any(len(mark) == 32 for _, mark in rows), "a fingerprint of now would be repeated"
