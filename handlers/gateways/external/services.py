"""External services: each is called through one object, which decides whether it is called now, and watches what comes of it."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import cast

from limits import RateLimitItem, parse
from limits.strategies import FixedWindowRateLimiter

from handlers.gateways.external import watch
from handlers.gateways.external.deadlines import Deadline
from handlers.gateways.external.failures import ANSWERED, FAULT, Busy, NoAnswer, RateLimited, Resting
from models.base.breakers import BREAKERS, Breaker, CircuitOpen
from models.base.counters import MemoryStorage
from models.base.settings import settings


class Service:
    """A service by its ``name``, which is that in metrics and settings: of as many as the code declares.

    ``at_once`` calls may run, further ones wait ``wait_seconds`` for one to end; ``attempts`` is how often a call that may be
    repeated is made.  ``is_trusted``: it is ours, and is told the trace.  ``has_breaker`` is False where addresses are those of
    people: one whose server fails must not keep others from theirs.
    """

    def __init__(
        self,
        name: str,
        *,
        at_once: int = 4,
        wait_seconds: float = 1.0,
        attempts: int = 3,
        is_trusted: bool = False,
        has_breaker: bool = True,
        rate: RateLimitItem | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.attempts, self.is_trusted = name, attempts, is_trusted
        self.at_once, self.wait_seconds = at_once, wait_seconds
        self.has_breaker, self.clock = has_breaker, clock
        self._making, self._breaker = threading.Lock(), cast(Breaker | None, None)
        self._places = threading.BoundedSemaphore(at_once)
        self._rate = rate
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    @property
    def breaker(self) -> Breaker:
        """The one breaker of the service, made with its first call: settings are not read while modules are imported."""
        with self._making:
            if self._breaker is None:
                self._breaker = BREAKERS[self.name] = Breaker(
                    self.name,
                    failures=settings().external_failures,
                    rest_seconds=settings().external_rest_seconds,
                    clock=self.clock,
                    notify=watch.breaker_changed,
                )
                watch.STATE.labels(self.name).set(0)
            return self._breaker

    @cached_property
    def rate(self) -> RateLimitItem | None:
        """The most calls of this process, as the service declares it, or as the settings do."""
        rates = dict(entry.split("=", 1) for entry in settings().external_rates.split())
        return parse(rates[self.name]) if self.name in rates else self._rate

    @contextlib.contextmanager
    def attempt(self, deadline: Deadline, host: str | None = None) -> Iterator[None]:
        """One call: with a place, within the rate, and unless the breaker is open.  What becomes of it is counted and logged.

        The breaker is looked at first, so that nobody waits for a service that is not called.
        """
        begun, outcome, cause = self.clock(), ANSWERED, None
        try:
            with watch.span(self.name, host), self._unless_resting(), self._occupied(deadline), self._call():
                yield
        except NoAnswer as error:
            outcome, cause = error.outcome, str(error)
            raise
        except BaseException:
            outcome = FAULT
            raise
        finally:
            watch.observe(self.name, outcome, self.clock() - begun, host, cause)

    @contextlib.contextmanager
    def _unless_resting(self) -> Iterator[None]:
        try:
            if self.has_breaker:
                self.breaker.check()
            yield
        except CircuitOpen as error:
            raise Resting(f"{self.name} keeps failing: {error}", error.seconds) from None

    @contextlib.contextmanager
    def _occupied(self, deadline: Deadline) -> Iterator[None]:
        if not self._places.acquire(timeout=deadline.at_most(self.wait_seconds)):
            raise Busy(f"{self.at_once} calls of {self.name} wait for an answer already", self.wait_seconds)
        try:
            yield
        finally:
            self._places.release()

    @contextlib.contextmanager
    def _call(self) -> Iterator[None]:
        with self.breaker.call(_is_failure) if self.has_breaker else contextlib.nullcontext():
            if self.rate and not self._limiter.hit(self.rate, self.name):
                reset_at = self._limiter.get_window_stats(self.rate, self.name).reset_time
                raise RateLimited(f"{self.name} was called {self.rate}", max(0.0, reset_at - time.time()))
            yield


def _is_failure(error: BaseException) -> bool | None:
    """What an exception says of the service: one that the base does not know is our own fault, and says nothing."""
    return error.is_failure if isinstance(error, NoAnswer) else None
