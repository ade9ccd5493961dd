"""The contract against its style: every rule holds, and every rule is seen to find what it is for."""

import re
import shutil

import pytest

import spec
from contract_tests.contract import (  # noqa: F401
    style_access,
    style_answers,
    style_defaults,
    style_delegation,
    style_faults_of_operations,
    style_headers,
    style_links,
    style_names,
    style_operations,
    style_proof,
    style_shapes,
    style_texts,
    style_writes,
)
from contract_tests.contract.reading import RULES, Reading
from contract_tests.contract.style_faults import FAULTS, ON_DISK


@pytest.fixture(scope="module")
def reading():
    return Reading(spec.load())


@pytest.mark.parametrize("rule", RULES)
def test_the_contract_keeps_its_style(rule, reading):
    found = list(RULES[rule](reading))
    assert not found, f"\n{RULES[rule].__doc__}\n" + "\n".join(f"- {one}" for one in found)


@pytest.mark.parametrize(("rule", "fault"), FAULTS, ids=[rule for rule, _ in FAULTS])
def test_a_fault_of_style_is_found(rule, fault):
    document = spec.load()
    fault(document)
    assert list(RULES[rule](Reading(document)))


def test_a_long_file_is_found(monkeypatch, reading):
    monkeypatch.setattr(style_names, "LINES", 100)
    assert list(RULES["files_are_short"](reading))


def test_every_rule_of_style_is_seen_to_find_something():
    assert set(RULES) - {rule for rule, _ in FAULTS} - ON_DISK == set()


REPEATED = {
    "tags": ("operationId: create_team", "operationId: create_team\n      tags: [teams]"),
    "IdempotencyKey": (
        "operationId: create_team",
        'operationId: create_team\n      parameters: [{$ref: "../common.yaml#/components/parameters/IdempotencyKey"}]',
    ),
    "409": (
        '"201": {description: The new team.',
        '"409": {$ref: "../responses.yaml#/components/responses/Conflict"}\n        "201": {description: The new team.',
    ),
    "additionalProperties": (
        "description: A new team.",
        "description: A new team.\n      additionalProperties: false",
    ),
    "maxLength": ("id: {type: string, format: uuid", "id: {type: string, format: uuid, maxLength: 36"),
    "version": (
        "        id: {type",
        (
            "        version: {type: integer, format: int64, minimum: 1, maximum: 9223372036854775807, "
            "description: Raised by one with each change.}\n        id: {type"
        ),
    ),
}


@pytest.mark.parametrize("what", REPEATED)
def test_a_default_that_is_written_by_hand_is_found(what, monkeypatch, tmp_path):
    folder = shutil.copytree(spec.FOLDER, tmp_path / "spec")
    file = folder / "access" / "teams.yaml"
    before, after = REPEATED[what]
    assert before in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(before, after), "utf-8")
    monkeypatch.setattr(spec, "FOLDER", folder)
    reading = Reading(spec.load())
    rules = ("operations_repeat_no_defaults", "schemas_repeat_no_defaults")
    found = [one for rule in rules for one in RULES[rule](reading)]
    assert found and all("spec/access/teams.yaml" in one and what in one for one in found)


def test_a_limit_that_is_written_beside_values_is_found(monkeypatch, reading, tmp_path):
    written = "scopes: {type: array, maxItems: 20, items: {type: string, enum: [tasks:read]}}"
    (tmp_path / "keys.yaml").write_text(written, "utf-8")
    monkeypatch.setattr(spec, "FOLDER", tmp_path)
    assert list(RULES["limits_of_values_are_not_written"](reading))


def test_a_scope_that_is_added_raises_every_limit_that_it_counts_in(monkeypatch, tmp_path):
    folder = shutil.copytree(spec.FOLDER, tmp_path / "spec")
    more = [f"extra{number}:read" for number in range(100)]
    for path in folder.rglob("*.yaml"):
        text = path.read_text("utf-8")
        text = re.sub(r"enum: \[(account:read|\"openid\")", f"enum: [{', '.join(more)}, \\1", text)
        if path.name == "tasks.yaml":
            text = re.sub(
                r"(?m)^x-scopes:$", "x-scopes:\n" + "\n".join(f"  {one}: More." for one in more), text
            )
        path.write_text(text, "utf-8")
    before = spec.load()["components"]["schemas"]
    monkeypatch.setattr(spec, "FOLDER", folder)
    after = spec.load()["components"]["schemas"]
    for name in ("ApiKeyCreate", "ApiKeyPatch", "AppCreate", "AppPatch"):
        limits = [one[name]["properties"]["scopes"]["maxItems"] for one in (before, after)]
        assert limits[1] == limits[0] + len(more), name
    for name in ("ApiKey", "App", "Consent", "ServiceApiKey", "ServiceKey", "ServiceCertificate"):
        assert after[name]["properties"]["scopes"]["maxItems"] >= len(more) + 20, name
