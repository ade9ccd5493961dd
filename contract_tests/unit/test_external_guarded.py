"""Calls of addresses that people give: whatever they write, whatever the name means, and whatever answers."""

import itertools
import socket
from ipaddress import ip_network

import pytest

from contract_tests.support import certificates, peers
from contract_tests.support.peers import response
from handlers.gateways.external import guarded, sockets
from handlers.gateways.external.failures import NoAnswer
from handlers.gateways.external.guarded import Network
from handlers.gateways.external.services import Service
from models.base.public_addresses import AddressNotAllowed, AddressPolicy, Target, is_public

SECONDS = 0.5
PUBLIC = "93.184.215.14"
# Spellings of this machine, of what is behind the firewall, and of what clouds tell those who ask from inside.
SPELLINGS = [
    "127.0.0.1",
    "127.1",  # short
    "2130706433",  # decimal
    "0x7f000001",  # hexadecimal
    "0x7f.0.0.1",
    "0177.0.0.1",  # octal
    "127.0.0.1.",  # with the dot of the root
    "localhost",
    "LOCALHOST",
    "localhost.",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",  # mapped
    "[::FFFF:7F00:1]",
    "[::127.0.0.1]",  # compatible
    "[64:ff9b::127.0.0.1]",  # NAT64
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",  # 6to4
    "100.64.0.1",  # CGNAT
    "169.254.169.254",  # metadata
]
MORE_SPELLINGS = [
    "user@127.0.0.1",
    "93.184.215.14@127.0.0.1",
    "127.0.0.1#@93.184.215.14",
    "93.184.215.14\\@127.0.0.1",
    "127.0.0.1%00.example.com",
    "%31%32%37.0.0.1",
    "\uff11\uff12\uff17.0.0.1",  # full-width digits
    "\u2460\u2461\u2466.0.0.1",  # digits in circles
    "127\u30020\u30020\u30021",  # ideographic full stops
    "l\u00f3calhost",
    " 127.0.0.1",
    "127.0.0.1\t",
    "127.0.0.1\r\nHost: x",
    "[fe80::1%25lo]",
    "[::1%lo]",
    "[::ffff:0:127.0.0.1]",  # translated
    "[2001:0:7f00:1::]",  # Teredo
    "[fd00:ec2::254]",  # metadata by IPv6
    "[ff02::1]",  # multicast
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.192",  # Oracle's metadata, which Python 3.12 calls global
    "168.63.129.16",  # Azure's platform
    "intranet",
    "-a.example.com",
    "a..example.com",
    "",
]


@pytest.fixture
def listener():
    """Where every connection of the tests leads, whatever address it is for: nothing else is contacted."""
    with peers.listening(peers.script(response(200, b"secret"))) as peer:
        yield peer


def meaning(host):
    """The address that the system's functions read in a spelling; of a name, what it means to those inside."""
    host = host.strip("[]").rstrip(".").lower()
    if ":" in host:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host))
    return {"localhost": "127.0.0.1"}.get(host) or socket.inet_ntoa(socket.inet_aton(host))


def network(peer, addresses=None, rules=AddressPolicy()):
    """Names mean ``addresses``, or what they look like; each connection leads to the peer, whatever it is for."""
    return Network(
        rules,
        lambda host, port, seconds: [meaning(host)] if addresses is None else addresses,
        lambda address, port, seconds: sockets.connect("127.0.0.1", peer.port, seconds),
    )


def call(url, network, seconds=SECONDS, **options):
    service = Service("people", has_breaker=False, attempts=1)
    return guarded.call(service, "GET", url, seconds=seconds, network=network, **options)


class Everything(AddressPolicy):
    """The planted fault: rules that allow all that can be read."""

    def permits(self, address):
        return True

    def target(self, url):
        return Target("http", "control.example.com", 80, "/")


def test_there_are_as_many_spellings_as_are_known():
    assert len(set(SPELLINGS)) == 22


@pytest.mark.parametrize("host", SPELLINGS + MORE_SPELLINGS, ids=ascii)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_reaches_a_forbidden_address(scheme, host, listener):
    with pytest.raises(AddressNotAllowed):
        call(f"{scheme}://{host}/", network(listener))
    assert listener.count == 0


@pytest.mark.parametrize("host", SPELLINGS)
def test_without_the_rules_each_spelling_would_reach_it(host, listener):
    """The control: the table fails when nothing is forbidden."""
    everything = network(listener, [meaning(host)], rules=Everything())
    assert call(f"https://{host}/", everything).content == b"secret"
    assert listener.count == 1


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_name_that_means_a_forbidden_address_is_not_called(host, listener):
    address = meaning(host)
    for addresses in ([address], [PUBLIC, address], [address, PUBLIC], []):
        with pytest.raises(AddressNotAllowed):
            call("https://hooks.example.com/", network(listener, addresses))
    assert listener.count == 0


def test_a_name_is_looked_up_once_and_the_address_that_was_checked_is_connected_to(listener):
    answers, connected = itertools.chain([[PUBLIC]], itertools.repeat(["127.0.0.1"])), []

    def connect(address, port, seconds):
        connected.append(address)
        raise ConnectionRefusedError

    rebinding = Network(AddressPolicy(), lambda host, port, seconds: next(answers), connect)
    with pytest.raises(NoAnswer):
        call("https://hooks.example.com/", rebinding)
    assert connected == [PUBLIC]


def test_a_name_is_checked_again_at_every_attempt(listener):
    answers, connected = iter([[PUBLIC], [PUBLIC], ["127.0.0.1"]]), []

    def connect(address, port, seconds):
        connected.append(address)
        raise ConnectionRefusedError

    service = Service("people", has_breaker=False, attempts=5)
    rebinding = Network(AddressPolicy(), lambda host, port, seconds: next(answers), connect)
    with pytest.raises(AddressNotAllowed):
        guarded.call(service, "POST", "https://hooks.example.com/", seconds=30, network=rebinding)
    assert connected == [PUBLIC, PUBLIC]


@pytest.mark.parametrize("port", [22, 25, 80, 5432, 6379, 8080, 65_536, 99_999])
def test_ports_are_those_of_the_settings(port, listener):
    with pytest.raises(AddressNotAllowed):
        call(f"https://hooks.example.com:{port}/", network(listener, [PUBLIC]))
    assert listener.count == 0


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "//x.y/"]
)
def test_without_tls_nothing_is_called(url, listener):
    with pytest.raises(AddressNotAllowed):
        call(url, network(listener, [PUBLIC]))
    assert listener.count == 0


def test_a_public_address_is_connected_to_and_named_in_the_handshake(listener):
    """It is no TLS that answers; the connection is what is looked at."""
    with pytest.raises(NoAnswer):
        call("https://Hooks.Example.com:443/a?b=[1]", network(listener, [PUBLIC, "2606:2800:21f:cb07::1"]))
    assert listener.count == 1


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "8.8.8.8", "1.1.1.1", "2606:2800:21f:cb07::1", "2a00:1450:4001::1", "192.0.1.1"],
)
def test_public_addresses_are_public(address):
    assert is_public(address)


# What microsoft-antissrf 1.0.0 denies, which was written by others from the same registries.
DENIED_BY_OTHERS = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12
192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64
100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10
ff00::/8"""


@pytest.mark.parametrize("denied", DENIED_BY_OTHERS.split())
def test_what_others_deny_is_not_public_from_the_first_to_the_last_address(denied):
    network = ip_network(denied)
    for address in (network[0], network[network.num_addresses // 2], network[-1]):
        assert not is_public(str(address))


def test_networks_of_the_operator_are_denied_too():
    rules = AddressPolicy(denied=(ip_network("93.184.215.0/24"),))
    assert not rules.permits(PUBLIC) and rules.permits("93.184.216.1")


def test_tls_is_checked_by_the_name_although_the_address_is_connected_to(tmp_path):
    """The certificate of the name is trusted and no other; the server is told which name is meant."""
    names, context = [], certificates.server_context("hooks.example.com", tmp_path)
    context.sni_callback = lambda connection, name, context: names.append(name)

    def act(connection):
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(65_536)
            encrypted.sendall(response(200, b"well"))

    trusting = certificates.client_context("hooks.example.com", tmp_path)
    with peers.listening(act) as peer:
        rules = AddressPolicy()
        secure = network(peer, [PUBLIC], rules)._replace(context=trusting)
        assert call("https://hooks.example.com/", secure).content == b"well"
        for refused in (secure._replace(context=None), secure):
            with pytest.raises(NoAnswer):
                call("https://other.example.com/", refused)
    assert names == ["hooks.example.com", "other.example.com", "other.example.com"]
