"""Network addresses, as connections and the proxies in front tell them, in one spelling."""

from functools import lru_cache
from ipaddress import ip_address


@lru_cache(10_000)
def normalized(text):
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
