"""How the statuses are produced that the operations of OAuth give in a way of their own: by operation and status."""

from contract_tests.contract.producers_of_sign_ins import produces
from contract_tests.support import authenticators
from contract_tests.support.world_oauth import log_in_form

ENDPOINTS = ("issue_token", "revoke_token", "introspect_token")
LONG = '"' * 2000  # as a URL three times as long


def without_a_parameter(context, operation, status):
    request = context.world.request(operation)
    del request.body[next(name for name in operation.schema["required"])]
    answer = context.world.send(request)
    assert answer.json()["error"] == "invalid_request"
    return answer


for endpoint in ENDPOINTS:
    produces(endpoint, 400)(without_a_parameter)


@produces("start_authorization", 200)
def a_request_that_is_too_long_for_a_url(context, operation, status):
    request = context.world.request(operation)
    request.body["state"] = LONG
    answer = context.world.send(request)
    assert 'name="password"' in answer.text
    return answer


@produces("log_in_by_page", 200)
def logging_in_for_a_request_that_is_too_long_for_a_url(context, operation, status):
    request, world = context.world.request(operation), context.world
    person = world.person_of(request.asker)
    # With two-factor authentication on, a page in between asks for a code; who has approved before is not asked again.
    authenticators.take_away(person.id)
    asked = {"state": LONG, "prompt": "consent"}
    request.body, request.headers["Cookie"] = log_in_form(world.nobody, world.apps.own, person, **asked)
    answer = world.send(request)
    assert 'name="decision"' in answer.text
    return answer
