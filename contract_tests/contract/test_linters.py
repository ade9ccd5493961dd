"""The contract against the OpenAPI specification and Redocly: nothing is found, except what is planted."""

import json

import openapi_spec_validator
import pytest
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from contract_tests.contract import tools
from spec.origins import where

# What `redocly score` must reach.  The figures only go up.  Its `discoverability` is 100 less a tenth of the number of
# operations: it tells how many there are, and nothing of how they are written.
SCORES = {"agentReadiness": 87}  # fewer parameters score higher, and conditions are two of them


@pytest.fixture(params=["3.0", "3.1"])
def document(request):
    return tools.document(request.param)


def redocly(document, folder):
    """The rules that Redocly finds broken, each with its place."""
    path = tools.write(document, folder / "openapi.json")
    options = ["--config", tools.FOLDER / "redocly.yaml", "--format=json"]
    if document["openapi"] < "3.1":
        # There, JSON Schema cannot judge a reference that may be null; the 3.1 document says null plainly.
        options.append("--skip-rule=no-invalid-media-type-examples")
    ended = tools.node("redocly", "lint", path, *options)
    assert ended.stdout, tools.output(ended)
    problems = json.loads(ended.stdout)["problems"]
    return [
        (each["ruleId"], where(each["location"][0].get("pointer") or ""), each["message"])
        for each in problems
    ]


def score(document, folder):
    path = tools.write(document, folder / "openapi.json")
    ended = tools.node("redocly", "score", path, "--config", tools.FOLDER / "redocly.yaml", "--format=json")
    assert ended.returncode == 0, tools.output(ended)
    return json.loads(ended.stdout)


def test_the_published_documents_are_valid_openapi(document):
    openapi_spec_validator.validate(document)


def test_a_response_without_description_is_not_valid_openapi(document):
    del next(iter(document["components"]["responses"].values()))["description"]
    with pytest.raises(OpenAPIValidationError):
        openapi_spec_validator.validate(document)


def test_redocly_finds_nothing(document, tmp_path):
    assert redocly(document, tmp_path) == []


def without_client_errors(document):
    responses = document["paths"]["/tasks"]["post"]["responses"]
    for status in [status for status in responses if status.startswith("4")]:
        del responses[status]


def with_a_wrong_example(document):
    responses = document["paths"]["/tasks/{task_id}"]["get"]["responses"]
    media = responses["200"]["content"]["application/json"]
    media["example"] = {"id": 17}


def with_a_wrong_example_in_a_schema(document):
    document["components"]["schemas"]["Task"]["examples"] = [{"id": 17}]


def with_an_ambiguous_path(document):
    document["paths"]["/tasks/{id_of_task}"] = document["paths"]["/tasks/{task_id}"]


def without_a_summary(document):
    del document["paths"]["/tasks"]["get"]["summary"]


def without_security(document):
    del document["security"]


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (without_client_errors, "operation-4xx-response"),
        (with_a_wrong_example, "no-invalid-media-type-examples"),
        (with_a_wrong_example_in_a_schema, "no-invalid-schema-examples"),
        (with_an_ambiguous_path, "no-identical-paths"),
        (without_a_summary, "operation-summary"),
        (without_security, "security-defined"),
    ],
)
def test_redocly_finds_what_is_planted(fault, rule, tmp_path):
    document = tools.document("3.1")
    fault(document)
    assert rule in {name for name, _, _ in redocly(document, tmp_path)}


def test_a_finding_names_the_file_and_the_line(tmp_path):
    document = tools.document("3.1")
    without_a_summary(document)
    (finding,) = [
        location for rule, location, _ in redocly(document, tmp_path) if rule == "operation-summary"
    ]
    file, _, line = finding.partition(":")
    assert file == "spec/work/tasks.yaml"
    assert (
        (tools.ROOT / file)
        .read_text("utf-8")
        .splitlines()[int(line.split(",")[0]) - 1]
        .strip()
        .startswith("summary:")
    )


@pytest.mark.parametrize(
    ("pointer", "file"),
    [
        ("#/paths/~1tasks/post/responses/422", "defaults.yaml"),
        ("#/components/schemas/Team/properties/version", "defaults.yaml"),
        ("#/components/schemas/Team/properties/name", "spec/access/teams.yaml"),
        ("#/info/title", "spec/openapi.yaml"),
    ],
)
def test_what_is_added_is_said_to_be(pointer, file):
    assert file in where(pointer)


def test_the_contract_reaches_its_scores(tmp_path):
    reached = score(tools.document(), tmp_path)
    assert {name: reached[name] for name in SCORES if reached[name] < SCORES[name]} == {}


def test_a_contract_without_descriptions_and_examples_does_not_reach_its_scores(tmp_path):
    reached = score(without(tools.document(), {"description", "example"}), tmp_path)
    assert any(reached[name] < SCORES[name] for name in SCORES)


def without(node, names):
    """A copy of a document without the texts of these names."""
    if isinstance(node, list):
        return [without(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without(value, names)
        for key, value in node.items()
        if not (key in names and isinstance(value, str))
    }
