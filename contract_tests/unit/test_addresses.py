"""Network addresses: one spelling of each, whatever a proxy adds."""

from types import SimpleNamespace

import pytest

from handlers.http.addresses import is_proxy, normalized, of_client
from security.limits import network

PRIVATE = "127.0.0.0/8 ::1 10.0.0.0/8"
SAME = [
    "10.1.1.1",
    " 10.1.1.1\t",
    "10.1.1.1:443",
    "[::ffff:10.1.1.1]:80",
    "::ffff:10.1.1.1",
    '"[::ffff:a01:101]:9"',
]


@pytest.mark.parametrize("text", SAME)
def test_an_address_has_one_spelling(text):
    assert normalized(text) == "10.1.1.1"


@pytest.mark.parametrize(
    "text",
    ["2001:db8::1", "[2001:db8::1]", "[2001:DB8:0::1]:443", "2001:0db8:0:0:0:0:0:1", "2001:db8::1%eth0"],
)
def test_an_address_of_ipv6_has_one_spelling_and_counts_with_its_network(text):
    assert normalized(text) == "2001:db8::1"
    assert network(normalized(text)) == "2001:db8::/64"


@pytest.mark.parametrize(
    "text", ["", "unknown", "_hidden", "10.1.1", "10.1.1.1.1", "localhost", "[", ":80", "a" * 9_000, "\xb2"]
)
def test_what_is_no_address_is_none(text):
    assert normalized(text) is None


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, b"10.9.9.9", "10.0.0.7"),
        (1, None, "10.0.0.7"),
        (1, b"1.1.1.1, 10.9.9.9:4711", "10.9.9.9"),
        (2, b"1.1.1.1, [2001:db8::9]:80, 10.0.0.8", "2001:db8::9"),
        (2, b"10.9.9.9", "10.9.9.9"),
        (1, b"10.9.9.9, unknown", "10.0.0.7"),
        (1, b"10.9.9.9,", "10.0.0.7"),
    ],
)
def test_what_trusted_proxies_tell_is_believed_when_it_is_an_address(proxies, forwarded, address):
    settings = SimpleNamespace(proxies=proxies, proxy_addresses=PRIVATE)
    headers = {} if forwarded is None else {b"x-forwarded-for": forwarded}
    assert of_client({"client": ("::ffff:10.0.0.7", 1)}, headers, settings) == address


def test_who_is_not_connected_by_network_is_local():
    settings = SimpleNamespace(proxies=1, proxy_addresses=PRIVATE)
    assert of_client({"client": None}, {}, settings) == "local"


@pytest.mark.parametrize("peer", ["192.0.2.9", "2001:db8::9", "11.0.0.1"])
def test_who_is_no_proxy_forwards_nothing(peer):
    """Neither addresses nor certificates: whoever reaches the port could tell of anybody."""
    settings = SimpleNamespace(proxies=1, proxy_addresses=PRIVATE, client_cert_header="client-cert")
    headers = {b"x-forwarded-for": b"10.9.9.9"}
    assert of_client({"client": (peer, 1)}, headers, settings) == peer
    assert not is_proxy((peer, 1), settings)


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "10.200.0.1", "::ffff:10.0.0.1"])
def test_a_proxy_is_known_by_its_network(peer):
    assert is_proxy((peer, 1), SimpleNamespace(proxies=1, proxy_addresses=PRIVATE))
    assert not is_proxy((peer, 1), SimpleNamespace(proxies=0, proxy_addresses=PRIVATE))
