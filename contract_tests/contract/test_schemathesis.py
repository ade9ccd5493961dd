"""Schemathesis finds nothing: no fault of the server, no answer that the contract does not have, no foreign object."""

import logging

import pytest

import spec
from contract_tests.contract import campaign, campaign_world
from contract_tests.contract.reading import Reading
from contract_tests.support.stored_functions import open_wall
from handlers.http import watch
from models.work.projects import Project

pytestmark = pytest.mark.slow
REACHED = {"operations": 100, "examples": 100}
# Formats that the contract adds, which tracecov does not know and so never sees broken; test_values.py breaks them.
READING = Reading(spec.load())
OF_OUR_FORMATS = [
    f"/components/schemas/{location.replace('.', '/properties/', 1).replace('[]', '/items')}"
    for location, schema in READING.parts(READING.request_schemas)
    if schema.get("format") in spec.formats()
]
# The report says of a parameter which keyword was missed, and not of which parameter.
OF_OUR_FORMATS += {
    ""
    for operation in READING.operations
    for parameter in operation.parameters
    if parameter["schema"].get("format") in spec.formats()
}
# Values of these formats are made to be valid, and are seldom too long; the hostile bodies are, each of them.
SELDOM = {f"{location}/maxLength" for location in OF_OUR_FORMATS}
NOT_MEASURED = {f"{location}/format" for location in OF_OUR_FORMATS}
# A form without its only field is an empty body, which is not sent; test_unsubscriptions.py sends it.
NOT_MEASURED.add("/components/schemas/OneClickUnsubscription/required")


@pytest.fixture
def peers(live, contract, anonymous):
    return campaign_world.peers(live, contract, anonymous)


@pytest.fixture
def faults():
    """What the server logs as a fault of its own while the test runs."""
    logged = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: logged.append(
        f"{record.getMessage()} {getattr(record, 'fault', '')} {record.exc_info}"
    )
    logger = logging.getLogger("remit")
    level = logger.level
    logger.setLevel(logging.ERROR)
    logger.addHandler(handler)
    yield logged
    logger.removeHandler(handler)
    logger.setLevel(level)


def server_errors():
    """How many answers of 500 the process has counted."""
    samples = (sample for metric in watch.REQUESTS.collect() for sample in metric.samples)
    return sum(
        sample.value
        for sample in samples
        if sample.name.endswith("_total") and sample.labels["status"] == "500"
    )


def test_the_server_keeps_its_contract_whatever_is_asked(
    live, peers, contract, anonymous, faults, tmp_path, request
):
    long = request.config.getoption("--long")
    before, cases = server_errors(), 0
    for seed in (1, 2, 3) if long else (1,):
        good_requests = campaign_world.good_requests(live, contract, anonymous, peers["one"])
        outcome = campaign.run(
            tmp_path,
            live.base_url,
            peers,
            good_requests=good_requests,
            seed=seed,
            examples=140 if long else 20,
        )
        print(
            f"\nSchemathesis, seed {seed}: {outcome.cases} cases, {outcome.passed} passed, exit code {outcome.exit_code}"
        )
        print(*(f"{name} {percent:.0f} %" for name, percent in outcome.coverage.items()), sep=", ")
        assert outcome.exit_code == 0, outcome.output
        assert {name: outcome.coverage[name] for name in REACHED} == REACHED
        assert outcome.missed - SELDOM == NOT_MEASURED
        assert outcome.cases == outcome.passed > 0, outcome.output
        cases += outcome.cases
    assert cases >= (20_000 if long else 2_000)
    assert not faults
    assert server_errors() == before


def breaks(project_id, caller):
    raise RuntimeError("planted")


def shows_to_anybody(project_id, caller):
    caller.asked = True  # and row-level security, which would hide it, allows every tenant
    return Project.get_by_id(project_id)


def forgets_the_description(project_id, caller):
    caller.asked = True
    return {"id": project_id}


@pytest.mark.parametrize(
    ("planted", "finding"),
    [(breaks, "ST101"), (forgets_the_description, "ST101"), (shows_to_anybody, "ST402")],
    ids=[
        "a handler breaks",
        "a handler returns less than it is_documented",
        "a handler shows foreign projects",
    ],
)
def test_a_planted_fault_is_found(live, peers, tmp_path, monkeypatch, planted, finding):
    monkeypatch.setattr(live.plans["get_project"], "handler", planted)
    with open_wall():
        outcome = _on_projects(live, peers, tmp_path)
    assert outcome.exit_code != 0
    assert finding in outcome.output


def test_an_answer_that_passes_a_gate_left_open_is_found(live, peers, tmp_path, monkeypatch):
    monkeypatch.setattr("handlers.http.watch.observe", lambda *_: None)
    spec = live.plans["get_project"].responses[200]
    monkeypatch.setitem(spec.media, "application/json", (lambda row: {"id": row.id}, Anything()))
    outcome = _on_projects(live, peers, tmp_path)
    assert outcome.exit_code != 0
    assert "ST109" in outcome.output or "ST108" in outcome.output


class Anything:
    """A validator that finds no fault."""

    def is_valid(self, value):
        return True


def _on_projects(live, peers, folder):
    """A short campaign on the projects alone."""
    only = ("list_projects", "get_project")
    return campaign.run(
        folder, live.base_url, peers, seed=1, examples=10, phases="coverage,fuzzing,stateful", only=only
    )
