"""Circuit breakers: an external service that keeps failing is not called for a while, and then tried by one call."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any
from weakref import WeakValueDictionary

TRIAL_WAIT_SECONDS = 1.0  # what those are told who come while one call tries the service


class State(StrEnum):
    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


class CircuitOpen(Exception):
    """The service is not called now; ``seconds`` until it may be tried."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not called for another {seconds:.0f} seconds")
        self.seconds = seconds


class Breaker:
    """Opens after so many ``failures`` in succession; ``rest_seconds`` later one call tries the service.

    ``clock`` counts seconds; ``notify`` is called with the breaker whenever its state has changed.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        rest_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
        notify: Callable[["Breaker"], Any] = lambda breaker: None,
    ) -> None:
        self.name, self.failures, self.rest_seconds = name, failures, rest_seconds
        self.clock, self.notify = clock, notify
        self.state = State.CLOSED
        self._lock = threading.Lock()
        self._failed = 0  # in succession
        self._retry_at = 0.0  # by the clock, while it is open
        self._generation = 0  # counts changes: a call that began before the last one proves nothing any more

    @contextmanager
    def call(self, is_failure: Callable[[BaseException], bool | None]) -> Iterator[None]:
        """A call of the service, or :class:`CircuitOpen`.

        ``is_failure(exception)`` tells whether the service failed; None if the call says nothing about the service.
        """
        generation = self._admit()
        try:
            yield
        except BaseException as error:
            self._settle(generation, is_failure(error))
            raise
        self._settle(generation, False)

    def check(self) -> None:
        """:class:`CircuitOpen` when a call would be refused; changes nothing."""
        if self.state is not State.CLOSED:
            with self._lock:
                self._refuse()

    def reset(self) -> None:
        """Close it, as if nothing had failed."""
        with self._lock:
            self._failed = 0
            is_changed = self._become(State.CLOSED)
        if is_changed:
            self.notify(self)

    def _refuse(self) -> None:
        if self.state is State.HALF_OPEN:
            raise CircuitOpen(TRIAL_WAIT_SECONDS)
        if self.state is State.OPEN and (seconds := self._retry_at - self.clock()) > 0:
            raise CircuitOpen(seconds)

    def _admit(self) -> int:
        with self._lock:
            self._refuse()
            is_changed = self.state is State.OPEN and self._become(State.HALF_OPEN)
            generation = self._generation
        if is_changed:
            self.notify(self)
        return generation

    def _settle(self, generation: int, is_failure: bool | None) -> None:
        with self._lock:
            if generation != self._generation:
                return
            is_trial = self.state is State.HALF_OPEN
            is_changed = False
            if is_failure:
                self._failed += 1
                if is_trial or self._failed >= self.failures:
                    self._retry_at = self.clock() + self.rest_seconds
                    is_changed = self._become(State.OPEN)
            elif is_failure is not None:
                self._failed = 0
                is_changed = self._become(State.CLOSED)
            elif is_trial:  # nothing was learned: the next call tries
                self._retry_at = self.clock()
                is_changed = self._become(State.OPEN)
        if is_changed:
            self.notify(self)

    def _become(self, state: State) -> bool:
        if self.state is state:
            return False
        self.state = state
        self._generation += 1
        return True


# The breakers of this process by the name of their service.
BREAKERS: WeakValueDictionary[str, Breaker] = WeakValueDictionary()


def unavailable_services() -> list[str]:
    """The services that this process does not call at present, because they kept failing."""
    return sorted(name for name, breaker in list(BREAKERS.items()) if breaker.state is not State.CLOSED)
