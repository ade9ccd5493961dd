"""Limits: how often a caller, or a network address, may ask (``x-rate-limits`` of the contract)."""

import time
from collections.abc import Mapping
from ipaddress import AddressValueError, IPv6Address
from math import ceil
from typing import TYPE_CHECKING, Any

from limits import RateLimitItemPerSecond
from limits.errors import StorageError

from models.base.counters import MemoryStorage
from models.base.errors import Refusal, Unavailable

if TYPE_CHECKING:
    from flask_limiter import Limiter


class RateLimited(Refusal):
    """Too many requests.

    Cause: The number of requests exceeds `RateLimit-Policy`.
    Fix: Wait for `Retry-After`. Monitor `RateLimit` to stay below the limit.
    Try: No single request produces it: send more requests than `RateLimit-Policy` allows in its window.
    """

    status = 429
    retryable = True


class Limits:
    """The limits of the contract in fixed windows, counted by flask-limiter.

    ``classes`` is ``x-rate-limits``; ``address_factor`` multiplies what network addresses may.
    """

    def __init__(
        self, limiter: "Limiter", classes: Mapping[str, Mapping[str, Any]], address_factor: int = 1
    ) -> None:
        self.limiter, self.storage = limiter.limiter, limiter.storage
        # of this process, which nothing has to be waited for
        self.is_local = isinstance(self.storage, MemoryStorage)
        self.rates = {}
        for name, rate in classes.items():
            amount = rate["caller"] if "caller" in rate else rate["address"] * address_factor
            self.rates[name] = Rate(name, amount, rate["seconds"])

    def hit(self, name: str, who: str) -> dict[str, str]:
        """Count a request of ``who``; the headers that say what is left.  Refused, with them, when it is one too many."""
        rate, key = self.rates[name], network(who)
        try:
            is_allowed = self.limiter.hit(rate, key)
            headers, wait = self._headers(rate, key)
        except StorageError:
            raise Unavailable(
                "The rate limit storage does not respond. Nothing was saved; try again."
            ) from None
        if not is_allowed:
            detail = f"The limit is {rate.amount} requests in {rate.multiples} seconds."
            raise RateLimited(detail, headers={**headers, "Retry-After": str(max(1, wait))})
        return headers

    def headers(self, name: str, who: str) -> dict[str, str]:
        """The headers that say what is left, without counting; of a window that nobody has used when they cannot be known."""
        rate = self.rates[name]
        try:
            return self._headers(rate, network(who))[0]
        except StorageError:
            return rate.headers(rate.amount, rate.multiples)

    def _headers(self, rate: "Rate", key: str) -> tuple[dict[str, str], int]:
        """The headers, and the seconds until the window ends."""
        end, remaining = self.limiter.get_window_stats(rate, key)
        if remaining == rate.amount:  # nothing was counted in the window
            end = time.time() + rate.multiples
        wait = max(0, min(rate.multiples, ceil(end - time.time())))
        return rate.headers(remaining, wait), wait


class Rate(RateLimitItemPerSecond):
    """A class of limits in words of the library: ``amount`` requests in ``multiples`` seconds, counted under its name."""

    __slots__ = ("policy",)

    def __init__(self, name: str, amount: int, seconds: int) -> None:
        super().__init__(amount, seconds, name)
        self.policy = f'"{name}";q={amount};w={seconds}'

    def key_for(self, *identifiers: bytes | str | int | float) -> str:
        """The key of a caller, which does not depend on the amount: that may be changed while a window is open."""
        return f"{self.namespace}/{identifiers[0]!s}"

    def headers(self, remaining: int, wait: int) -> dict[str, str]:
        """The headers of draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it for how long."""
        return {
            "RateLimit-Policy": self.policy,
            "RateLimit": f'"{self.namespace}";r={remaining};t={wait}',
        }


def network(address: str) -> str:
    """What counts as one address: of IPv6 the 64 bits of its network, which one household or server has whole."""
    if ":" not in address:
        return address
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
