"""Budgets: the memory of bodies that are being received or answered, and connections, in all and from one network address.

What is counted here is counted before anybody has said who they are.
"""

from collections import defaultdict
from typing import Any

from models.base.errors import Unavailable

# The first bytes of each body are not counted, so that ordinary requests are answered while large ones have no room.
FREE_BYTES = 4_096


class BodyBudget:
    """``total`` and ``per_address`` are bytes, of all bodies together and of those of one network address."""

    def __init__(self, total: int, per_address: int) -> None:
        self.total, self.per_address = total, per_address
        self.used = 0
        self.used_by: defaultdict[str, int] = defaultdict(int)

    def reserve(self, address: str) -> "BodyReservation":
        return BodyReservation(self, address)


class BodyReservation:
    """The bytes reserved for one body, as a context manager that releases them."""

    def __init__(self, budget: BodyBudget, address: str) -> None:
        self.budget, self.address = budget, address
        self.received = self.counted = 0

    def take(self, size: int) -> None:
        """Count ``size`` more bytes.  Refused, with the connection closed, when there is no room for them."""
        self.received += size
        more = max(0, self.received - FREE_BYTES) - self.counted
        if not more:
            return
        budget, address = self.budget, self.address
        if budget.used + more > budget.total or budget.used_by[address] + more > budget.per_address:
            raise Unavailable(
                "Too many large requests are being received. Nothing was saved; try again.",
                headers={"Retry-After": "1", "Connection": "close"},
            )
        self.counted += more
        budget.used += more
        budget.used_by[address] += more

    def __enter__(self) -> "BodyReservation":
        return self

    def __exit__(self, *_: Any) -> None:
        if not self.counted:
            return
        budget, address = self.budget, self.address
        budget.used -= self.counted
        budget.used_by[address] -= self.counted
        if not budget.used_by[address]:
            del budget.used_by[address]


class Connections:
    """Open connections of this process: ``total`` in all, ``per_address`` from one network address; None is no bound."""

    def __init__(self, total: int, per_address: int | None) -> None:
        self.total, self.per_address = total, per_address
        self.open = 0
        self.open_by: defaultdict[str, int] = defaultdict(int)

    def enter(self, address: str) -> bool:
        """Count a connection that was made; whether it may stay.  One that may not is not counted."""
        is_crowded = self.per_address is not None and self.open_by.get(address, 0) >= self.per_address
        if self.open >= self.total or is_crowded:
            return False
        self.open += 1
        self.open_by[address] += 1
        return True

    def leave(self, address: str) -> None:
        self.open -= 1
        self.open_by[address] -= 1
        if not self.open_by[address]:
            del self.open_by[address]
