"""Isolation: nothing of another organization can be read, guessed, changed or counted, by whatever way it is asked."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from models.base.ids import new_id

WORD = "CANARYBIRD"


@pytest.fixture(scope="module")
def foreign(anonymous):
    """Somebody else with one of everything, all of it named by one word; ``ids`` are the ids by noun."""
    client = factories.newcomer(anonymous, name=WORD)
    organization = factories.organization(client, WORD)["id"]
    project = factories.project(client, organization, name=WORD, description=WORD)["id"]
    task = factories.task(client, project, title=WORD, description=WORD, assignee_ids=[client.person.id])[
        "id"
    ]
    client.ids = {
        "organization": organization,
        "member": client.get(f"/organizations/{organization}/members").json()["items"][0]["id"],
        "project": project,
        "task": task,
        "api_key": factories.api_key(client, "tasks:read", name=WORD).key["id"],
        "event": client.get("/events", params={"organization_id": organization}).json()["items"][-1]["id"],
    }
    return client


READS = {
    "organization": "/organizations/{}",
    "member": "/members/{}",
    "project": "/projects/{}",
    "task": "/tasks/{}",
    "api_key": "/api-keys/{}",
    "event": "/events/{}",
}
WRITES = [
    ("PATCH", "organization", "/organizations/{}", {"name": "Mine"}),
    (
        "POST",
        "organization",
        "/organizations/{}/invitations",
        {"email": "person@example.org", "role": "guest"},
    ),
    ("PATCH", "member", "/members/{}", {"role": "guest"}),
    ("DELETE", "member", "/members/{}", None),
    ("PATCH", "project", "/projects/{}", {"name": "Mine"}),
    ("DELETE", "project", "/projects/{}", None),
    ("PATCH", "task", "/tasks/{}", {"title": "Mine"}),
    ("DELETE", "task", "/tasks/{}", None),
    ("PUT", "task", "/tasks/{}/completion", None),
    ("DELETE", "task", "/tasks/{}/completion", None),
    ("DELETE", "api_key", "/api-keys/{}", None),
]


def alike(first, second):
    """Whether two refusals differ in nothing but the request."""
    return {**first.json(), "instance": ""} == {**second.json(), "instance": ""}


@pytest.mark.parametrize("noun", READS)
def test_reading_what_is_foreign_is_like_reading_what_is_not_there(owner, foreign, noun):
    there, absent = (owner.get(READS[noun].format(id)) for id in (foreign.ids[noun], new_id()))
    assert refused(there) == (404, "not_found")
    assert alike(there, absent)


@pytest.mark.parametrize("method, noun, path, body", WRITES)
def test_writing_to_what_is_foreign_is_like_writing_to_what_is_not_there(
    owner, foreign, method, noun, path, body
):
    options = {"json": body} if body else {}
    for headers in ({}, {"If-Match": '"1"'}, {"If-Match": '"99"'}):
        if method == "POST" and headers:
            continue
        there, absent = (
            owner.request(method, path.format(id), headers=headers, **options)
            for id in (foreign.ids[noun], new_id())
        )
        assert refused(there) == (404, "not_found")
        assert alike(there, absent)


@pytest.mark.parametrize("dry", ["", "?validate_only=true"])
def test_nothing_is_made_below_what_is_foreign(owner, foreign, dry):
    for field, path, body in (
        ("organization_id", "/projects", {"key": "MINE", "name": "Mine"}),
        ("project_id", "/tasks", {"title": "Mine", "status": "todo"}),
    ):
        noun = field.removesuffix("_id")
        there, absent = (owner.post(path + dry, body | {field: id}) for id in (foreign.ids[noun], new_id()))
        assert refused(there) == (404, "not_found")
        assert alike(there, absent)


@pytest.mark.parametrize(
    "path, name, noun",
    [
        ("/tasks", "organization_id", "organization"),
        ("/tasks", "project_id", "project"),
        ("/projects", "organization_id", "organization"),
        ("/events", "organization_id", "organization"),
    ],
)
def test_a_list_cannot_be_asked_about_what_is_foreign(owner, foreign, path, name, noun):
    there, absent = (
        owner.get(path, params={name: id, "include": "total"}) for id in (foreign.ids[noun], new_id())
    )
    assert refused(there) == (404, "not_found")
    assert alike(there, absent)


def test_no_list_shows_or_counts_what_is_foreign(owner, foreign):
    for path in ("/organizations", "/projects", "/tasks", "/events", "/api-keys"):
        whole = owner.everything(path, limit=100)
        assert WORD not in str(whole)
        assert owner.get(path, params={"include": "total", "limit": 1}).json()["total"] == len(whole)
    assert owner.get("/tasks", params={"text": WORD, "include": "total"}).json()["total"] == 0
    assert (
        owner.get("/tasks", params={"assignee_id": foreign.person.id, "include": "total"}).json()["total"]
        == 0
    )


def test_people_of_other_organizations_are_not_found_among_the_members(owner, organization, foreign):
    page = owner.get(f"/organizations/{organization}/members", params={"user_id": foreign.person.id})
    assert page.json()["items"] == []


def test_what_was_foreign_stays_as_it_was(foreign):
    """After all these attempts."""
    task = foreign.get(f"/tasks/{foreign.ids['task']}").json()
    assert (task["title"], task["version"], task["status"]) == (WORD, 1, "todo")
    assert foreign.get(f"/projects/{foreign.ids['project']}").json()["version"] == 1
    assert foreign.get(f"/organizations/{foreign.ids['organization']}").json()["version"] == 1
    assert foreign.get(f"/members/{foreign.ids['member']}").json()["role"] == "owner"
    assert foreign.get(f"/api-keys/{foreign.ids['api_key']}").status_code == 200
