"""HTTP as the RFCs have it, for every operation: 9110 (semantics), 9457 (problems), 7240 (Prefer), 8288 (links)."""

import asyncio
from urllib.parse import urljoin

import pytest

from contract_tests.contract.producers import PRODUCERS, ProducerContext
from contract_tests.support import factories, preconditions, raw
from contract_tests.support.clients import refused
from contract_tests.support.operations import BY_ID, resolved, those

MOMENTARY = {"request-id", "ratelimit", "date"}
READS = those(lambda operation: not operation.is_write)
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-site",
    "strict-transport-security": "max-age=63072000",
}


def lasting(answer):
    """The headers that do not change from request to request."""
    return {name: value for name, value in answer.headers.items() if name not in MOMENTARY}


@pytest.mark.parametrize("operation", READS, ids=str)
def test_head_is_get_without_a_body(operation, world):
    request = world.request(operation)
    got = world.send(request)
    head = world.own.client.request("HEAD", request.path, params=request.params, headers=request.headers)
    assert (head.status_code, head.content, lasting(head)) == (got.status_code, b"", lasting(got))


@pytest.mark.parametrize("operation", READS, ids=str)
def test_reading_changes_nothing_and_says_so(operation, world):
    request = world.request(operation)
    first, second = world.send(request), world.send(request)
    assert (first.content, lasting(first)) == (second.content, lasting(second))
    assert "Cache-Control" in first.headers


@pytest.mark.parametrize("operation", those(lambda operation: operation.method == "PATCH"), ids=str)
def test_etags_are_strong_and_change_with_each_change(operation, world):
    request = world.request(operation)
    etags = [world.own.client.get(request.path).headers["ETag"]]
    for turn in range(2):
        name, value = next(member for member in request.body.items() if member[0] != "password")
        present = world.own.client.get(request.path).json().get(name)
        request.body = {**request.body, name: another(request.operation, name, present, f"{value} {turn}")}
        etags.append(world.send(request).headers["ETag"])
    assert len(set(etags)) == 3 and all(etag.startswith('"') for etag in etags)
    assert world.own.client.get(request.path).headers["ETag"] == etags[-1]
    assert world.send(request).headers["ETag"] == etags[-1]  # nothing changed, so nothing is newer


def another(operation, name, present, text):
    """A value that the property does not have now: another one of its enumeration, else that text."""
    schema = resolved(operation.schema["properties"][name])
    if schema.get("type") == "boolean":
        return not present
    if schema.get("type") == "integer":
        return present + 1
    return next((choice for choice in schema.get("enum", ()) if choice not in (present, "owner")), text)


def resource_of(operation, request):
    """The address of what an operation is about: its own, or that above a part of it."""
    readable = any(read.path == operation.path for read in READS)
    return request.path if readable else request.path.rpartition("/")[0]


@pytest.mark.parametrize("operation", those(lambda operation: operation.takes("If-Match")), ids=str)
@pytest.mark.parametrize("sent", ["*", '"another", {etag}', "{etag}"])
def test_a_matching_precondition_lets_a_write_through(operation, sent, world):
    request = world.request(operation)
    etag = world.own.client.get(resource_of(operation, request)).headers["ETag"]
    assert world.send(request.having(If_Match=sent.format(etag=etag))).status_code in (200, 202, 204)


@pytest.mark.parametrize(
    "operation",
    those(lambda operation: "Location" in operation.answers.get(201, {}).get("headers", {})),
    ids=str,
)
def test_what_was_made_is_found_at_its_location(operation, world):
    made = world.ask(operation)
    if operation.is_public:  # its maker has to log in first
        assert made.headers["Location"] == "/api/v1/users/me"
        return
    answer = world.own.client.get(urljoin(world.live.host_url, made.headers["Location"]))
    assert answer.headers["ETag"] == made.headers["ETag"]
    assert answer.json() in (made.json(), *made.json().values())


@pytest.mark.parametrize("operation", those(lambda operation: operation.takes("cursor")), ids=str)
def test_a_page_links_to_the_next_one(operation, world):
    request = world.request(operation)
    more_of(operation, request, world)
    request = request.asking(limit=1)
    first = world.send(request)
    link = first.links["next"]["url"]
    second = world.own.client.get(urljoin(world.live.host_url, link)).json()
    assert first.json()["next_cursor"] and second["items"] != first.json()["items"]
    last = world.send(request.asking(limit=100))
    assert "Link" not in last.headers or last.json()["next_cursor"]


def more_of(operation, request, world):
    """A list of its own has one item at most, and a team of its own nobody in it."""
    noun = operation.permission.partition(".")[0]
    for _ in range(2):
        preconditions.add_to(world, request)
        if noun in {*world.special, "consent"}:
            world.make(noun, world.own, world.own.client)
    if operation.id == "list_team_members":
        for role in ("owner", "member"):
            member = {"user_id": world.clients[role].person.id, "role": "member"}
            world.own.client.post(request.path, member)


@pytest.mark.parametrize(
    "status",
    [status for status in sorted(BY_ID["update_task"].answers) if status >= 400 and status not in (408, 409)],
)
def test_a_problem_explains_itself(status, world, live, monkeypatch, request):
    context = ProducerContext(world, live, monkeypatch, request.getfixturevalue)
    answer = PRODUCERS[status](context, BY_ID["update_task"], status)
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["instance"]) == (
        status,
        f"urn:remit:request:{answer.headers['Request-Id']}",
    )
    page = world.nobody.get(problem["type"])
    explained = {name: page.json()[name] for name in ("code", "type", "title", "status", "retryable")}
    assert explained == {name: problem[name] for name in explained}
    assert (
        world.nobody.get(problem["type"], headers={"Accept": "text/html"})
        .headers["Content-Type"]
        .startswith("text/html")
    )


def test_every_type_of_problem_has_a_page(world):
    for problem in world.nobody.get("/problems").json()["items"]:
        assert world.nobody.get(problem["type"]).json() == problem
        assert problem["cause"] and problem["fix"]


def test_a_large_body_may_arrive_together_with_its_head(world, live):
    request = world.request(BY_ID["update_me"])
    data = raw.head(live, request, world.own.client.token, 1_200_000) + b" " * 1_200_000
    for _ in range(5):
        answer = asyncio.run(raw.exchanged(live, data, "PATCH", f"{live.base_url}/users/me"))
        assert refused(answer) == (413, "body_too_large")


@pytest.mark.parametrize("path", ["/users/me", "/health", "/nowhere"])
def test_a_valid_request_id_is_kept_and_another_is_replaced(path, world):
    assert world.nobody.get(path, headers={"Request-Id": "a.B-9_"}).headers["Request-Id"] == "a.B-9_"
    assert world.nobody.get(path, headers={"X-Request-Id": "given"}).headers["Request-Id"] == "given"
    for bad in ("", "two words", "a" * 65, "<script>", "semi;colon", "a,b"):
        assert world.nobody.get(path, headers={"Request-Id": bad}).headers["Request-Id"] not in ("", bad)


def answers_of_all_kinds(world):
    yield world.own.client.get("/tasks")
    yield world.nobody.get("/tasks")
    yield world.nobody.get("/nowhere")
    yield world.nobody.request("OPTIONS", "/tasks")
    yield world.nobody.request("TRACE", "/tasks")
    yield world.nobody.get(f"{world.live.host_url}/docs")
    yield world.own.client.request("HEAD", "/users/me")
    yield world.own.client.delete(f"/tasks/{world.id_of('task', fresh=True)}")


def test_every_answer_has_the_headers_of_security_and_limits(world):
    for answer in answers_of_all_kinds(world):
        assert {name: answer.headers[name] for name in SECURITY} == SECURITY
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        names = {*answer.headers}
        assert {"ratelimit", "ratelimit-policy", "request-id", "vary", "date"} <= names
        assert not names & {"server", "set-cookie", "x-powered-by"}


def test_each_request_of_a_caller_counts_once(world):
    token = factories.log_in(world.nobody, world.somebody("Own"))["access_token"]
    limits = [
        world.nobody.get("/users/me", headers={"Authorization": f"Bearer {token}"}).headers["RateLimit"]
        for _ in range(3)
    ]
    left = [int(limit.split(";")[1].removeprefix("r=")) for limit in limits]
    assert left == [left[0], left[0] - 1, left[0] - 2]


def test_an_answer_says_that_it_depends_on_who_asks(world):
    assert {"Authorization", "X-API-Key"} <= set(world.own.client.get("/tasks").headers["Vary"].split(", "))
