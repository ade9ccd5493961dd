"""The examples of the contract are what a server answers: recorded anew, they are the same."""

import yaml

import spec
from contract_tests.support.isolated_server import isolated_server
from scripts import demo, examples
from spec import published
from spec.operations import resolved


def test_the_examples_are_what_a_server_answers_today():
    with isolated_server() as (client, other):
        recorded = examples.record(client, other)
    published_examples = yaml.safe_load((spec.FOLDER / "examples.yaml").read_text("utf-8"))
    assert recorded == published_examples, (
        "The server answers otherwise: run scripts/publish examples, and look at what changed."
    )


def test_every_operation_with_json_has_its_examples():
    published_examples = yaml.safe_load((spec.FOLDER / "examples.yaml").read_text("utf-8"))
    document = spec.load()
    missing = []
    for _, _, _, operation in published.operations(document):
        answers = operation["responses"].items()
        examples_due = {
            status for status, answer in answers if status[0] == "2" and _speaks_json(document, answer)
        }
        if "requestBody" in operation:
            examples_due.add("request")
        missing += [
            (operation["operationId"], example)
            for example in examples_due - published_examples.get(operation["operationId"], {}).keys()
        ]
    # The documents of the contract itself are not repeated in it.
    missing = [omission for omission in missing if not omission[0].startswith("get_openapi")]
    assert not missing, f"Record an example of these in scripts/examples.py: {missing}"


def _speaks_json(document, answer):
    content = resolved(document, answer).get("content", {})
    return any(media_type.endswith("json") for media_type in content)


def test_examples_have_people_that_the_demonstration_does_not_have():
    """Who sends an example to a demonstration locks nobody out there."""
    text = str(spec.load())
    for organization in demo.ORGANIZATIONS.values():
        assert f"@{organization['domain']}" not in text
        for _, name in organization["people"]:
            assert name not in text
