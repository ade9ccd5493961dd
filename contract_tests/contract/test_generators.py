"""Clients that common generators make of the published contract: they compile, and they work.

Each is generated from what the running server publishes, by the tool that its users use.  Three of them run always, all
of them with ``--long``, which also finds that the kept results are stale; ``scripts/publish clients`` renews them.
"""

import json
from dataclasses import asdict

import httpx
import pytest

from contract_tests.contract import generators, tools
from contract_tests.contract.generators import declared, results
from contract_tests.support import factories

pytestmark = pytest.mark.slow
WHAT_HAPPENS = {
    "same_task": True,
    "replayed": True,
    "changed": 200,
    "collided": 412,
    "code": "stale_etag",
    "changed_fields": ["title"],
    "refused": 422,
    "fault": "/title",
    "done": "done",
    "logged_out": 204,
}
TITLES = ["Mine", *(f"Step {number}" for number in range(24))]
PATHS = {"3.0": "/openapi.json", "3.1": "/openapi-3.1.json"}


def pytest_generate_tests(metafunc):
    if "name" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--long")
        cases = generators.every() if is_long else generators.EVERY_RUN
        metafunc.parametrize(("name", "document"), cases)


@pytest.fixture(scope="module")
def published(live, tmp_path_factory):
    """The contract as the running server publishes it, by its version of OpenAPI."""
    folder = tmp_path_factory.mktemp("published")
    paths = {}
    for document, path in PATHS.items():
        paths[document] = folder / f"openapi-{document}.json"
        paths[document].write_bytes(httpx.get(live.host_url + path).raise_for_status().content)
    return paths


@pytest.fixture(scope="module")
def rows(request):
    """What was found, kept at the end if ``--keep-clients`` is given."""
    outcomes = []
    yield outcomes
    if request.config.getoption("--keep-clients"):
        results.keep(outcomes, generators.every())


@pytest.fixture
def hear(live, owner):
    """Listen to a story, and compare what it saw with what is stored."""

    def listen(run_story, folder):
        person = live.people["owner"]
        printed = run_story(
            folder, live.base_url, person.email, person.password, live.organization_id, factories.key()
        )
        summary = json.loads(printed.splitlines()[-1])
        filters = {"project_id": summary.pop("project_id"), "limit": 100}
        stored = owner.get("/tasks", params=filters).json()["items"]
        assert (
            sorted(summary.pop("listed"))
            == sorted(summary.pop("made"))
            == sorted(task["id"] for task in stored)
        )
        titles = sorted(task["title"] for task in stored)
        assert sorted(summary.pop("titles")) == titles == sorted(TITLES)
        assert summary == WHAT_HAPPENS

    return listen


def test_a_client_is_generated_compiles_and_tells_the_main_story(
    name, document, published, hear, rows, tmp_path, pytestconfig
):
    generator = generators.named(name)
    outcome = declared.run(generator, document, published[document], tmp_path / "client", hear)
    rows.append(results.row(generator, document, outcome))
    if pytestconfig.getoption("--long") and not pytestconfig.getoption("--keep-clients"):
        published_row = results.stored().get((name, document), {})
        now = {**asdict(outcome), "seconds": published_row.get("seconds")}
        if outcome.reason.startswith(declared.NOT_HERE):
            now = {"generated": outcome.generated}
        assert {field: published_row.get(field) for field in now} == now, "run scripts/publish clients"


def test_the_kept_results_are_complete_and_their_page_shows_them():
    rows = results.stored()
    assert list(rows) == generators.every(), "run scripts/publish clients"
    assert results.PAGE.read_text("utf-8") == results.page(rows.values()), "run scripts/publish clients"


def test_the_kept_results_are_of_this_contract(pytestconfig):
    """Only the long run asks: the contract changes often, and the results with it seldom."""
    present = {document: results.digest(document) for document in declared.DOCUMENTS}
    stale = [key for key, row in results.stored().items() if row["digest"] != present[row["document"]]]
    assert not (stale and pytestconfig.getoption("--long")), f"run scripts/publish clients: {stale}"


def planted(published, document, change, folder):
    """A published document with a fault."""
    changed = json.loads(published[document].read_bytes())
    change(changed)
    return tools.write(changed, folder / "openapi.json")


def without_next_cursor(document):
    page = document["components"]["schemas"]["TaskPage"]
    del page["properties"]["next_cursor"]
    page["required"].remove("next_cursor")


def test_a_story_that_reads_what_is_gone_does_not_compile(published, tmp_path):
    path = planted(published, "3.0", without_next_cursor, tmp_path)
    generator = generators.named("openapi-typescript + openapi-fetch")
    generator.generate(path, tmp_path / "client")
    with pytest.raises(AssertionError, match="next_cursor"):
        generator.compile(tmp_path / "client")


def with_a_webhook_among_the_events(document):
    event = {"application/json": {"schema": {"$ref": "#/components/schemas/Event"}}}
    received = {"204": {"description": "Received."}}
    document["webhooks"] = {
        "task_created": {
            "post": {
                "operationId": "receive_task_created",
                "tags": ["events"],
                "requestBody": {"required": True, "content": event},
                "responses": received,
            }
        }
    }


def test_a_webhook_under_the_tag_of_operations_breaks_a_client(published, tmp_path):
    path = planted(published, "3.1", with_a_webhook_among_the_events, tmp_path)
    generator = generators.named("openapi-generator python")
    generator.generate(path, tmp_path / "client")
    with pytest.raises(AssertionError, match=r"events_api\.py:\d+: error: .*[Ss]yntax"):
        generator.compile(tmp_path / "client")


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("WARNING parsing GET /tasks within contract.", r"complains of the contract.*GET /tasks"),
        ("", "take off: openapi-python-client no longer complains"),
    ],
)
def test_complaints_are_exactly_those_that_are_declared(printed, message):
    with pytest.raises(AssertionError, match=message):
        declared.judge(generators.named("openapi-python-client"), "3.0", printed)


def failing(text):
    def step(folder):
        raise AssertionError(text)

    return step


def passing(folder):
    pass


OF_THE_TOOL = declared.Fault("compile", "TS2411", "it does not know open maps")


@pytest.mark.parametrize(
    ("step", "fault", "message"),
    [
        (failing("TS2411"), None, "TS2411"),
        (failing("TS7016"), OF_THE_TOOL, "TS7016"),
        (passing, OF_THE_TOOL, "take off: a tool passes at last"),
        (declared.Lacking("no Python", program="python3"), None, "is there: declare how it is used"),
    ],
)
def test_a_step_that_does_not_end_as_declared_is_a_failure(step, fault, message, tmp_path):
    generator = declared.Generator(
        *("a tool", str, lambda *_: "", step, declared.Lacking("no story")),
        faults=(fault,) if fault else (),
    )
    with pytest.raises(AssertionError, match=message):
        declared.run(generator, "3.0", tmp_path, tmp_path, lambda *_: None)


def test_a_fault_of_the_tool_is_kept_with_its_reason(tmp_path):
    generator = declared.Generator(
        *("a tool", str, lambda *_: "", failing("TS2411"), declared.Lacking("no story")),
        faults=(OF_THE_TOOL,),
    )
    outcome = declared.run(generator, "3.0", tmp_path, tmp_path, lambda *_: None)
    assert (outcome.compiled, outcome.reason) == ("no", OF_THE_TOOL.why)
