"""Probes of answers: their shape, their headers, and what requests are refused."""

from datetime import UTC, datetime, timedelta

from contract_tests.contract.planted import refused
from contract_tests.contract.reading import SNAKE
from contract_tests.support import factories


def named(stage, schema, value):
    """Fail when an object has anything that the contract does not name."""
    known = stage.contract.document["components"]["schemas"][schema]["properties"].keys()
    assert value.keys() == known, f"{schema} with {sorted(value.keys() ^ known)}"
    return value


def a_task_is_shown_as_the_contract_says(stage):
    task = named(stage, "Task", stage.task(title="Shown", description=None))
    assert stage.owner.get(f"/tasks/{task['id']}").json() == task
    assert (task["title"], task["status"], task["priority"], task["version"]) == ("Shown", "todo", "none", 1)
    page = stage.owner.get(
        "/tasks", params={"project_id": stage.project["id"], "include": ["people", "projects"]}
    ).json()
    for one in named(stage, "TaskPage", page)["items"]:
        named(stage, "Task", one)
    for one in named(stage, "TaskIncluded", page["included"])["people"]:
        named(stage, "Person", one)
    moment = datetime.fromisoformat(task["created_at"])
    assert abs(datetime.now(UTC) - moment) < timedelta(hours=1), "made now"


def an_account_shows_no_secret(stage):
    named(stage, "User", stage.owner.get("/users/me").json())
    made = stage.owner.post(
        "/api-keys", {"name": "Probe", "scopes": ["tasks:read"], **factories.PROOF}
    ).json()
    named(stage, "ApiKey", named(stage, "IssuedApiKey", made)["api_key"])
    told = stage.owner.get("/api-keys").text
    assert made["secret"] not in told and "digest" not in told


def a_creation_says_where_and_which_version(stage):
    made = stage.owner.post("/tasks", {"project_id": stage.project["id"], "title": "Where", "status": "todo"})
    assert made.status_code == 201
    read = stage.owner.get(made.headers["location"])
    assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])


def an_etag_tells_whether_something_changed(stage):
    path = f"/tasks/{stage.task()['id']}"
    first = stage.owner.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    assert stage.owner.get(path, headers=known).status_code == 304
    changed = stage.owner.patch(path, {"title": "Changed"})
    assert changed.headers["etag"] != first.headers["etag"]
    again = stage.owner.get(path, headers=known)
    assert (again.status_code, again.json()["title"]) == (200, "Changed")


def an_unknown_task_is_a_problem(stage):
    answer = stage.owner.get(f"/tasks/{stage.organization_id}")
    problem = named(stage, "Problem", answer.json())
    assert (answer.status_code, problem["status"], problem["code"]) == (404, 404, "not_found")
    assert problem["type"].endswith("/problems/not_found")
    assert not any(word in problem["detail"] for word in ("Traceback", "File ", "select ", "psycopg"))


def nobody_in_particular_is_asked_to_authenticate(stage):
    for method, path in (
        ("GET", "/tasks"),
        ("GET", f"/tasks/{stage.foreign_task['id']}"),
        ("DELETE", "/sessions/current"),
    ):
        answer = stage.anonymous.request(method, path)
        assert refused(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert "error=" not in answer.headers["www-authenticate"]


def a_credential_is_told_what_it_lacks(stage):
    garbage = stage.anonymous.get("/tasks", headers={"Authorization": "Bearer garbage"})
    assert (garbage.status_code, garbage.headers["www-authenticate"].partition(", ")[2]) == (
        401,
        'error="invalid_token"',
    )


def tokens_are_not_kept_by_caches(stage):
    person = stage.people["guest"]
    answer = stage.anonymous.post("/sessions", {"email": person.email, "password": person.password})
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")


def every_method_of_an_address_is_told(stage):
    for path, item in stage.contract.document["paths"].items():
        if "{" not in path:
            methods = {
                method.upper() for method in item if method in ("get", "put", "post", "patch", "delete")
            }
            methods |= {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
            for method in ("OPTIONS", "PROPFIND"):
                told = stage.owner.request(method, path)
                assert set(told.headers["allow"].split(", ")) == methods, path
            assert told.status_code == 405


def a_task_can_be_deleted(stage):
    path = f"/tasks/{stage.task()['id']}"
    answer = stage.owner.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert refused(stage.owner.get(path)) == (404, "not_found")


def head_is_get_without_a_body(stage):
    path = f"/tasks/{stage.task()['id']}"
    head, get = stage.owner.request("HEAD", path), stage.owner.get(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", get.headers["etag"])


def requests_have_an_id(stage):
    answer = stage.owner.get("/users/me", headers={"Request-Id": "probe-7"})
    assert answer.headers["request-id"] == "probe-7"
    problem = stage.owner.get(f"/tasks/{stage.organization_id}", headers={"Request-Id": "probe-8"}).json()
    assert problem["instance"].endswith(":probe-8")


def answers_are_not_sniffed_or_framed(stage):
    headers = stage.owner.get("/users/me").headers
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")


WRONG = [
    {"colour": "red"},
    {"title": "x" * 201},
    {"title": "a\0b"},
    {"title": " "},
    {"title": None},
    {"title": 7},
    {"status": "blocked"},
    {"status": None},
    {"due_on": "tomorrow"},
    {"due_on": "2026-02-30"},
    {"assignee_ids": ["nobody"]},
    {"project_id": "7"},
]


def requests_that_break_the_contract_are_refused(stage):
    good = {"project_id": stage.project["id"], "title": "Good", "status": "todo"}
    for wrong in WRONG:
        answer = stage.owner.post("/tasks", {**good, **wrong})
        assert refused(answer) == (422, "invalid_request"), wrong
        assert {one["pointer"].split("/")[1] for one in answer.json()["errors"]} == set(wrong)
        assert all(SNAKE.fullmatch(one["code"]) for one in answer.json()["errors"])
    for name in good:
        answer = stage.owner.post("/tasks", {key: value for key, value in good.items() if key != name})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")
    assert stage.owner.patch(f"/tasks/{stage.task()['id']}", {}).status_code == 422


def unknown_parameters_are_refused(stage):
    for params in ({"colour": "red"}, {"limit": 101}, {"limit": 0}, {"limit": "many"}, {"status": "blocked"}):
        answer = stage.owner.get("/tasks", params=params)
        assert answer.status_code == 422, params
        assert [one["parameter"] for one in answer.json()["errors"]] == list(params)


def all_faults_are_told_at_once(stage):
    answer = stage.owner.post("/tasks", {"title": 7, "status": "blocked"}, params={"colour": "red"})
    places = {(one["in"], one["pointer"] or one["parameter"]) for one in answer.json()["errors"]}
    assert places == {("query", "colour"), ("body", "/title"), ("body", "/status"), ("body", "/project_id")}


def rules_about_values_name_their_fields(stage):
    body = {"project_id": stage.project["id"], "title": "T", "status": "todo"}
    reversed_dates = {"starts_on": "2026-05-02", "due_on": "2026-05-01"}
    dates = {("/starts_on", "dates_reversed"), ("/due_on", "dates_reversed")}
    for wrong in ({}, {"title": 7}):
        answer = stage.owner.post("/tasks", {**body, **reversed_dates, **wrong})
        told = {(one["pointer"], one["code"]) for one in answer.json()["errors"]}
        assert (answer.status_code, told) == (422, dates | {(f"/{name}", "wrong_type") for name in wrong})


def json_that_reads_two_ways_is_refused(stage):
    for body in (b'{"name": "a", "name": "b"}', b'{"name": NaN}', b'{"name": "a"', b'{"name": "\xff"}'):
        answer = stage.owner.request(
            "POST", "/organizations", content=body, headers={"Content-Type": "application/json"}
        )
        assert refused(answer) == (400, "malformed_json")


def media_types_are_negotiated(stage):
    path = f"/tasks/{stage.task()['id']}"
    assert refused(stage.owner.get(path, headers={"Accept": "image/png"})) == (406, "not_acceptable")
    by_default = {"Accept": "text/html, image/gif, *; q=.2"}  # of older JDKs
    assert stage.owner.get(path, headers=by_default).status_code == 200
    sent = stage.owner.request(
        "PATCH", path, content=b'{"title": "T"}', headers={"Content-Type": "application/json"}
    )
    assert refused(sent) == (415, "unsupported_media_type")


def large_bodies_are_refused(stage):
    answer = stage.owner.post("/organizations", {"name": "x" * 1_100_000})
    assert refused(answer) == (413, "body_too_large")


def large_bodies_have_a_budget(stage):
    """Of five bodies of a megabyte that do not end, from one address, the last one has no room; nor is any kept after that."""
    found = stage.transport.unfinished("/api/v1/organizations", size=1_000_000, count=5)
    assert found == [None] * 4 + [503], "bodies that are being received have a budget"
    assert stage.transport.app.bodies.used == 0, "the room of a body is free when its client has gone"


def the_limit_holds_for_each_caller(stage):
    one, other = stage.newcomer(), stage.newcomer()
    _as_everybody(one, other)
    first = one.get("/users/me")
    allowed = int(first.headers["ratelimit-policy"].partition("q=")[2].partition(";")[0])
    assert allowed == 100
    answers = [one.get("/users/me") for _ in range(allowed)]
    assert [answer.status_code for answer in answers] == [200] * (allowed - 1) + [429]
    assert answers[-1].json()["code"] == "rate_limited" and int(answers[-1].headers["retry-after"]) > 0
    left = [int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0]) for answer in answers]
    assert left == [*range(allowed - 2, -1, -1), 0]
    assert other.get("/users/me").status_code == 200


def _as_everybody(*clients):
    for client in clients:
        with factories.database.connection_context():
            factories.database.run(
                "update users set rate_class = 'default' where id = %s", (client.person.id,)
            )
