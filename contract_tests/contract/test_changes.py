"""The contract against the one that was last published: what would break a client raises the version."""

import pytest
import yaml

from contract_tests.contract import tools

PUBLISHED = tools.ROOT / "spec" / "published"
FILES = {"3.0": "openapi.yaml", "3.1": "openapi-3.1.yaml"}


def published(version="3.0"):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((PUBLISHED / FILES[version]).read_text("utf-8"), loader)


def compare(before, after, folder):
    """Whether the version of ``after`` says what changed since ``before``, and the list of changes."""
    ended = tools.node(
        "redocly",
        "diff",
        tools.write(before, folder / "before.json"),
        tools.write(after, folder / "after.json"),
        "--check-version",
        "--fail-on=none",
        "--config",
        tools.FOLDER / "redocly.yaml",
    )
    return ended.returncode == 0, tools.said(ended)


@pytest.mark.parametrize("version", FILES)
def test_the_version_says_what_changed_since_the_last_publication(version, tmp_path):
    told, changes = compare(published(version), tools.document(version), tmp_path)
    assert told, (
        f"{changes}\nRaise info.version accordingly; scripts/publish keeps the contract of a release."
    )


def without_a_property(document):
    document["components"]["schemas"]["Task"]["properties"].pop("title")
    document["components"]["schemas"]["Task"]["required"].remove("title")


def without_an_operation(document):
    del document["paths"]["/tasks/{task_id}/completion"]["delete"]


def with_another_type(document):
    document["components"]["schemas"]["Task"]["properties"]["version"]["type"] = "string"


def with_a_shorter_title(document):
    document["components"]["schemas"]["TaskCreate"]["properties"]["title"]["maxLength"] = 10


def with_more_required_of_a_request(document):
    document["components"]["schemas"]["TaskCreate"]["required"].append("priority")


def with_a_required_parameter(document):
    document["components"]["parameters"]["IdempotencyKey"]["required"] = True


def with_fewer_values(document):
    document["components"]["schemas"]["TaskCreate"]["properties"]["status"]["enum"].remove("cancelled")


def with_another_name(document):
    document["paths"]["/tasks"]["get"]["operationId"] = "list_all_tasks"


def with_authentication(document):
    del document["paths"]["/problems"]["get"]["security"]


def with_a_new_property(document):
    document["components"]["schemas"]["Task"]["properties"]["colour"] = {"type": "string"}


FAULTS = [
    without_a_property,
    without_an_operation,
    with_another_type,
    with_a_shorter_title,
    with_more_required_of_a_request,
    with_a_required_parameter,
    with_fewer_values,
    with_another_name,
    with_authentication,
    with_a_new_property,
]


@pytest.mark.parametrize("change", FAULTS)
def test_a_change_that_the_version_does_not_tell_is_found(change, tmp_path):
    document = published()
    change(document)
    told, changes = compare(published(), document, tmp_path)
    assert not told, changes


def test_an_event_that_is_no_longer_sent_is_found(tmp_path):
    document = published("3.1")
    del document["webhooks"]["task_changed"]
    told, changes = compare(published("3.1"), document, tmp_path)
    assert not told, changes


def test_a_change_that_the_version_tells_is_let_through(tmp_path):
    document = published()
    without_a_property(document)
    major, minor, _ = map(int, document["info"]["version"].split("."))
    document["info"]["version"] = f"0.{minor + 1}.0" if major == 0 else f"{major + 1}.0.0"
    told, changes = compare(published(), document, tmp_path)
    assert told, changes
