"""A deprecated operation says so in the contract and in each success, and leads to what takes its place."""

import httpx
import pytest

import spec
from handlers.http.answers import Answer
from handlers.http.compiled import CompiledContract
from handlers.http.deprecation import add_deprecation, deprecation_headers

NOTICE = {"deprecated_on": "2027-01-01", "sunset_on": "2027-07-01", "successor": "list_projects"}


@pytest.fixture
def deprecating(monkeypatch):
    """The joined contract with a deprecated operation."""
    file = spec._file(spec.FOLDER / "work" / "tasks.yaml")
    monkeypatch.setitem(file["paths"]["/tasks"]["get"], "x-deprecation", NOTICE)
    return spec._Joiner().document


def test_the_contract_says_that_an_operation_is_deprecated(deprecating):
    node = deprecating["paths"]["/tasks"]["get"]
    assert node["deprecated"] is True
    sentence = "Deprecated since 2027-01-01, may be removed from 2027-07-01 on. Use `list_projects` instead."
    assert node["description"].endswith(sentence)
    assert {"Deprecation", "Sunset", "Link"} <= node["responses"]["200"]["headers"].keys()
    assert "deprecated" not in deprecating["paths"]["/tasks"]["post"]


def test_each_success_says_so(deprecating):
    plans = CompiledContract(deprecating, lambda operation: lambda caller: None).plans
    headers = plans["list_tasks"].deprecation_headers
    assert headers["Deprecation"] == "@1798761600"
    assert headers["Sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
    assert plans["create_task"].deprecation_headers == {}
    assert {"deprecation", "sunset", "link"} <= plans["list_tasks"].responses[200].required
    answer = Answer(200, {"Link": '</api/v1/tasks?cursor=a>; rel="next"'}, b"")
    add_deprecation(answer, headers)
    assert answer.headers["Link"].split(", ") == [
        '</api/v1/tasks?cursor=a>; rel="next"',
        '</docs/guides/changelog>; rel="deprecation"; type="text/html"',
    ]


def test_clients_of_a_deprecated_operation_are_told_and_those_of_others_are_not(world, monkeypatch):
    plan = world.live.plans["list_tasks"]
    monkeypatch.setattr(plan, "deprecation_headers", deprecation_headers({"x-deprecation": NOTICE}))

    def headers_of(
        path,
    ):  # not by a client that checks: the contract of the server has no deprecated operation
        token = {"Authorization": f"Bearer {world.own.client.person.token}"}
        return httpx.get(world.live.base_url + path, headers=token).headers

    for path in ("/tasks?limit=1", "/tasks"):
        headers = headers_of(path)
        assert (headers["Deprecation"], headers["Sunset"]) == ("@1798761600", "Thu, 01 Jul 2027 00:00:00 GMT")
        assert headers["Link"].endswith('</docs/guides/changelog>; rel="deprecation"; type="text/html"')
    for path in ("/tasks?limit=0", "/projects?limit=1"):
        assert not {"deprecation", "sunset"} & headers_of(path).keys()
