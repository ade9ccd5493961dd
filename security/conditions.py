"""Conditions: under which a power holds, whether some are as strict as others, and what is left of two."""

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from models.access.grants import Grant

Network = IPv4Network | IPv6Network
Networks = tuple[Network, ...]


class Conditions(NamedTuple):
    """The conditions under which a power holds: on one's own rows, while work goes on, from ``networks`` (any when empty),
    until ``ends`` (for ever when None)."""

    own_only: bool = False
    while_active: bool = False
    networks: Networks = ()
    ends: datetime | None = None

    @classmethod
    def of(cls, grant: "Grant | Mapping[str, Any]") -> Self:
        """The conditions of a stored grant, or of the fields of one."""
        fields: Mapping[str, Any] = grant if isinstance(grant, Mapping) else grant.__data__
        networks = tuple(
            ip_network(address_range, strict=False) for address_range in fields.get("address_ranges") or ()
        )
        return cls(
            bool(fields.get("own_only")),
            bool(fields.get("while_active")),
            networks,
            fields.get("expires_at"),
        )

    @property
    def fields(self) -> dict[str, Any]:
        """As the fields of a grant."""
        return {
            "own_only": self.own_only,
            "while_active": self.while_active,
            "address_ranges": [str(network) for network in self.networks],
            "expires_at": self.ends,
        }

    def is_within(self, limits: "Conditions") -> bool:
        """Whether they are as strict as ``limits``, each of them."""
        return all(
            is_as_strict(mine, theirs)
            for is_as_strict, mine, theirs in zip(STRICTER, self, limits, strict=True)
        )

    def narrowed(self, limits: "Conditions") -> "Conditions | None":
        """The conditions that are as strict as these and as ``limits``; None when no address is left."""
        networks = overlap(self.networks, limits.networks)
        if not networks and (self.networks or limits.networks):
            return None
        ends = min((end for end in (self.ends, limits.ends) if end is not None), default=None)
        own_only, while_active = self.own_only or limits.own_only, self.while_active or limits.while_active
        return Conditions(own_only, while_active, networks, ends)

    def strictness(self) -> tuple[bool, bool, bool, float]:
        """Sorts the loosest first."""
        ends = self.ends.timestamp() if self.ends else float("inf")
        return self.own_only, self.while_active, bool(self.networks), -ends


UNCONDITIONAL = Conditions()


def overlap(first: Networks, second: Networks) -> Networks:
    """The networks that lie in both; without networks, which means any address, those of the other.

    Empty when it takes more ranges than the longer of the two has, so that it is never longer than what the contract allows.
    """
    if not first or not second:
        return first or second
    common = {
        max(network, other, key=lambda either: either.prefixlen)
        for network in first
        for other in second
        if network.version == other.version and network.overlaps(other)
    }
    networks: list[Network] = [
        *collapse_addresses(network for network in common if isinstance(network, IPv4Network)),
        *collapse_addresses(network for network in common if isinstance(network, IPv6Network)),
    ]
    return tuple(networks) if len(networks) <= max(len(first), len(second)) else ()


def _lies_in(inner: Networks, outer: Networks) -> bool:
    if not outer:
        return True
    return bool(inner) and all(any(_is_part(network, other) for other in outer) for network in inner)


def _is_part(network: Network, whole: Network) -> bool:
    if isinstance(network, IPv4Network):
        return isinstance(whole, IPv4Network) and network.subnet_of(whole)
    return isinstance(whole, IPv6Network) and network.subnet_of(whole)


# Whether a condition is as strict as another, in the order of the fields of :class:`Conditions`.
STRICTER: tuple[Callable[[Any, Any], bool], ...] = (
    lambda mine, theirs: mine or not theirs,
    lambda mine, theirs: mine or not theirs,
    _lies_in,
    lambda mine, theirs: theirs is None or (mine is not None and mine <= theirs),
)
