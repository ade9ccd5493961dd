"""The demonstration: what ``scripts/serve`` prints works, and its people see what their roles and grants say."""

import json
import re
import signal
import tempfile
from pathlib import Path

import httpx
import pytest

from contract_tests.support import browser, isolated_server


@pytest.fixture(scope="module")
def served():
    """What a server with a demonstration says of itself."""
    with tempfile.TemporaryDirectory(prefix="remit-demo-") as folder:
        Path(folder).chmod(0o755)
        process = isolated_server.start(Path(folder))
        try:
            yield json.loads((Path(folder) / "serve.json").read_text())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def logged_in(served, role):
    user = next(user for user in served["users"] if user["role"] == role)
    body = {"email": user["email"], "password": user["password"]}
    token = httpx.post(f"{served['base_url']}/sessions", json=body).raise_for_status().json()["access_token"]
    return httpx.Client(base_url=served["base_url"], headers={"Authorization": f"Bearer {token}"})


def total(client):
    return client.get("/tasks", params={"limit": 1, "include": "total"}).raise_for_status().json()["total"]


def test_what_is_printed_leads_somewhere(served):
    for name in ("portal_url", "openapi_url", "mailbox_url"):
        assert httpx.get(served[name]).status_code == 200
    key = {"Authorization": f"Bearer {served['api_key']}"}
    assert httpx.get(f"{served['base_url']}/tasks", headers=key).json()["items"]


def test_people_see_what_their_roles_and_grants_say(served):
    seen = {role: total(logged_in(served, role)) for role in ("owner", "member", "guest", "collaborator")}
    assert seen["owner"] == seen["member"] == seen["guest"] > 200
    ruth = logged_in(served, "collaborator")
    (project,) = ruth.get("/projects").raise_for_status().json()["items"]
    made = ruth.post(
        "/tasks", json={"project_id": project["id"], "title": "Ask about colours", "status": "todo"}
    )
    assert (project["key"], made.status_code, total(ruth)) == ("WEB", 201, seen["collaborator"] + 1)
    assert 0 < seen["collaborator"] < seen["owner"]


def test_its_people_and_addresses_are_not_held_up(served):
    # More logins than an address may try in a minute elsewhere.
    tokens = {logged_in(served, "guest").headers["Authorization"] for _ in range(25)}
    assert len(tokens) == 25, "each login starts a session"


def test_the_first_request_of_the_reference_succeeds(served):
    with browser.page() as page:
        page.goto(f"{served['portal_url']}#tag/tasks/POST/tasks")
        page.get_by_role("heading", name="Create a task").first.wait_for()
        section = page.locator("[id$='tag/tasks/POST/tasks']").first
        for words in (
            "tasks:write",
            "task.create (roles: member, admin, owner)",
            "task.created",
            "project_archived",
        ):
            assert words in section.inner_text()
        section.get_by_role("button", name=re.compile("Test Request")).first.click()
        with page.expect_response(f"{served['base_url']}/tasks") as tried:
            page.get_by_role("button", name=re.compile("Send")).first.click()
        assert tried.value.status == 201
        assert page.complaints == []


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Via": "1.1 proxy"}]
)
def test_the_key_of_the_demonstration_is_shown_on_its_own_machine_alone(served, headers):
    url = served["portal_url"].replace("/docs", "/docs/demonstration")
    document = httpx.get(url, headers=headers)
    assert (document.status_code, document.headers["Cache-Control"]) == (200, "no-store")
    assert (document.json()["api_key"], bool(document.json()["values"])) == (
        None if headers else served["api_key"],
        not headers,
    )
    assert served["api_key"] not in httpx.get(served["portal_url"].replace("/docs", "/docs/openapi")).text


def test_the_samples_of_the_reference_exist(served):
    values = {sample["name"]: sample["value"] for sample in served["samples"]["values"]}
    asked = httpx.Client(
        base_url=served["base_url"], headers={"Authorization": f"Bearer {served['api_key']}"}
    )
    for noun in ("organization", "project", "task", "team", "member", "role", "grant", "event"):
        assert asked.get(f"/{noun}s/{values[f'{noun}_id']}").status_code == 200, noun
