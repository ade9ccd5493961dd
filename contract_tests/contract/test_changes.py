"""The contract against the one that was last published: what would break a client raises the version."""

from datetime import UTC, datetime

import pytest
import yaml

from contract_tests.contract import tools
from spec.operations import operations

PUBLISHED = tools.ROOT / "spec" / "published" / "openapi.yaml"


def published():
    return yaml.load(PUBLISHED.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def with_event_types_as_answers(document):
    """Types of events are judged like operations: there may be more of them, and none may be gone."""
    names = document.get("x-event-types") or {
        name: None for item in document["x-webhooks"].values() for name in item["x-event-types"]
    }
    answers = {"200": {"description": "The event."}}
    events = {
        f"/events/{name}": {"get": {"operationId": f"event_{name}", "responses": answers}} for name in names
    }
    return {**document, "paths": {**document["paths"], **events}}


def compare(before, after, folder):
    """Whether the version of ``after`` says what changed since ``before``, and the list of changes."""
    paths = [
        tools.write(with_event_types_as_answers(document), folder / f"{name}.json")
        for name, document in (("before", before), ("after", after))
    ]
    options = ("--check-version", "--fail-on=none", "--config", tools.FOLDER / "redocly.yaml")
    ended = tools.node("redocly", "diff", *paths, *options)
    return ended.returncode == 0, tools.output(ended)


def test_the_version_says_what_changed_since_the_last_publication(tmp_path):
    is_raised, changes = compare(published(), tools.document(), tmp_path)
    assert is_raised, (
        f"{changes}\nRaise info.version accordingly; scripts/publish contract keeps that of a release."
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


def without_an_event(document):
    document.get("x-event-types", {}).pop("task.completed", None)
    document.get("x-webhooks", {}).pop("task_changed", None)


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
    without_an_event,
]


@pytest.mark.parametrize("change", FAULTS)
def test_a_change_that_the_version_does_not_tell_is_found(change, tmp_path):
    document = published()
    change(document)
    is_raised, changes = compare(published(), document, tmp_path)
    assert not is_raised, changes


def test_a_change_that_the_version_tells_is_let_through(tmp_path):
    document = published()
    without_a_property(document)
    major, minor, _ = map(int, document["info"]["version"].split("."))
    document["info"]["version"] = f"0.{minor + 1}.0" if major == 0 else f"{major + 1}.0.0"
    is_raised, changes = compare(published(), document, tmp_path)
    assert is_raised, changes


def removed_without_notice(before, after, today):
    """The operations that a release from 1.0 on removes though they were not deprecated, or not for as long as they said."""
    if before["info"]["version"].startswith("0."):
        return []
    left = {operation.node["operationId"] for operation in operations(after)}
    gone = (operation.node for operation in operations(before) if operation.node["operationId"] not in left)
    sunsets = {node["operationId"]: node.get("x-deprecation", {}).get("sunset_on", "never") for node in gone}
    return sorted(name for name, sunset_on in sunsets.items() if sunset_on == "never" or sunset_on > today)


def test_an_operation_is_removed_after_its_sunset_alone():
    assert removed_without_notice(published(), tools.document(), datetime.now(UTC).date().isoformat()) == []


@pytest.mark.parametrize(
    ("version", "sunset_on", "removed"),
    [
        ("0.9.0", None, []),
        ("1.0.0", None, ["reopen_task"]),
        ("1.0.0", "2027-06-01", ["reopen_task"]),
        ("1.0.0", "2027-05-31", []),
    ],
)
def test_an_operation_that_is_removed_without_notice_is_found(version, sunset_on, removed):
    before, after = published(), published()
    before["info"]["version"] = version
    if sunset_on:
        node = before["paths"]["/tasks/{task_id}/completion"]["delete"]
        node["x-deprecation"] = {"deprecated_on": "2026-12-01", "sunset_on": sunset_on}
    without_an_operation(after)
    assert removed_without_notice(before, after, "2027-05-31") == removed
