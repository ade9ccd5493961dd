"""Conditions: under which a power holds, whether some are as strict as others, and what is left of two."""

from datetime import datetime
from ipaddress import collapse_addresses, ip_network
from typing import NamedTuple


class Conditions(NamedTuple):
    """Under which conditions a power holds."""

    own_only: bool = False
    while_active: bool = False
    networks: tuple = ()
    ends: datetime | None = None

    @classmethod
    def of(cls, grant):
        """The conditions of a stored grant, or of the fields of one."""
        fields = grant if isinstance(grant, dict) else grant.__data__
        networks = tuple(ip_network(one, strict=False) for one in fields.get("address_ranges") or ())
        return cls(
            bool(fields.get("own_only")),
            bool(fields.get("while_active")),
            networks,
            fields.get("expires_at"),
        )

    @property
    def fields(self):
        """As the fields of a grant."""
        return {
            "own_only": self.own_only,
            "while_active": self.while_active,
            "address_ranges": [str(one) for one in self.networks],
            "expires_at": self.ends,
        }

    def is_within(self, limits):
        """Whether they are as strict as ``limits``, each of them."""
        return all(
            is_as_strict(mine, theirs)
            for is_as_strict, mine, theirs in zip(STRICTER, self, limits, strict=True)
        )

    def narrowed(self, limits):
        """The conditions that are as strict as these and as ``limits``; None when no address is left."""
        networks = overlap(self.networks, limits.networks)
        if not networks and (self.networks or limits.networks):
            return None
        ends = min((one for one in (self.ends, limits.ends) if one is not None), default=None)
        own_only, while_active = self.own_only or limits.own_only, self.while_active or limits.while_active
        return Conditions(own_only, while_active, networks, ends)

    def strictness(self):
        """Sorts the loosest first."""
        ends = self.ends.timestamp() if self.ends else float("inf")
        return self.own_only, self.while_active, bool(self.networks), -ends


UNCONDITIONAL = Conditions()


def overlap(first, second):
    """The networks that lie in both; of no networks, which are all addresses, the others.  Empty when it takes more ranges
    than the longer of the two has, so that it is never longer than what the contract allows."""
    if not first or not second:
        return first or second
    pairs = [(one, other) for one in first for other in second if one.version == other.version]
    common = {max(one, other, key=lambda each: each.prefixlen) for one, other in pairs if one.overlaps(other)}
    found = [
        network
        for version in (4, 6)
        for network in collapse_addresses(one for one in common if one.version == version)
    ]
    return tuple(found) if len(found) <= max(len(first), len(second)) else ()


def _lies_in(inner, outer):
    if not outer:
        return True
    return bool(inner) and all(
        any(one.version == other.version and one.subnet_of(other) for other in outer) for one in inner
    )


# Whether a condition is as strict as another, in the order of the fields of :class:`Conditions`.
STRICTER = (
    lambda mine, theirs: mine or not theirs,
    lambda mine, theirs: mine or not theirs,
    _lies_in,
    lambda mine, theirs: theirs is None or (mine is not None and mine <= theirs),
)
