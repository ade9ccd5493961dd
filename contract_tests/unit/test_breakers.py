"""Circuit breakers: each state and change of it, by a clock of the test's own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from models.base.breakers import BREAKERS, Breaker, CircuitOpen, State, unavailable_services

FAILURES, REST = 3, 30.0


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Failure(Exception):
    """The service failed."""


class Refusal(Exception):
    """The service works, and refuses."""


class Nothing(Exception):
    """The service was not reached by a fault of ours."""


VERDICTS = {Failure: True, Refusal: False, Nothing: None}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def changes():
    return []


@pytest.fixture
def breaker(clock, changes):
    return Breaker(
        "erp",
        failures=FAILURES,
        rest_seconds=REST,
        clock=clock,
        notify=lambda breaker: changes.append(breaker.state),
    )


def call(breaker, error=None):
    """A call that ends so; what its caller sees of it."""
    try:
        with breaker.call(lambda error: VERDICTS[type(error)]):
            if error:
                raise error()
    except Exception as error:
        return type(error)


def opened(breaker):
    for _ in range(FAILURES):
        call(breaker, Failure)
    return breaker


def test_so_many_failures_in_succession_open_it(breaker, changes):
    assert [call(breaker, Failure) for _ in range(FAILURES)] == [Failure] * FAILURES
    assert (breaker.state, changes) == (State.OPEN, [State.OPEN])
    assert call(breaker) is CircuitOpen


def test_an_answer_in_between_begins_the_count_again(breaker):
    for outcome in (Failure, Failure, None, Failure, Failure, Refusal, Failure, Failure):
        call(breaker, outcome)
    assert breaker.state is State.CLOSED
    call(breaker, Failure)
    assert breaker.state is State.OPEN


def test_refusals_and_faults_of_ours_never_open_it(breaker):
    for _ in range(FAILURES * 3):
        call(breaker, Refusal)
        call(breaker, Nothing)
    assert breaker.state is State.CLOSED


def test_while_open_it_says_how_long_it_stays_so(breaker, clock):
    opened(breaker)
    clock.now += 10
    with pytest.raises(CircuitOpen) as refusal, breaker.call(lambda error: True):
        pass
    assert refusal.value.seconds == REST - 10
    with pytest.raises(CircuitOpen):
        breaker.check()


def test_after_its_rest_an_answer_closes_it(breaker, clock, changes):
    opened(breaker)
    clock.now += REST
    breaker.check()  # which changes nothing
    assert breaker.state is State.OPEN
    assert call(breaker) is None
    assert changes == [State.OPEN, State.HALF_OPEN, State.CLOSED]
    assert [call(breaker, Failure) for _ in range(FAILURES - 1)] and breaker.state is State.CLOSED


def test_after_its_rest_a_refusal_closes_it_too(breaker, clock):
    opened(breaker)
    clock.now += REST
    assert call(breaker, Refusal) is Refusal and breaker.state is State.CLOSED


def test_one_more_failure_after_its_rest_opens_it_again(breaker, clock):
    opened(breaker)
    clock.now += REST
    assert call(breaker, Failure) is Failure and breaker.state is State.OPEN
    clock.now += REST - 0.1
    assert call(breaker) is CircuitOpen
    clock.now += 0.1
    assert call(breaker) is None


def test_a_trial_that_says_nothing_leaves_it_to_the_next(breaker, clock):
    opened(breaker)
    clock.now += REST
    assert call(breaker, Nothing) is Nothing and breaker.state is State.OPEN
    assert call(breaker) is None and breaker.state is State.CLOSED


def test_half_open_lets_exactly_one_through_of_fifty_at_once(breaker, clock):
    """The one is held until all others were answered, so that it does not depend on who is quick."""
    opened(breaker)
    clock.now += REST
    barrier, all_others_refused, passed, refused = threading.Barrier(50), threading.Event(), [], []

    def come(_):
        barrier.wait()
        try:
            with breaker.call(lambda error: True):
                passed.append(1)
                assert all_others_refused.wait(10)
        except CircuitOpen:
            refused.append(1)
            if len(refused) == 49:
                all_others_refused.set()

    with ThreadPoolExecutor(50) as threads:
        list(threads.map(come, range(50)))
    assert (len(passed), len(refused), breaker.state) == (1, 49, State.CLOSED)


def test_calls_run_beside_each_other(breaker):
    """The lock is not held during a call: pybreaker 1.4.1 holds it, and lets four calls of 0.2 s take 0.8 s."""
    barrier = threading.Barrier(8)

    def come(_):
        with breaker.call(lambda error: True):
            barrier.wait(10)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(come, range(8)))
    assert breaker.state is State.CLOSED


@pytest.mark.parametrize("late", [None, Failure])
def test_a_call_that_began_before_it_opened_changes_nothing_any_more(breaker, clock, late):
    begun, ended = threading.Event(), threading.Event()

    def old():
        with breaker.call(lambda error: True):
            begun.set()
            assert ended.wait(10)
            if late:
                raise late()

    with ThreadPoolExecutor(1) as threads:
        call_of_old = threads.submit(old)
        assert begun.wait(10)
        opened(breaker)
        clock.now += REST
        with breaker.call(lambda error: True):  # the trial, while the old call ends
            ended.set()
            call_of_old.exception(10)
            assert breaker.state is State.HALF_OPEN
    assert breaker.state is State.CLOSED


def test_those_that_are_not_closed_are_unavailable(breaker):
    BREAKERS["erp"] = breaker
    assert "erp" not in unavailable_services()
    assert "erp" in unavailable_services() if opened(breaker) else False
    breaker.reset()
    assert "erp" not in unavailable_services() and call(breaker) is None
