"""Fingerprints of rows, by which tests see that nothing was stored: any change is noticed, and nothing else."""

import pytest

from contract_tests.support import table_fingerprints
from models.base.database import database

ID, OTHER_ID = "0198c0de-7c7e-7f00-8000-00000000f1f1", "0198c0de-7c7e-7f00-8000-00000000f2f2"
TABLE = "fingerprinted"
CHANGES = {
    "a row more": f"insert into {TABLE} values ('{OTHER_ID}', 'c')",
    "another value": f"update {TABLE} set content = 'changed' where content = 'a'",
    "no value": f"update {TABLE} set content = null where content = 'a'",
    "a row less": f"delete from {TABLE} where content = 'a'",
    "another row in its place": f"delete from {TABLE} where content = 'a'; insert into {TABLE} values ('{ID}', 'd')",
    "none": f"truncate {TABLE}",
}


def run(*statements):
    with database.connection_context(), database.transaction():
        for statement in statements:
            database.run(statement)


@pytest.fixture(params=["", "unlogged"])
def table(database_url, request):
    """A table with two rows, one of which mentions ``ID``; PostgreSQL's log has no rows of an unlogged one."""
    run(
        f"create {request.param} table {TABLE} (id uuid, content text)",
        f"insert into {TABLE} values ('{ID}', 'a'), (gen_random_uuid(), 'b')",
    )
    yield TABLE
    run(f"drop table {TABLE}")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_any_change_of_rows_is_noticed(table, change):
    before, mentioned = table_fingerprints.everything(), table_fingerprints.that_mention(ID, OTHER_ID)
    run(change)
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == [table]
    assert table_fingerprints.changed(mentioned, table_fingerprints.that_mention(ID, OTHER_ID)) == [table]


def test_a_change_of_other_rows_is_none_of_those_that_mention(table):
    mentioned = table_fingerprints.that_mention(ID)
    run(
        f"update {table} set content = 'changed' where content = 'b'",
        f"insert into {table} values (null, 'c')",
    )
    assert table_fingerprints.changed(mentioned, table_fingerprints.that_mention(ID)) == []


def test_a_write_that_leaves_the_values_is_no_change(table):
    before = table_fingerprints.everything()
    run(f"update {table} set content = content")
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


def test_what_was_undone_is_no_change(table):
    before = table_fingerprints.everything()
    with database.connection_context(), database.transaction() as transaction:
        database.run(f"delete from {table}")
        transaction.rollback()
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


def test_nothing_is_read_again_while_nothing_is_written(table, monkeypatch):
    before, reads = table_fingerprints.everything(), []
    monkeypatch.setattr(table_fingerprints.Reader, "_read_what_differs", lambda reader: reads.append(reader))
    assert [table_fingerprints.everything() for _ in range(10)] == [before] * 10
    assert len(reads) < 10  # PostgreSQL itself may write now and then


def test_a_row_is_noticed_that_takes_the_place_of_one_that_is_gone(table):
    run(f"delete from {table} where content = 'b'")
    table_fingerprints.everything()
    with database.connection_context():
        database.run(f"vacuum {table}")
    before, places = table_fingerprints.everything(), f"select count(*) from {table} where ctid = '(0,2)'"
    run(f"insert into {table} values ('{OTHER_ID}', 'c')")
    with database.connection_context():
        assert database.rows(places) == [(1,)]
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == [table]
