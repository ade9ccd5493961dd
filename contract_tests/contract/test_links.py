"""Links: each request that the contract says follows from a response, made with values of that response, is a good one."""

import re

import pytest

from contract_tests.support import factories, preconditions
from contract_tests.support.operations import BY_ID, OPERATIONS
from contract_tests.support.world import World

LINKS = [
    (operation, status, name)
    for operation in OPERATIONS
    for status, response in operation.answers.items()
    for name in response.get("links", {})
]
MADE_ELSEWHERE = (
    "consent",
    "job",
    "notification",
    "permission_check",
)  # and not with POST where they are listed
EXPRESSION = re.compile(r"\$request\.(?P<part>path|query)\.(?P<name>\w+)|\$response\.body#/(?P<pointer>.+)")


def described(link):
    operation, status, name = link
    return operation.answers[status]["links"][name]


def target_of(link):
    return BY_ID[described(link)["operationId"]]


LINKS.sort(key=lambda link: target_of(link).is_write)  # what only reads leaves the world as it is


@pytest.fixture(scope="module")
def own_world(live, contract):
    """A world of this module alone: what links lead to ends sessions, memberships, and ownership."""
    return World(live, contract)


@pytest.fixture(scope="module")
def shared_responses():
    """``{operation: (request, response)}`` for links that only read."""
    return {}


@pytest.fixture
def world(own_world, request):
    """The same people; before a write, with nothing that an earlier one may have changed."""
    if "link" not in request.fixturenames or target_of(request.getfixturevalue("link")).is_write:
        own_world.own.ids.clear()
    owner = own_world.own.client
    if owner.get("/users/me").status_code != 200:
        owner.log_in_again()
    return own_world


@pytest.mark.parametrize("link", LINKS, ids=lambda link: "-".join(map(str, link)))
def test_a_link_leads_to_a_good_request(link, world, shared_responses):
    operation, status, _ = link
    answered = shared_responses.get(operation)
    if answered is None or target_of(link).is_write:
        answered = shared_responses[operation] = ask(world, operation)
    assert answered[1].status_code == status, answered[1].text
    follow(world, answered, described(link))


@pytest.mark.parametrize(
    ("operation_id", "planted", "message"),
    [
        (
            "get_task",
            {"operationId": "get_project", "parameters": {"project_id": "$response.body#/id"}},
            "No project",
        ),
        (
            "get_task",
            {"operationId": "list_tasks", "parameters": {"cursor": "$response.body#/key"}},
            "cursor",
        ),
        (
            "list_tasks",
            {"operationId": "get_task", "parameters": {"task_id": "$response.body#/next_cursor"}},
            "uuid",
        ),
    ],
    ids=["the ID of another noun", "a cursor that is none", "a cursor as an ID"],
)
def test_F14_a_link_with_a_wrong_value_is_found(operation_id, planted, message, world):
    with pytest.raises(AssertionError, match=message):
        follow(world, ask(world, BY_ID[operation_id]), planted)


def ask(world, operation):
    """A request and its response."""
    request = prepared(world, world.request(operation))
    return request, world.send(request)


def follow(world, answered, link):
    """Send the request that a link describes; it is a good one."""
    target = BY_ID[link["operationId"]]
    values = dict(values_of(link, *answered))
    assert "next_cursor" not in str(link) or values, "there is a next page"
    response = world.send(following(world, target, values))
    assert response.status_code < 400 or is_refused_by_a_rule(response, target), response.text


def prepared(world, request):
    """The request, of a list with two pages."""
    operation = request.operation
    if "next_cursor" not in operation.response_schema().get("properties", {}):
        return request
    noun = operation.permission.partition(".")[0]
    for _ in range(2):
        preconditions.add_to(world, request)
        if noun in MADE_ELSEWHERE:
            world.make(noun, world.own, world.own.client)
    return request.asking(limit="1")


def values_of(link, request, response):
    """Pairs of a parameter and its value, for those that the request or the response has a value of: runtime expressions,
    OpenAPI 3.0.3."""
    for parameter, expression in link.get("parameters", {}).items():
        match = EXPRESSION.fullmatch(expression)
        if match["part"] == "path":
            step = request.operation.path.split("/").index("{" + match["name"] + "}")
            yield parameter, request.path.split("/")[step]
        elif match["part"] == "query" and match["name"] in request.params:
            yield parameter, request.params[match["name"]]
        elif match["pointer"]:
            value = response.json()
            for key in match["pointer"].split("/"):
                value = value[int(key) if isinstance(value, list) else key]
            if value is not None:
                yield parameter, value


def following(world, target, values):
    """A good request of the target, with the parameters that a link gives it."""
    request = world.request(target, about=values)
    for name, value in values.items():
        if "{" + name + "}" in target.path:
            assert value in request.path
        else:
            request.params[name] = value
    if target.id == "transfer_ownership":  # to a member of the organization that the link is about
        heir = factories.copied(world.own.client, "Own")
        request.body["member_id"] = factories.enrolled(values["organization_id"], heir.id)
    return request


def is_refused_by_a_rule(response, target):
    """Whether it is a good request, which the state of the resource or the role of who asks does not allow."""
    problem = response.json()
    is_of_state = response.status_code in (404, 409) and problem["code"] in target.node.get("x-problems", ())
    return is_of_state or (response.status_code, problem["permission"]) == (403, target.permission)
