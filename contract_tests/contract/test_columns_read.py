"""Columns: what a read loads from the database is shown, or a rule needs it."""

from dataclasses import replace

import pytest

from contract_tests.support.operations import OPERATIONS
from models.base import statements
from models.base.declarations import declaration
from models.identity.api_keys import ApiKey

READS = [operation for operation in OPERATIONS if operation.method == "GET" and operation.permission]
OTHERWISE = {
    "place_in_order": "the cursor of the next page, where there is one",
    "is_received": "the policy, of an invitation to somebody who is no member",
}


@pytest.fixture
def columns(monkeypatch):
    """``(loaded, read)``: pairs of a table and a column, of the rows that the server reads while the test runs."""
    loaded, read = set(), set()
    row_class = statements.row_class

    def recording_row_class(table, names):
        row = row_class(table, names)
        recorded = {name: recording(table, name, getattr(row, name)) for name in names}

        def make(cls, values):
            loaded.update((table, name) for name in names)
            return row._make.__func__(cls, values)

        def read_all(self):
            read.update((table, name) for name in names)
            return row.__iter__(self)

        methods = {"_make": classmethod(make), "__iter__": read_all}
        return type(row.__name__, (row,), {"__slots__": (), **methods, **recorded})

    def recording(table, name, column):
        def value(row):
            read.add((table, name))
            return column.__get__(row)

        return property(value)

    monkeypatch.setattr(statements, "row_class", recording_row_class)
    statements.forget()
    yield loaded, read
    statements.forget()


def ask_everything(world):
    for operation in READS:
        response = world.send(world.request(operation))
        assert response.status_code < 400, (operation, response.text)


def test_no_column_is_loaded_that_nothing_reads(world, columns):
    loaded, read = columns
    ask_everything(world)
    assert len({table for table, _ in loaded}) > 15
    unread = {f"{table.__name__}.{name}" for table, name in loaded - read if name not in OTHERWISE}
    assert {name for _, name in loaded - read} >= OTHERWISE.keys()
    assert not unread, sorted(unread)


def test_a_column_that_nothing_reads_is_found(world, columns, monkeypatch):
    monkeypatch.setattr(ApiKey._meta, "declares", replace(declaration(ApiKey), write_only=frozenset()))
    loaded, read = columns
    ask_everything(world)
    assert (ApiKey, "digest") in loaded - read
