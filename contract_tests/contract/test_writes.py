"""Writes: dry runs, merge patches, and bodies that are read strictly."""

import gzip

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import PATCH, refused
from contract_tests.support.table_fingerprints import everything

JSON = "application/json"


@pytest.fixture
def body(project):
    return {"project_id": project["id"], "title": "Task", "status": "todo"}


def send(client, body, content_type=JSON, **headers):
    content = body if isinstance(body, bytes) else body.encode()
    return client.request(
        "POST", "/tasks", content=content, headers={"Content-Type": content_type, **headers}
    )


def writes(organization, project, task, person):
    """Every write that can be tried, as method, path and body."""
    yield "POST", "/organizations", {"name": "Dry"}
    yield "PATCH", f"/organizations/{organization}", {"name": "Dry"}
    yield "POST", f"/organizations/{organization}/invitations", {"email": person.email, "role": "guest"}
    yield "POST", "/projects", {"organization_id": organization, "key": factories.key(), "name": "Dry"}
    yield "PATCH", f"/projects/{project['id']}", {"status": "archived"}
    yield "POST", "/tasks", {"project_id": project["id"], "title": "Dry", "status": "done"}
    yield "PATCH", f"/tasks/{task['id']}", {"status": "done", "assignee_ids": []}
    yield "PUT", f"/tasks/{task['id']}/completion", None
    yield "PATCH", "/users/me", {"name": "Dry"}


def test_a_dry_run_tells_what_would_be_stored_and_stores_nothing(anonymous, owner, organization, project):
    person = factories.register(anonymous)
    task = factories.task(owner, project["id"])
    for method, path, body in writes(organization, project, task, person):
        before = everything()
        answer = owner.request(
            method, path, params={"validate_only": "true"}, **({"json": body} if body else {})
        )
        assert answer.status_code == 200, (method, path)
        preview = answer.json()
        assert preview | (body or {"status": "done"}) == preview
        assert everything() == before, (method, path)
        assert "Location" not in answer.headers


def test_a_dry_run_refuses_what_the_write_would_refuse(owner, guest, task, body):
    dry = {"validate_only": "true"}
    assert refused(guest.post("/tasks", body, params=dry)) == (403, "permission_denied")
    assert refused(owner.delete(f"/tasks/{task['id']}/completion", params=dry)) == (409, "task_not_done")
    stale = owner.patch(f"/tasks/{task['id']}", {"title": "T"}, params=dry, headers={"If-Match": '"9"'})
    assert refused(stale) == (412, "stale_etag")


def test_without_a_dry_run_it_is_stored(owner, task):
    owner.patch(f"/tasks/{task['id']}?validate_only=false", {"title": "Stored"})
    assert owner.get(f"/tasks/{task['id']}").json()["title"] == "Stored"


def test_a_patch_is_a_merge_patch(owner, task):
    path = f"/tasks/{task['id']}"
    for content_type in ("application/json-patch+json", "text/plain", ""):
        answer = owner.request(
            "PATCH", path, content=b'{"title":"T"}', headers={"Content-Type": content_type}
        )
        assert refused(answer) == (415, "unsupported_media_type")
    for content_type in (PATCH, f"{PATCH}; charset=utf-8", PATCH.upper(), JSON):
        answer = owner.request(
            "PATCH", path, content=b'{"title":"T"}', headers={"Content-Type": content_type}
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("patch", ["[]", "null", '"title"', "3", "true", '[{"op":"remove","path":"/title"}]'])
def test_a_patch_is_an_object(owner, task, patch):
    headers = {"Content-Type": PATCH}
    answer = owner.request("PATCH", f"/tasks/{task['id']}", content=patch.encode(), headers=headers)
    assert refused(answer) == (422, "invalid_request")
    assert owner.get(f"/tasks/{task['id']}").json() == task


def test_a_body_that_is_missing_is_refused(owner, task):
    for method, path in (("POST", "/tasks"), ("PATCH", f"/tasks/{task['id']}")):
        answer = owner.request(method, path)
        assert refused(answer) == (422, "invalid_request")
        assert answer.json()["errors"][0]["code"] == "missing_body"


def test_a_body_where_none_belongs_is_refused(owner, task):
    path = f"/tasks/{task['id']}/completion"
    answer = owner.request("PUT", path, content=b"{}", headers={"Content-Type": JSON})
    assert refused(answer) == (400, "unexpected_body")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"title": "a", "title": "b"}',
        '{"title": NaN}',
        '{"title": 1e999}',
        '{"title": 123456789012345678901}',
        '{"title": "\\ud800"}',
        b'{"title": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        '{"title": ' + "[" * 40 + "]" * 40 + "}",
        "{'title': 'a'}",
        '{"title": "a",}',
        '{"title": "a"} x',
    ],
    ids=range(13),
)
def test_what_is_not_readable_json_is_refused(owner, text):
    answer = send(owner, text or " ")
    assert refused(answer) == (400, "malformed_json")


def test_bodies_are_read_in_utf_8_and_uncompressed(owner, body):
    text = f'{{"project_id": "{body["project_id"]}", "title": "Größe", "status": "todo"}}'
    assert send(owner, text, f"{JSON}; charset=UTF-8").json()["title"] == "Größe"
    assert refused(send(owner, text.encode("latin-1"), f"{JSON}; charset=latin-1"))[0] == 415
    packed = {"Content-Encoding": "gzip"}
    assert refused(send(owner, gzip.compress(text.encode()), JSON, **packed)) == (
        415,
        "unsupported_media_type",
    )


def test_unknown_properties_are_refused_and_nothing_is_stored(owner, project, body):
    for name in ("id", "key", "organization_id", "created_by_id", "completed_at", "__proto__", ""):
        answer = owner.post("/tasks", body | {name: "x"})
        assert answer.json()["errors"][0]["code"] == "unknown_property", name
    assert owner.get("/tasks", params={"project_id": project["id"]}).json()["items"] == []
