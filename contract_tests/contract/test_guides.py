"""The guides: each sample is answered as its page says, each link leads somewhere, and each is named in the introduction."""

import re

import pytest

import spec
from contract_tests.contract import prose
from contract_tests.support import factories, guide_samples
from contract_tests.support.clients import http_client

PAGES = {path.stem: path.read_text("utf-8") for path in prose.guides()}
# What each sample of a page is answered with.  A code and a refresh token that no app has are refused (400).
ANSWERS = {
    "authentication": [200, 201, 201, 204, 201, 200, 200, 201, 201],
    "concurrency": [200, 412, 304],
    "errors": [422, 200],
    "events": [200, 200, 200, 200],
    "idempotency": [201, 201, 200],
    "oauth": [201, 200, 400, 400, 200, 200],
    "pagination": [200, 200, 200, 200],
    "quickstart": [200, 200, 201, 201, 200, 200, 200, 200],
    "rate-limits": [200, 204],
    "versioning": [200, 200, 200],
}


@pytest.fixture
def variables(anonymous):
    """Values for the variables of the samples: a person with an organization, and a task in its second version."""
    owner = factories.founder(anonymous)
    project = factories.project(owner, owner.organization_id)["id"]
    for _ in range(51):
        task = factories.task(owner, project, due_on="2030-01-31")
    owner.patch(f"/tasks/{task['id']}", {"priority": "high"})
    page = owner.get("/tasks", params={"limit": 50, "status": "todo", "sort": "due_on"}).json()
    program = owner.post(
        f"/organizations/{owner.organization_id}/service-accounts", {"name": "P", "role": "member"}
    )
    values = {
        "ORGANIZATION": owner.organization_id,
        "PROJECT": project,
        "TASK": task["id"],
        "TOKEN": owner.token,
        "API_KEY": factories.api_key(owner, "tasks:read").token,
        "CURSOR": page["next_cursor"],
        "SERVICE_ACCOUNT": program.json()["id"],
        "EMAIL": owner.person.email,
        "PASSWORD": owner.person.password,
        "LAST_SEQUENCE": "3",
        "KEY": "a-random-key",
        "CODE": "n0-c0de",
        "VERIFIER": "v" * 43,
    }
    return {**values, "BASE": str(owner.http.base_url).rstrip("/"), **logged_in(owner)}


def logged_in(client):
    answer = client.http.post(
        "/sessions", json={"email": client.person.email, "password": client.person.password}
    )
    return {"ACCESS_TOKEN": answer.json()["access_token"], "REFRESH_TOKEN": answer.json()["refresh_token"]}


@pytest.mark.parametrize("page", PAGES)
def test_every_sample_is_answered_as_the_page_says(page, variables):
    answers = []
    with http_client() as client:
        for command in guide_samples.commands(PAGES[page]):
            sent = guide_samples.request(command, variables)
            answer = client.request(sent.method, sent.url, headers=sent.headers, content=sent.content)
            answers.append(answer.status_code)
            if sent.url.endswith("/sessions/current"):
                again = {"email": variables["EMAIL"], "password": variables["PASSWORD"]}
                tokens = client.post(f"{variables['BASE']}/sessions", json=again).json()
                variables["ACCESS_TOKEN"] = tokens["access_token"]
            if sent.url.endswith("/apps"):
                variables["CLIENT_ID"] = answer.json()["app"]["id"]
                variables["CLIENT_SECRET"] = answer.json()["client_secret"]
    assert answers == ANSWERS[page]


def test_the_introduction_names_every_guide_and_is_short():
    introduction = spec.load()["info"]["description"]
    assert set(re.findall(r"\(/docs/guides/([a-z-]+)\)", introduction)) == PAGES.keys()
    assert len(introduction) <= 1200


def test_links_lead_to_guides_and_pages_that_exist():
    named = [link for text in PAGES.values() for link in re.findall(r"\]\((/[^)]*)\)", text)]
    assert {link.removeprefix("/docs/guides/") for link in named} - {"/problems"} <= PAGES.keys()


@pytest.mark.parametrize("page", PAGES)
def test_a_guide_begins_with_its_title_and_has_a_sample(page):
    assert re.match(r"# [A-Z][A-Za-z ]+\n\n[A-Z]", PAGES[page])
    assert "```sh\n" in PAGES[page] and len(PAGES[page].split()) > 200


def test_operations_codes_and_scopes_that_guides_name_exist():
    document = spec.load()
    documented = {
        item[method]["operationId"]
        for item in document["paths"].values()
        for method in spec.METHODS
        if method in item
    }
    named = {
        name
        for text in PAGES.values()
        for name in re.findall(r"`((?:create|get|list|log|revoke|rotate)_[a-z_]+)`", text)
    }
    assert named <= documented
    assert named
