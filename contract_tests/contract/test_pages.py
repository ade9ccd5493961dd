"""Pages: the same rules for every list; cursors that cannot be forged and lose nothing while rows come and go."""

import base64
from itertools import permutations

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.operations import BY_ID, FORM

LISTS = (
    "/tasks",
    "/projects",
    "/organizations",
    "/events",
    "/api-keys",
    "/organizations/{organization_id}/members",
)


@pytest.fixture(scope="module")
def person(anonymous):
    """Somebody who has at least five of everything that is listed; ``path_of`` fills in the organization."""
    client = factories.newcomer(anonymous)
    organizations = [factories.organization(client)["id"] for _ in range(5)]
    for _ in range(5):
        project = factories.project(client, organizations[0])
        factories.task(client, project["id"])
        factories.api_key(client, "tasks:read")
        factories.member(client, organizations[0], factories.register(anonymous), "guest")
    client.path_of = lambda path: path.format(organization_id=organizations[0])
    return client


@pytest.fixture
def shelf(anonymous):
    """Somebody with a project of ten tasks."""
    client = factories.newcomer(anonymous)
    client.project = factories.project(client, factories.organization(client)["id"])["id"]
    client.made = [
        factories.task(client, client.project, due_on=f"2026-01-{20 - n}")["id"] for n in range(10)
    ]
    return client


@pytest.mark.parametrize("path", LISTS)
def test_F3_every_page_goes_on_where_the_last_one_ended_and_there_is_a_last_one(person, path):
    path = person.path_of(path)
    whole = person.get(path, params={"limit": 100}).json()
    assert whole["next_cursor"] is None
    assert len(whole["items"]) >= 5
    assert person.everything(path, limit=2) == whole["items"]


@pytest.mark.parametrize("path", LISTS)
def test_F4_a_page_size_over_the_maximum_is_refused_and_not_capped(person, path):
    path = person.path_of(path)
    for limit in ("101", "1000000", "0", "-1", "", "ten", "1.5", "1e2", "+5", "٥"):
        answer = person.get(path, params={"limit": limit})
        assert refused(answer) == (422, "invalid_request")
        assert answer.json()["errors"][0]["parameter"] == "limit"


def test_N1_a_page_has_twenty_items_by_default_and_a_hundred_at_most(anonymous):
    client = factories.newcomer(anonymous)
    project = factories.project(client, factories.organization(client)["id"])["id"]
    for _ in range(101):
        factories.task(client, project)
    assert len(client.get("/tasks").json()["items"]) == 20
    page = client.get("/tasks?limit=100").json()
    assert len(page["items"]) == 100
    assert (
        len(client.get("/tasks", params={"limit": 100, "cursor": page["next_cursor"]}).json()["items"]) == 1
    )


@pytest.mark.parametrize("path", LISTS)
def test_the_link_leads_to_the_next_page_with_all_its_parameters(person, path):
    first = person.get(person.path_of(path), params={"limit": 3, "include": "total"})
    address = first.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    second = person.get(address).json()
    assert second["items"] == person.get(person.path_of(path), params={"limit": 100}).json()["items"][3:6]
    assert second["total"] == first.json()["total"] is not None


@pytest.mark.parametrize("path", LISTS)
def test_the_last_page_has_no_link(person, path):
    assert "Link" not in person.get(person.path_of(path), params={"limit": 100}).headers


@pytest.mark.parametrize("path", LISTS)
def test_the_total_is_told_when_it_is_asked_for(person, path):
    path = person.path_of(path)
    asked = person.get(path, params={"limit": 1, "include": "total"}).json()
    assert asked["total"] == len(person.everything(path))
    assert person.get(path).json()["total"] is None


def cursor_of(client, **params):
    return client.get("/tasks", params={"limit": 2, **params}).json()["next_cursor"]


def test_a_page_may_have_another_size_than_the_one_before(shelf):
    items = shelf.get("/tasks", params={"limit": 5, "cursor": cursor_of(shelf)}).json()["items"]
    assert [task["id"] for task in items] == shelf.made[::-1][2:7]


@pytest.mark.parametrize(
    "params",
    [{"status": "todo"}, {"sort": "created_at"}, {"sort": "due_on"}, {"assigned": "false"}, {"text": "task"}],
)
def test_a_cursor_belongs_to_its_filters_and_its_sort(shelf, params):
    for before, after in ((params, {}), ({}, params)):
        answer = shelf.get("/tasks", params={"cursor": cursor_of(shelf, **before), **after})
        assert refused(answer) == (422, "invalid_request")
        assert answer.json()["errors"][0]["code"] == "foreign_cursor"


def test_a_cursor_holds_whatever_the_order_of_the_values_of_a_filter(shelf):
    first, *others = ({"status": several} for several in permutations(("todo", "done", "in_review")))
    cursor = cursor_of(shelf, **first)
    following = shelf.get("/tasks", params={"cursor": cursor, "limit": 2, **first}).json()
    assert following["items"]
    for params in others:
        again = shelf.get("/tasks", params={"cursor": cursor, "limit": 2, **params}).json()
        assert again["items"] == following["items"]
    fewer = shelf.get("/tasks", params={"cursor": cursor, "status": ["todo", "done"]})
    assert refused(fewer) == (422, "invalid_request")


def test_a_cursor_belongs_to_its_list(person):
    cursors = {
        path: person.get(person.path_of(path), params={"limit": 1}).json()["next_cursor"] for path in LISTS
    }
    assert person.get("/events", params={"cursor": cursors["/tasks"]}).status_code == 422
    assert person.get("/tasks", params={"cursor": cursors["/events"]}).status_code == 422


def test_a_cursor_shows_nothing_to_somebody_else(shelf, stranger):
    page = stranger.get("/tasks", params={"limit": 100, "cursor": cursor_of(shelf)}).json()
    assert not {task["id"] for task in page.get("items", ())} & set(shelf.made)


def test_a_cursor_that_was_tampered_with_is_refused(shelf):
    cursor = cursor_of(shelf)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for index in range(len(raw)):
        changed = raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :]
        text = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        answer = shelf.get("/tasks", params={"cursor": text})
        assert refused(answer) == (422, "invalid_request"), index
        assert answer.json()["errors"][0]["code"] == "invalid_cursor"


@pytest.mark.parametrize("cursor", ["A", "AAAA", "null", "-" * 1000, "eyJhIjoxfQ", "0"])
def test_what_is_no_cursor_is_refused(shelf, cursor):
    answer = shelf.get("/tasks", params={"cursor": cursor})
    assert answer.json()["errors"][0]["code"] == "invalid_cursor"


@pytest.mark.parametrize("cursor", ["", "a b", "a+b/c=", "A" * 1001, "é"])
def test_what_cannot_be_a_cursor_is_refused(shelf, cursor):
    assert refused(shelf.get("/tasks", params={"cursor": cursor})) == (422, "invalid_request")


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "due_on", "-due_on", "priority", "-priority"])
def test_two_readers_lose_nothing_while_tasks_come_and_go(shelf, sort):
    """What was there throughout is read exactly once by both, whatever is made and deleted between their pages."""
    seen, params = ([], []), [{"sort": sort, "limit": 2}, {"sort": sort, "limit": 3}]
    gone, reading = set(), {0, 1}
    for turn in range(12):
        for reader in list(reading):
            page = shelf.get("/tasks", params=params[reader]).json()
            seen[reader].extend(task["id"] for task in page["items"])
            params[reader]["cursor"] = page["next_cursor"]
            if page["next_cursor"] is None:
                reading.discard(reader)
        factories.task(shelf, shelf.project, due_on=f"2026-01-{turn + 5:02}", priority="low")
        if (
            turn % 2 and reading and (last := seen[min(reading)][-1]) in shelf.made
        ):  # the very task that a cursor names
            gone.add(last)
            shelf.delete(f"/tasks/{last}")
    stayed = set(shelf.made) - gone
    assert gone
    for read in seen:
        assert len(read) == len(set(read))
        assert stayed <= set(read)


@pytest.mark.parametrize("path", LISTS)
def test_F6_an_unknown_parameter_of_a_list_is_refused(person, path):
    for name in ("offset", "page", "Limit", "limit[]", "fields", "limit "):
        answer = person.get(person.path_of(path), params={name: "1"})
        assert refused(answer) == (422, "invalid_request")
        fault = answer.json()["errors"][0]
        assert (fault["code"], fault["parameter"]) == ("unknown_parameter", name)


def test_F6_every_operation_refuses_what_it_does_not_know(owner, contract):
    for path, item in contract.document["paths"].items():
        address = path.replace("{asset}", "portal.js").replace("{code}", "not_found")
        for name in ("organization", "member", "api_key", "project", "task", "event"):
            address = address.replace(f"{{{name}_id}}", "0198c0de-7c7e-7f00-8000-000000000001")
        for method in item.keys() & {"get", "put", "post", "delete", "patch"}:
            operation = BY_ID[item[method]["operationId"]]
            options = (
                {"data" if operation.media_type == FORM else "json": {"colour": "red"}}
                if operation.schema
                else {}
            )
            if operation.node.keys() & {"x-unknown-parameters", "x-errors"}:
                continue  # RFC 6749 has it so
            answer = owner.request(method.upper(), f"{address}?colour=red", **options)
            assert refused(answer) == (422, "invalid_request"), (method, path)
            faults = {
                (error["in"], error["code"], error["parameter"] or error["pointer"])
                for error in answer.json()["errors"]
            }
            assert ("query", "unknown_parameter", "colour") in faults
            is_closed = options and operation.schema.get("additionalProperties") is False
            assert not is_closed or ("body", "unknown_property", "/colour") in faults
