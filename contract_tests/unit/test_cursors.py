"""Cursors: signed, bound to their list, and without an end."""

import base64

import pytest

from models.base import cursors
from models.base.errors import InvalidRequest
from models.base.pages import Order
from models.work.tasks import Task

NEWEST = Order("created_at", None, descending=True)
MARK = cursors.fingerprint(NEWEST, {"status": ["todo"]}, None)
POSITION = ["2026-01-01T00:00:00.000001+00:00", "0198c0de-7c7e-7f00-8000-000000000001"]


def code(cursor, mark=MARK):
    """The fault of a cursor."""
    with pytest.raises(InvalidRequest) as refused:
        cursors.read(cursor, mark)
    return refused.value.errors[0]["code"]


def test_a_cursor_leads_back_to_its_place():
    for position in (
        POSITION,
        ["9999-12-31", POSITION[1]],
        ["infinity", POSITION[1]],
        [0.0607927106320858, POSITION[1]],
        [4, POSITION[1]],
        [2**62, POSITION[1]],
    ):
        assert cursors.read(cursors.write(position, MARK), MARK) == position


def test_a_cursor_is_safe_in_an_address():
    cursor = cursors.write(POSITION, MARK)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert len(cursor) < 200


def test_a_cursor_is_always_the_same_and_does_not_end():
    """Nothing in it tells of the time, so nothing can expire."""
    assert cursors.write(POSITION, MARK) == cursors.write(POSITION, MARK)


def test_every_changed_byte_is_noticed():
    cursor = cursors.write(POSITION, MARK)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for index in range(len(raw)):
        for bit in (1, 128):
            changed = raw[:index] + bytes([raw[index] ^ bit]) + raw[index + 1 :]
            assert code(base64.urlsafe_b64encode(changed).rstrip(b"=").decode()) == "invalid_cursor"


def test_a_cursor_that_is_cut_or_longer_is_noticed():
    cursor = cursors.write(POSITION, MARK)
    for length in (0, 1, 5, 21, 22, len(cursor) - 4):
        assert code(cursor[:length]) == "invalid_cursor"
    assert code(cursor + "AAAA") == "invalid_cursor"


@pytest.mark.parametrize(
    "other",
    [
        cursors.fingerprint(NEWEST, {"status": ["done"]}, None),
        cursors.fingerprint(NEWEST, {"status": ["todo"], "text": "a"}, None),
        cursors.fingerprint(NEWEST, {}, None),
        cursors.fingerprint(NEWEST, {"status": ["todo"]}, POSITION[1]),
        cursors.fingerprint(Order("created_at", None), {"status": ["todo"]}, None),
        cursors.fingerprint(Order("updated_at", None, descending=True), {"status": ["todo"]}, None),
    ],
)
def test_a_cursor_belongs_to_its_filters_organization_and_order(other):
    assert code(cursors.write(POSITION, MARK), other) == "foreign_cursor"


def test_the_order_in_which_filters_are_sent_does_not_matter():
    fingerprint = cursors.fingerprint(NEWEST, {"status": ["todo"], "text": "a"}, None)
    assert fingerprint == cursors.fingerprint(NEWEST, {"text": "a", "status": ["todo"]}, None)


@pytest.mark.parametrize("name", ["due_on", "starts_on", "completed_at"])
def test_a_date_that_can_be_missing_is_not_sorted_by_as_it_is(name):
    with pytest.raises(TypeError):
        Order(name, Task._meta.fields[name])
