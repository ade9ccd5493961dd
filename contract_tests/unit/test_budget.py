"""Budgets of bytes and connections, counted before anybody has said who they are."""

import random

import pytest

from handlers.http.budget import FREE_BYTES, BodyBudget, Connections
from handlers.http.chunks import MAX_FRAMING_BYTES, Chunks
from handlers.http.refusals import MalformedRequest
from models.base.errors import Unavailable

KIB = 1024


def test_the_first_bytes_of_each_body_are_free():
    budget = BodyBudget(0, 0)
    for number in range(1_000):
        with budget.reserve(f"192.0.2.{number % 200}") as reservation:
            reservation.take(FREE_BYTES)
    assert budget.used == 0
    with budget.reserve("192.0.2.1") as reservation, pytest.raises(Unavailable):
        reservation.take(FREE_BYTES + 1)


def test_one_address_does_not_take_the_room_of_the_others():
    budget = BodyBudget(100 * KIB, 40 * KIB)
    with budget.reserve("192.0.2.1") as greedy:
        greedy.take(FREE_BYTES + 40 * KIB)
        with budget.reserve("192.0.2.1") as more, pytest.raises(Unavailable) as refused:
            more.take(FREE_BYTES + 1)
        assert refused.value.headers["Connection"] == "close"
        with budget.reserve("192.0.2.2") as other:
            other.take(FREE_BYTES + 40 * KIB)
            with budget.reserve("192.0.2.3") as third, pytest.raises(Unavailable):
                third.take(FREE_BYTES + 21 * KIB)
    assert (budget.used, dict(budget.used_by)) == (0, {})


def test_whatever_comes_and_goes_the_budget_is_never_exceeded_and_empty_at_the_end():
    source, budget, open_reservations = random.Random(3), BodyBudget(500 * KIB, 200 * KIB), []
    for _ in range(5_000):
        if open_reservations and source.random() < 0.4:
            open_reservations.pop(source.randrange(len(open_reservations))).__exit__()
        else:
            reservation = budget.reserve(f"192.0.2.{source.randrange(5)}")
            open_reservations.append(reservation)
            try:
                for _ in range(source.randrange(1, 8)):
                    reservation.take(source.randrange(64 * KIB))
            except Unavailable:
                pass
        assert budget.used == sum(reservation.counted for reservation in open_reservations) <= 500 * KIB
        assert all(used <= 200 * KIB for used in budget.used_by.values())
    for reservation in open_reservations:
        reservation.__exit__()
    assert (budget.used, dict(budget.used_by)) == (0, {})


def test_connections_are_limited_in_all_and_from_one_address():
    connections = Connections(5, 3)
    assert [connections.enter("192.0.2.1") for _ in range(4)] == [True, True, True, False]
    assert [connections.enter("192.0.2.2") for _ in range(3)] == [True, True, False]
    connections.leave("192.0.2.1")
    assert [connections.enter("192.0.2.2"), connections.enter("192.0.2.3")] == [True, False]


def test_without_a_bound_one_address_may_have_all_connections():
    connections = Connections(1_000, None)
    assert all(connections.enter("192.0.2.1") for _ in range(1_000))
    assert not connections.enter("192.0.2.1")


def test_a_body_in_tiny_chunks_is_not_followed_for_ever():
    chunk = b"1\r\nx\r\n"
    assert Chunks().end_in(chunk * 1_000 + b"0\r\n\r\n", 0) == len(chunk) * 1_000 + 5
    with pytest.raises(MalformedRequest):
        Chunks().end_in(chunk * (MAX_FRAMING_BYTES // 3 + 1), 0)
    large = b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n"
    assert Chunks().end_in(large * 16 + b"0\r\n\r\n", 0) == len(large) * 16 + 5
