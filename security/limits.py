"""Limits: how often a caller, or a network address, may ask (``x-rate-limits`` of the contract)."""

import time
from ipaddress import AddressValueError, IPv6Address
from math import ceil

from limits.errors import StorageError

from models.base.counters import MemoryStorage
from models.base.errors import Refusal, Unavailable


class RateLimited(Refusal):
    """Too many requests.

    Cause: more requests than `RateLimit-Policy` allows were made in its window.
    Fix: wait for `Retry-After`; watch `RateLimit` to stay below.
    Try: curl -i -H "Authorization: Bearer $TOKEN" $BASE/users/me
    """

    status = 429
    retryable = True


class Limits:
    """The limits of the contract in fixed windows, counted by a storage of the ``limits`` library.

    ``classes`` is ``x-rate-limits``; ``address_factor`` multiplies what network addresses may.
    """

    def __init__(self, storage, classes, address_factor=1):
        self.storage = storage
        self.is_local = isinstance(
            storage, MemoryStorage
        )  # of this process, which nothing has to be waited for
        self.items = {}
        for name, told in classes.items():
            amount = told["caller"] if "caller" in told else told["address"] * address_factor
            self.items[name] = Item(name, amount, told["seconds"])

    def hit(self, name, who):
        """Count a request of ``who``; the headers that tell what is left.  Refused, with them, when it is one too many."""
        item = self.items[name]
        key = f"{name}/{network(who)}"
        try:
            hits = self.storage.incr(key, item.seconds)
        except StorageError:
            raise Unavailable(
                "The store of the rate limits does not answer. Nothing was stored; try again."
            ) from None
        headers, wait = self._told(item, hits, key)
        if hits > item.amount:
            detail = f"{item.amount} requests in {item.seconds} seconds are allowed."
            raise RateLimited(detail, headers={**headers, "Retry-After": str(max(1, wait))})
        return headers

    def told(self, name, who):
        """The headers that tell what is left, without counting."""
        key = f"{name}/{network(who)}"
        return self._told(self.items[name], self.storage.get(key), key)[0]

    def _told(self, item, hits, key):
        end = self.storage.get_expiry(key) if hits else 0
        wait = max(0, min(item.seconds, ceil(end - time.time()))) if end else item.seconds
        left = max(0, item.amount - hits)
        return {"RateLimit-Policy": item.policy, "RateLimit": f'"{item.name}";r={left};t={wait}'}, wait


class Item:
    """One class of limits: ``amount`` requests in ``seconds``."""

    def __init__(self, name, amount, seconds):
        self.name, self.amount, self.seconds = name, amount, seconds
        self.policy = f'"{name}";q={amount};w={seconds}'


def network(address):
    """What counts as one address: of IPv6 the 64 bits of its network, which one household or server has whole."""
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address.partition("%")[0])
    except AddressValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"
