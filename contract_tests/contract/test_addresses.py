"""Every address that is served stands in the contract, with the methods that the contract gives it and no others."""

import itertools

import pytest

from contract_tests.support.clients import refused
from contract_tests.support.operations import BASE, CONTRACT, OPERATIONS
from contract_tests.support.world_oauth import A_COOKIE

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "LINK")
NOT_IMPLEMENTED = ("FROBNICATE", "BREW")  # what no registry knows: 501 (RFC 9110 §9.1)
# By address of the host: the operations there.
ADDRESSES = {}
for _operation in OPERATIONS:
    for _address in filter(None, (BASE + _operation.path, _operation.also_at)):
        ADDRESSES.setdefault(_address, []).append(_operation)
UNWRITTEN = (
    *("/admin", "/debug", "/metrics", "/static/app.js", "/ui/", "/api", "/.env", "/server-status"),
    *("/api/v2/tasks", "/API/V1/tasks", "/api/v1/ui/", "/api/v1/swagger.json", "/api/v1/users/me/"),
    *("/api/v1/tasks/../users/me", "/api/v1//tasks", "/api/v1/organizations//members", "/api/v1/tasks;a=1"),
    *("/api/v1/tasks%2f", "/api/v1/%00", "/api/v1/%ff"),
)


def allowed(operations):
    """What ``Allow`` has to name."""
    methods = {operation.method for operation in operations} | {"OPTIONS"}
    return methods | {"HEAD"} if "GET" in methods else methods


def named(answer):
    return set(answer.headers["Allow"].split(", "))


def filled(address, world):
    """The address with an id of the owner's in each place."""
    request = world.request(ADDRESSES[address][0])
    ids = dict(zip(ADDRESSES[address][0].path.split("/"), request.path.split("/"), strict=True))
    return world.live.host_url + "/".join(
        ids.get(step, step) if step.startswith("{") else step for step in address.split("/")
    )


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_has_the_methods_of_the_contract_and_no_others(address, world):
    url, expected = filled(address, world), allowed(ADDRESSES[address])
    for method in set(METHODS) - expected:
        answer = world.own.client.request(method, url)
        assert answer.status_code == 405, f"{method} {address}"
        assert method == "HEAD" or answer.json()["code"] == "method_not_allowed"
        assert named(answer) == expected


@pytest.mark.parametrize("method", NOT_IMPLEMENTED)
def test_a_method_that_no_address_has_is_not_implemented(method, world):
    for address in ADDRESSES:
        answer = world.own.client.request(method, filled(address, world))
        assert refused(answer) == (501, "method_not_implemented")


@pytest.mark.parametrize("address", ADDRESSES)
def test_options_names_the_methods_of_an_address(address, world):
    answer = world.nobody.request("OPTIONS", filled(address, world))
    assert (answer.status_code, answer.content, named(answer)) == (204, b"", allowed(ADDRESSES[address]))


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address.rstrip("/") != BASE])
def test_a_trailing_slash_is_another_address(address, world):
    assert refused(world.own.client.get(filled(address, world) + "/")) == (404, "not_found")


@pytest.mark.parametrize("address", UNWRITTEN)
def test_nothing_answers_where_the_contract_has_nothing(address, world):
    answer = world.own.client.get(f"{world.live.host_url}/nowhere", extensions={"target": address.encode()})
    assert refused(answer) == (404, "not_found")


def served(tree, trail=()):
    """``(address, method)`` of all that the server's routes lead to."""
    for segment, below in tree.items():
        if segment is None:
            yield from (("/" + "/".join(trail), method) for method in below)
        else:
            yield from served(below, (*trail, segment))


def anonymous(address):
    return "/".join("{}" if step.startswith("{") else step for step in address.split("/"))


def test_each_route_of_the_server_is_in_the_contract(live):
    written = {
        (anonymous(address), operation.method)
        for address, operations in ADDRESSES.items()
        for operation in operations
    }
    assert set(served(live.edge.compiled.routes.tree)) == written


@pytest.mark.parametrize(
    "operation",
    [operation for operation in OPERATIONS if operation.also_at and operation.method == "GET"],
    ids=str,
)
def test_an_address_on_the_host_answers_the_same(operation, world):
    headers = {"Cookie": A_COOKIE}  # a form has a token of the browser
    here, there = (
        world.nobody.get(filled(address, world), headers=headers)
        for address in (BASE + operation.path, operation.also_at)
    )
    assert (here.status_code, here.content) == (there.status_code, there.content) and here.status_code == 200
    assert here.headers.get("ETag") == there.headers.get("ETag")


def test_literal_addresses_win_over_parameters():
    """No two addresses can be meant by one path, unless one of them is spelled out."""
    templates = [path.split("/") for path in CONTRACT["paths"]]
    for first, second in itertools.combinations(templates, 2):
        same_length = len(first) == len(second)
        clash = same_length and all(
            a == b or (a.startswith("{") and b.startswith("{")) for a, b in zip(first, second, strict=True)
        )
        assert not clash, f"{'/'.join(first)} and {'/'.join(second)} cannot be told apart."
