"""Checks of answers: their shape, their headers, and what callers learn from them."""

from datetime import UTC, datetime, timedelta

from contract_tests.contract.mutants.checks import refused
from contract_tests.support import factories


def named(scene, schema, value):
    """Fail when an object has anything that the contract does not name, or lacks what it names."""
    names = scene.contract.document["components"]["schemas"][schema]["properties"].keys()
    assert value.keys() == names, (
        f"the properties of {schema} are those of the contract, not {sorted(value.keys() ^ names)}"
    )
    return value


def a_task_matches_the_contract(scene):
    task = named(scene, "Task", scene.task(title="Shown", description=None))
    assert scene.owner.get(f"/tasks/{task['id']}").json() == task, "a task is read as it was created"
    values = task["title"], task["status"], task["priority"], task["version"]
    assert values == ("Shown", "todo", "none", 1), "a task has the values that were sent, and defaults"
    page = scene.owner.get(
        "/tasks", params={"project_id": scene.project["id"], "include": ["people", "projects"]}
    ).json()
    for item in named(scene, "TaskPage", page)["items"]:
        named(scene, "Task", item)
    for person in named(scene, "TaskIncluded", page["included"])["people"]:
        named(scene, "Person", person)
    moment = datetime.fromisoformat(task["created_at"])
    assert abs(datetime.now(UTC) - moment) < timedelta(hours=1), "a task was created now"


def an_account_shows_no_secret(scene):
    named(scene, "User", scene.owner.get("/users/me").json())
    made = scene.owner.post(
        "/api-keys", {"name": "Check", "scopes": ["tasks:read"], **factories.PROOF}
    ).json()
    named(scene, "ApiKey", named(scene, "IssuedApiKey", made)["api_key"])
    listed = scene.owner.get("/api-keys").text
    assert made["secret"] not in listed and "digest" not in listed, "no list shows a secret"


def a_creation_has_location_and_etag(scene):
    made = scene.owner.post("/tasks", {"project_id": scene.project["id"], "title": "Where", "status": "todo"})
    assert made.status_code == 201, "a creation answers 201"
    read = scene.owner.get(made.headers["location"])
    assert read.json() == made.json(), "Location leads to what was created"
    assert read.headers["etag"] == made.headers["etag"], "a creation has the ETag of what was created"


def an_etag_identifies_a_version(scene):
    path = f"/tasks/{scene.task()['id']}"
    first = scene.owner.get(path)
    headers = {"If-None-Match": first.headers["etag"]}
    assert scene.owner.get(path, headers=headers).status_code == 304, "an unchanged task is not sent again"
    changed = scene.owner.patch(path, {"title": "Changed"})
    assert changed.headers["etag"] != first.headers["etag"], "another version has another ETag"
    again = scene.owner.get(path, headers=headers)
    assert again.status_code == 200, "a changed task is sent again"
    assert again.json()["title"] == "Changed", "the changed task is sent"


def an_unknown_task_is_a_problem(scene):
    answer = scene.owner.get(f"/tasks/{scene.organization_id}")
    problem = named(scene, "Problem", answer.json())
    assert (answer.status_code, problem["status"], problem["code"]) == (404, 404, "not_found"), (
        "an unknown task is not found"
    )
    assert problem["type"].endswith("/problems/not_found"), "the type of a problem ends with its code"
    internals = ("Traceback", "File ", "select ", "psycopg")
    assert not any(word in problem["detail"] for word in internals), "a problem shows no internals"


def anonymous_callers_are_challenged(scene):
    for method, path in (
        ("GET", "/tasks"),
        ("GET", f"/tasks/{scene.foreign_task['id']}"),
        ("DELETE", "/sessions/current"),
    ):
        answer = scene.anonymous.request(method, path)
        assert refused(answer) == (401, "unauthenticated"), f"{method} needs authentication"
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith("Bearer"), "the challenge names the scheme"
        assert "error=" not in challenge, "who has sent no credential is told of no error"


def a_challenge_names_the_error(scene):
    garbage = scene.anonymous.get("/tasks", headers={"Authorization": "Bearer garbage"})
    assert garbage.status_code == 401, "garbage is no credential"
    error = garbage.headers["www-authenticate"].partition(", ")[2]
    assert error == 'error="invalid_token"', "the challenge names the error of a credential"


def tokens_are_not_cached(scene):
    person = scene.people["guest"]
    answer = scene.anonymous.post("/sessions", {"email": person.email, "password": person.password})
    cached = answer.status_code, answer.headers["cache-control"]
    assert cached == (201, "no-store"), "no cache stores a token"


def allow_names_every_method(scene):
    for path, item in scene.contract.document["paths"].items():
        if "{" not in path:
            methods = {
                method.upper() for method in item if method in ("get", "put", "post", "patch", "delete")
            }
            methods |= {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
            for method in ("OPTIONS", "PROPFIND"):
                answer = scene.owner.request(method, path)
                allowed = set(answer.headers.get("allow", "").split(", "))
                assert allowed == methods, f"Allow names every method of {path}"
            assert answer.status_code == 405, "an unknown method is refused"


def a_task_can_be_deleted(scene):
    path = f"/tasks/{scene.task()['id']}"
    answer = scene.owner.delete(path)
    assert (answer.status_code, answer.content) == (204, b""), "a deletion answers 204 without a body"
    assert refused(scene.owner.get(path)) == (404, "not_found"), "a deleted task is gone"


def head_is_get_without_a_body(scene):
    path = f"/tasks/{scene.task()['id']}"
    head, get = scene.owner.request("HEAD", path), scene.owner.get(path)
    assert (head.status_code, head.headers["etag"]) == (200, get.headers["etag"]), "HEAD answers as GET does"
    assert head.content == b"", "HEAD has no body"


def requests_have_an_id(scene):
    answer = scene.owner.get("/users/me", headers={"Request-Id": "check-7"})
    assert answer.headers["request-id"] == "check-7", "an answer has the id of its request"
    problem = scene.owner.get(f"/tasks/{scene.organization_id}", headers={"Request-Id": "check-8"}).json()
    assert problem["instance"].endswith(":check-8"), "a problem has the id of its request"


def answers_are_not_sniffed_or_framed(scene):
    headers = scene.owner.get("/users/me").headers
    assert headers.get("x-content-type-options") == "nosniff", "no browser guesses a media type"
    assert headers.get("x-frame-options") == "DENY", "no page frames an answer"


def the_limit_holds_for_each_caller(scene):
    caller, other = scene.newcomer(), scene.newcomer()
    _of_the_default_class(caller, other)
    first = caller.get("/users/me")
    allowed = int(first.headers["ratelimit-policy"].partition("q=")[2].partition(";")[0])
    assert allowed == 100, "the policy of the limit is that of the class"
    answers = [caller.get("/users/me") for _ in range(allowed)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200] * (allowed - 1) + [429], "a caller is limited"
    assert answers[-1].json()["code"] == "rate_limited", "the refusal is that of the limit"
    assert int(answers[-1].headers["retry-after"]) > 0, "the refusal says when to come again"
    left = [int(answer.headers["ratelimit"].partition("r=")[2].partition(";")[0]) for answer in answers]
    assert left == [*range(allowed - 2, -1, -1), 0], "each answer says how many requests are left"
    assert other.get("/users/me").status_code == 200, "each caller has a limit of their own"


def _of_the_default_class(*clients):
    for client in clients:
        with factories.database.connection_context():
            factories.database.run(
                "update users set rate_class = 'default' where id = %s", (client.person.id,)
            )
