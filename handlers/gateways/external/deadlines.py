"""A time in which all is over, whatever the other side does."""

import time
from collections.abc import Callable


class Deadline:
    """``seconds`` from now; ``clock`` counts them."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self._clock = seconds, clock
        self._end = clock() + seconds

    def left(self) -> float:
        """The seconds that are left; :class:`TimeoutError` when there are none."""
        seconds = self._end - self._clock()
        if seconds <= 0:
            raise TimeoutError(f"took longer than {self.seconds:g} seconds")
        return seconds

    def has(self, seconds: float) -> bool:
        """Whether more than so many seconds are left."""
        return self._end - self._clock() > seconds

    def at_most(self, seconds: float) -> float:
        """So many seconds, or those that are left."""
        return max(0.0, min(seconds, self._end - self._clock()))
