"""Ranges of network addresses in canonical form."""

import re
from ipaddress import ip_network

MAPPED_BITS = 96  # before an IPv4 address that is written as an IPv6 address
RANGE = re.compile(r"[0-9A-Fa-f:.]+/(0|[1-9][0-9]{0,2})", re.ASCII)


def is_network(text: str) -> bool:
    """Whether the text is an IPv4 range (RFC 4632) or an IPv6 range in any spelling of RFC 4291, with its prefix length."""
    try:
        return RANGE.fullmatch(text) is not None and bool(ip_network(text, strict=False))
    except ValueError:
        return False


def canonical_network(text: str) -> str:
    """The range as RFC 4632 and RFC 5952 write it, without the bits beyond its prefix.

    IPv4-mapped IPv6 ranges become IPv4 ranges, as the addresses of callers do that are compared with them.
    """
    network = ip_network(text, strict=False)
    mapped = network.version == 6 and network.network_address.ipv4_mapped
    if mapped and network.prefixlen >= MAPPED_BITS:
        network = ip_network((mapped, network.prefixlen - MAPPED_BITS))
    return str(network)
