"""Network addresses, as connections and the proxies in front tell them, in one spelling."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from starlette.types import Scope

from models.base.settings import Settings


@lru_cache(10_000)
def normalized(text: str) -> str | None:
    """An address without port, brackets and zone; one of IPv4 inside IPv6 as IPv4.  None when it is none.

    ``X-Forwarded-For`` has no grammar of its own: proxies write ``192.0.2.1``, ``192.0.2.1:80``, ``2001:db8::1``,
    ``[2001:db8::1]:80`` or ``unknown`` (as RFC 7239 §6 does).
    """
    text = text.strip(' \t"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_proxy(client: tuple[str, int] | None, settings: Settings) -> bool:
    """Whether the peer of a connection, ``(address, port)``, is one of the proxies in front, which tell of their clients.

    A socket of this machine, which has no address, is one when there are any.
    """
    return settings.proxies > 0 and (
        not client or _is_in(normalized(client[0]) or "", settings.proxy_addresses)
    )


@lru_cache(10_000)
def _is_in(address: str, networks: str) -> bool:
    try:
        return any(ip_address(address) in ip_network(network) for network in networks.split())
    except ValueError:
        return True  # no network address: a socket of this machine


def of_client(scope: Scope, headers: dict[bytes, bytes], settings: Settings) -> str:
    """The client's network address; what trusted proxies say of it (the last ones of X-Forwarded-For) is believed."""
    peer = scope["client"][0] if scope.get("client") else "local"
    if is_proxy(scope.get("client"), settings):
        hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        forwarded = normalized(hops[-min(settings.proxies, len(hops))])
        if forwarded:
            return forwarded
    return normalized(peer) or peer
