"""Every code sample of the guides runs, in curl, Python, and TypeScript, and is answered as the guide says."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import spec
from contract_tests.support import factories, samples
from contract_tests.support.visitor import Visitor
from handlers.pages.guides import LANGUAGES
from scripts import environment
from spec import guides

WITH_SAMPLES = [name for name in guides.NAMES if name != "changelog"]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
def recorder(live):
    recording = samples.Recorder(live.host_url)
    yield recording
    recording.stop()


@pytest.fixture
def reader(anonymous):
    """Somebody with an organization, a project, and tasks, and an API key for everything."""
    client = factories.founder(anonymous)
    client.project = factories.project(client, client.organization_id)["id"]
    made = [factories.task(client, client.project, due_on="2030-01-01")["id"] for _ in range(3)]
    client.patch(f"/tasks/{made[0]}", {"priority": "high"})
    key = {"name": "Guides", "scopes": list(spec.load()["x-scopes"]), "password": client.person.password}
    client.variables = {
        "KEY": client.post("/api-keys", key).json()["secret"],
        "EMAIL": client.person.email,
        "PASSWORD": client.person.password,
        "ORGANIZATION": client.organization_id,
        "PROJECT": client.project,
        "TASK": made[0],
    }
    return client


def approved(live, contract, reader):
    """The code with which the browser of the reader comes back from an address of an app."""

    def code(url):
        visitor = Visitor(live.base_url, contract, reader.person)
        page = visitor.get(f"{live.base_url}/oauth/authorize?{urlsplit(url).query}")
        answer = visitor.submit(visitor.log_in(page), decision="approve")
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    return code


def run(name, language, reader, recorder, folder, live, contract, source=None):
    """``(method, path, status)`` of the requests that the samples of a guide send."""
    variables = {**reader.variables, "BASE": f"{recorder.url}/api/v1"}
    answer = approved(live, contract, reader) if name == "oauth" else None
    samples.run(samples.program(name, language, source), language, folder, variables, answer)
    return [(request.method, ID.sub("{id}", request.path), request.status) for request in recorder.requests]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WITH_SAMPLES)
def test_the_samples_of_a_guide_run_and_are_answered_as_it_says(
    name, language, reader, recorder, tmp_path, live, contract
):
    requests = run(name, language, reader, recorder, tmp_path, live, contract)
    assert [status for *_, status in requests] == samples.expected(name), requests


def test_the_commands_of_the_readme_work_as_they_are(reader, recorder, tmp_path):
    readme = (Path(environment.ROOT) / "README.md").read_text("utf-8")
    code = readme.partition("## Use it")[2].partition("```sh\n")[2].partition("```")[0]
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "serve.json").write_text(json.dumps({"api_key": reader.variables["KEY"]}))
    assert "http://127.0.0.1:8080" in code
    samples.run(code.replace("http://127.0.0.1:8080", recorder.url), "curl", tmp_path, {})
    requests = [(request.method, request.status) for request in recorder.requests]
    assert requests == [("GET", 200), ("POST", 201), ("PATCH", 200), ("GET", 200)]


@pytest.mark.parametrize("name", WITH_SAMPLES)
def test_a_sample_is_there_in_each_language_and_says_how_it_is_answered(name):
    page_samples = samples.samples_of(name)
    assert page_samples
    for sample in page_samples:
        assert sample.codes.keys() == LANGUAGES.keys(), sample
        assert sample.statuses or (name, sample.id) in {("quickstart", "sample-1"), ("oauth", "sample-3")}


@pytest.mark.parametrize(
    "name, right, wrong",
    [
        ("rate-limits", "curl -i $BASE/users/me", "curl -i $BASE/users/mine"),
        ("rate-limits", 'api.get("/users/me")', 'api.get("/users/mine")'),
        ("rate-limits", 'call("GET", "/users/me")', 'call("GET", "/users/mine")'),
    ],
)
def test_a_planted_wrong_path_in_a_sample_is_found(
    name, right, wrong, reader, recorder, tmp_path, live, contract
):
    source = guides.source(name)
    assert right in source
    language = next(
        language_name for language_name, code in samples.samples_of(name)[0].codes.items() if right in code
    )
    requests = run(name, language, reader, recorder, tmp_path, live, contract, source.replace(right, wrong))
    assert [status for *_, status in requests] != samples.expected(name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planted_error_of_syntax_is_found(language, tmp_path):
    with pytest.raises(AssertionError, match="sample"):
        samples.run("if (\n", language, tmp_path, {})
