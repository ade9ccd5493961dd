"""Addresses that people give us to call: which URLs, and which network addresses, they may lead to."""

import re
from collections.abc import Iterable
from functools import cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from models.base.settings import is_loopback, settings

Network = IPv4Network | IPv6Network
DEFAULT_PORTS = {"https": 443, "http": 80}
MAX_URL_CHARACTERS, MAX_NAME_CHARACTERS = 2000, 253
# One reading: ASCII, no user, no fragment, no zone, and in the rest only what RFC 3986 has.
URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Z0-9.-]+|\[[0-9A-F:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:[/?](?:[A-Z0-9._~:/?@!$&'()*+,;=\[\]-]|%[0-9A-F]{2})*)?)",
    re.ASCII | re.IGNORECASE,
)
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)

# IANA's registries of special-purpose addresses, and what clouds have beside them.  The lists are our own: `is_global` of
# Python 3.11 and 3.12 is true for 192.0.0.192, 64:ff9b:1::/48, and 2002::/16.
DENIED_IPV4 = [ip_network(network) for network in (
    "0.0.0.0/8",  # this network
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # private use
    "100.64.0.0/10",  # shared address space (CGNAT), with Alibaba's metadata
    "127.0.0.0/8",  # loopback
    "168.63.129.16/32",  # Azure's platform
    "169.254.0.0/16",  # link-local, with the metadata of most clouds
    "192.0.0.0/24",  # protocol assignments, with Oracle's metadata
    "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
    "192.31.196.0/24", "192.175.48.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays
    "198.18.0.0/15",  # benchmarks
    "224.0.0.0/4", "240.0.0.0/4",  # multicast, reserved, broadcast
)]  # fmt: skip
UNICAST_IPV6 = IPv6Network(
    "2000::/3"
)  # nothing else is public: neither mapped, translated, local, nor multicast ones
DENIED_IPV6 = [ip_network(network) for network in (
    "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks, AMT, AS112
    "2001:db8::/32", "3fff::/20",  # documentation
    "2002::/16",  # 6to4
    "2620:4f:8000::/48",  # AS112
)]  # fmt: skip


class AddressNotAllowed(ValueError):
    """An address that is not called, with the rule that forbids it.  A noun refuses it under this ``code``."""

    code = "address_not_allowed"


class Target(NamedTuple):
    """What a URL means.  ``host`` is a name in lower case, or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_address(self) -> bool:
        """Whether the host is a network address in place of a name."""
        return ":" in self.host or self.host.rpartition(".")[2].isdigit()


class AddressPolicy(NamedTuple):
    """``allows_loopback`` is for demonstrations and tests: this machine, on any port, also without TLS."""

    ports: frozenset[int] = frozenset({443})
    denied: tuple[Network, ...] = ()
    allows_loopback: bool = False

    def target(self, url: str) -> Target:
        """The target of a URL as it is written; no name is looked up, so that a noun may ask at any time."""
        match = URL.fullmatch(url) if len(url) <= MAX_URL_CHARACTERS else None
        if match is None:
            raise AddressNotAllowed(
                "Write an absolute URL in ASCII, without a user, a password, or a fragment."
            )
        scheme, host = match["scheme"].lower(), _host(match["host"].lower())
        port, rest = int(match["port"] or DEFAULT_PORTS[scheme]), match["target"]
        target = Target(scheme, host, port, rest if rest.startswith("/") else f"/{rest}")
        if self.allows_loopback and is_loopback(host):
            return target
        if scheme != "https":
            raise AddressNotAllowed("The URL must begin with https://.")
        if port not in self.ports:
            raise AddressNotAllowed(f"Port {port} is not allowed.")
        if host == "localhost" or (target.is_address and not self.permits(host)):
            raise AddressNotAllowed("The address is not public.")
        return target

    def permits(self, address: str) -> bool:
        """Whether an IP address may be connected to."""
        return is_public(address, self.denied) or (self.allows_loopback and is_loopback(address))


def _host(written: str) -> str:
    """A name of at least two labels, or an address in the usual notation."""
    host = written.strip("[]").removesuffix(".")
    try:
        return str(ip_address(host))
    except ValueError:
        labels = host.split(".")
    is_name = len(host) <= MAX_NAME_CHARACTERS and all(LABEL.fullmatch(label) for label in labels)
    if not is_name or NUMBER.fullmatch(labels[-1]) or (len(labels) < 2 and host != "localhost"):
        raise AddressNotAllowed("The host must be a public domain name.")
    return host


def is_public(address: str, denied: Iterable[Network] = ()) -> bool:
    """Whether an IP address is one of the public internet, and not in the ``denied`` networks."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and (parsed.scope_id or parsed not in UNICAST_IPV6):
        return False
    special = DENIED_IPV4 if parsed.version == 4 else DENIED_IPV6
    return not any(parsed in network for network in (*special, *denied))


@cache
def policy() -> AddressPolicy:
    """The policy of the settings."""
    return AddressPolicy(
        frozenset(int(port) for port in settings().external_ports.split()),
        tuple(ip_network(network) for network in settings().external_denied_networks.split()),
        settings().external_loopback,
    )
