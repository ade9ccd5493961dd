"""Statements that wait for the next one of their transaction: in one message, in their order, and gone when it is undone."""

import psycopg2
import pytest
from peewee import DataError, IntegrityError

from models.base import connections
from models.base.database import CommitLost, database
from models.base.statements import execute, rows, send_with_next

ADD = "insert into waited (number) values (%s)"
ALL = "select number from waited order by at"


@pytest.fixture
def waited(database_url):
    """A table of numbers, which are unique, in the order in which they came."""
    database.connect(reuse_if_open=True)
    database.execute_sql("create table waited (number int unique, at serial)")
    yield
    database.execute_sql("drop table waited")
    database.close()


@pytest.fixture
def messages(monkeypatch):
    """What is sent to the database, one text a message."""
    sent = []

    class Recording(connections.Cursor):
        def execute(self, sql, parameters=None):
            before = b"; ".join(self.connection.waiting)
            text = sql if isinstance(sql, bytes) else sql.encode()
            sent.append(b"; ".join(part for part in (before, text) if part).decode())
            return super().execute(sql, parameters)

    monkeypatch.setattr(connections, "Cursor", Recording)
    connection = database.connection()
    monkeypatch.setattr(connection, "cursor_factory", Recording)
    return sent


def test_they_are_sent_with_the_next_statement_before_it(waited, messages):
    (
        rows(ALL),
        execute("delete from waited where number = %s", (0,)),
        send_with_next(ADD, (0,)),
    )  # prepared now
    execute("delete from waited")
    messages.clear()
    with database.transaction():
        send_with_next(ADD, (1,))
        send_with_next(ADD, (2,))
        assert messages == []
        assert rows(ALL) == [(1,), (2,)]
        send_with_next(ADD, (3,))
    assert rows(ALL) == [(1,), (2,), (3,)]
    together, commit, after = messages
    assert together.startswith("begin; execute") and together.count("execute") == 3
    assert commit.startswith("execute") and commit.endswith("; COMMIT")
    assert "begin" not in after


def test_a_transaction_without_a_statement_sends_nothing(waited, messages):
    with database.transaction():
        pass
    with pytest.raises(ZeroDivisionError), database.transaction():
        raise ZeroDivisionError
    assert messages == []


def test_outside_a_transaction_nothing_waits(waited):
    send_with_next(ADD, (1,))
    assert database.connection().waiting == []
    assert rows(ALL) == [(1,)]


def test_a_savepoint_keeps_or_undoes_what_waits_in_it(waited):
    with database.transaction():
        with database.atomic():
            send_with_next(ADD, (1,))
        with pytest.raises(ZeroDivisionError), database.atomic():
            send_with_next(ADD, (2,))
            raise ZeroDivisionError
    assert rows(ALL) == [(1,)]


def test_what_fails_is_raised_by_the_next_statement_and_nothing_is_stored(waited):
    with pytest.raises(IntegrityError), database.transaction():
        send_with_next(ADD, (1,))
        send_with_next(ADD, (1,))
        send_with_next(ADD, (2,))
        rows(ALL)
    assert rows(ALL) == []


def test_what_fails_in_the_commit_is_raised_by_it_and_nothing_is_stored(waited):
    with pytest.raises(IntegrityError), database.transaction():
        execute(ADD, (1,))
        send_with_next(ADD, (1,))
    assert rows(ALL) == []


def test_what_fails_is_found_when_it_is_asked_for(waited):
    with pytest.raises(IntegrityError), database.transaction():
        send_with_next(ADD, (1,))
        send_with_next(ADD, (1,))
        database.send_waiting()
    assert rows(ALL) == []


def test_what_is_undone_is_not_sent_with_the_next_transaction(waited):
    with pytest.raises(ZeroDivisionError), database.transaction():
        send_with_next(ADD, (1,))
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), database.transaction():
        rows(ALL)
        send_with_next(ADD, (2,))
        raise ZeroDivisionError
    with database.transaction():
        send_with_next(ADD, (3,))
    assert rows(ALL) == [(3,)]


def test_a_value_that_no_column_takes_leaves_a_connection_that_works(waited):
    with pytest.raises(DataError), database.transaction():
        send_with_next(ADD, (10**12,))
    with pytest.raises(Exception, match="can't adapt"), database.transaction():
        send_with_next(ADD, (object(),))
    assert rows(ALL) == []


def test_a_connection_that_is_lost_with_the_commit_leaves_the_outcome_unknown(waited, database_url):
    with pytest.raises(CommitLost), database.transaction():
        send_with_next(ADD, (1,))
        process = rows("select pg_backend_pid()")[0][0]
        send_with_next(ADD, (2,))
        with psycopg2.connect(database_url) as other, other.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", (process,))
        other.close()
    database.forget_connection()
    assert rows(ALL) == []


def test_a_statement_that_was_not_used_for_long_makes_room_on_the_server(waited):
    """More statements than there is room for, round and round, also in transactions that are undone."""
    connection = database.connection()
    connection.prepared.limit = 100
    for turn in range(40):
        sql = f"select {turn % 8} + %s"
        assert rows(sql, (1,)) == [(turn % 8 + 1,)]
        with pytest.raises(ZeroDivisionError), database.transaction():
            send_with_next(ADD, (turn,))
            rows(sql + " + 0", (turn,))
            raise ZeroDivisionError
    names = {name for (name,) in database.rows("select name from pg_prepared_statements")}
    assert names == {*connection.prepared.keys(), *connection.obsolete}
    assert 2 <= len(names) < 9
    assert rows(ALL) == []
    database.forget_connection()
