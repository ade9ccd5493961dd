"""Pages of other origins (the Fetch standard): which of them may call, and what they may send and read."""

import pytest

from contract_tests.support.operations import BY_ID
from handlers.http.cors import Cors

ORIGIN = "https://app.example"


def test_no_other_origin_may_call_by_default(world):
    answer = world.own.client.get("/users/me", headers={"Origin": ORIGIN})
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.fixture(params=[ORIGIN, "*"])
def allowing(request, live, monkeypatch):
    monkeypatch.setattr(live.edge, "cors", Cors(f"{request.param}"))
    return request.param


def asked_before(world, origin=ORIGIN):
    return world.nobody.request(
        "OPTIONS", "/tasks", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )


def test_an_allowed_origin_may_send_and_read_all_that_the_contract_names(world, allowing):
    before = asked_before(world)
    assert before.headers["Access-Control-Allow-Origin"] == allowing
    assert {"GET", "POST"} <= set(before.headers["Access-Control-Allow-Methods"].split(", "))
    sent = {
        parameter["name"]
        for operation in BY_ID.values()
        for parameter in operation.parameters
        if parameter["in"] == "header"
    }
    sent |= {"Authorization", "X-API-Key", "Content-Type", "Request-Id"}
    assert sent <= set(before.headers["Access-Control-Allow-Headers"].split(", "))
    answer = world.own.client.get("/users/me", headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == allowing
    named = {
        name
        for operation in BY_ID.values()
        for answer in operation.answers.values()
        for name in answer.get("headers", {})
    }
    read_anyway = {"Cache-Control", "WWW-Authenticate"}
    read_anyway |= {"Set-Cookie", "Content-Security-Policy"}  # of pages, which no script reads
    assert named - read_anyway <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


def test_another_origin_is_not_allowed(world, live, monkeypatch):
    monkeypatch.setattr(live.edge, "cors", Cors(ORIGIN))
    for answer in (
        asked_before(world, "https://evil.example"),
        world.own.client.get("/users/me", headers={"Origin": "null"}),
    ):
        assert [name for name in answer.headers if name.startswith("access-control")] == []
