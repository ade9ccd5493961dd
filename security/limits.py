"""Limits: how often a caller, or a network address, may ask (``x-rate-limits`` of the contract), by flask-limiter."""
import time

from limits import RateLimitItemPerSecond

from models.base.errors import Refusal


class RateLimited(Refusal):
    """Too many requests.

    Cause: more requests than `RateLimit-Policy` allows were made in its window.
    Fix: wait for `Retry-After`; watch `RateLimit` to stay below.
    Try: curl -i -H "Authorization: Bearer $TOKEN" $BASE/users/me
    """

    status = 429
    retryable = True


class Limits:
    """The limits of the contract, counted by one strategy of the ``limits`` library.

    ``classes`` is ``x-rate-limits``; ``address_factor`` multiplies what network addresses may.
    """

    def __init__(self, strategy, classes, address_factor=1):
        self.strategy = strategy
        self.items = {}
        for name, told in classes.items():
            amount = told["caller"] if "caller" in told else told["address"] * address_factor
            item = RateLimitItemPerSecond(amount, told["seconds"], namespace=name)
            self.items[name] = item, f'"{name}";q={amount};w={told["seconds"]}'

    def hit(self, name, who):
        """Count a request of ``who``; the headers that tell what is left.  Refused, with them, when it is one too many."""
        item, _ = self.items[name]
        allowed = self.strategy.hit(item, who)
        headers, wait = self._told(name, who)
        if not allowed:
            detail = f"{item.amount} requests in {item.get_expiry()} seconds are allowed."
            raise RateLimited(detail, headers={**headers, "Retry-After": str(max(1, wait))})
        return headers

    def told(self, name, who):
        """The headers that tell what is left, without counting."""
        return self._told(name, who)[0]

    def _told(self, name, who):
        item, policy = self.items[name]
        reset, remaining = self.strategy.get_window_stats(item, who)
        wait = max(0, min(item.get_expiry(), round(reset - time.time())))
        return {"RateLimit-Policy": policy, "RateLimit": f'"{name}";r={max(0, remaining)};t={wait}'}, wait
