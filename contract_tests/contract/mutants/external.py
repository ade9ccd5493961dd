"""Mutants of calls of external services."""

from ipaddress import ip_address

from contract_tests.contract.mutants.checks import external as checks
from contract_tests.contract.mutants.mutant import in_code
from handlers.gateways.external import http
from handlers.gateways.external.failures import Declined, NoAnswer
from handlers.gateways.external.streams import Backend
from models.base import public_addresses
from models.base.breakers import Breaker, State
from models.base.public_addresses import AddressPolicy


@in_code(checks.half_open_lets_one_through, "one call tries a service that failed")
def half_open_lets_everybody_through(context):
    refuse = Breaker._refuse

    def refuse_if_open(breaker):
        if breaker.state is not State.HALF_OPEN:
            refuse(breaker)

    context.replace(Breaker, "_refuse", refuse_if_open)


@in_code(
    checks.failures_alone_open_a_breaker, "a service is left alone when it fails, and not when it refuses"
)
def refusals_are_failures(context):
    context.replace(Declined, "is_failure", True)


@in_code(
    checks.failures_alone_open_a_breaker, "a service is left alone when it fails, and not when it refuses"
)
def failures_are_not_counted(context):
    context.replace(NoAnswer, "is_failure", False)


@in_code(checks.a_write_is_sent_once, "what the service may have read is not sent again")
def every_failure_is_tried_again(context):
    context.replace(http, "_wait", lambda error, request, deadline, number: 0.0)


@in_code(checks.an_answer_is_bounded, "an answer has so many bytes at most")
def an_answer_is_read_to_its_end(context):
    context.replace(http, "_body", lambda request, response, headers: b"".join(response.iter_stream()))


@in_code(checks.addresses_of_people_are_public, "an address of a person leads to the public internet")
def what_python_calls_global_is_public(context):
    """Of every version: translated addresses (NAT64); of 3.11 and 3.12 also 192.0.0.192."""
    context.replace(public_addresses, "is_public", lambda address, denied=(): ip_address(address).is_global)


@in_code(checks.addresses_of_people_are_public, "an address of a person leads to the public internet")
def no_address_is_checked(context):
    context.replace(AddressPolicy, "permits", lambda policy, address: True)


@in_code(checks.addresses_of_people_are_public, "an address of a person leads to the public internet")
def a_name_is_looked_up_again_after_its_check(context):
    def connect_tcp(backend, host, port, *_, **__):
        backend.check(backend.resolve(host, port, 5))
        address = backend.resolve(host, port, 5)[0]
        backend.connect(address, port, 5).close()
        raise OSError

    context.replace(Backend, "connect_tcp", connect_tcp)


@in_code(checks.addresses_of_people_need_tls, "an address of a person is called with TLS alone")
def addresses_of_people_are_called_without_tls(context):
    target = AddressPolicy.target

    def any_target(policy, url):
        return target(policy, url.replace("http://", "https://"))._replace(scheme="http")

    context.replace(AddressPolicy, "target", any_target)
