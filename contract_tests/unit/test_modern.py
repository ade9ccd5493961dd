"""From OpenAPI 3.0 to 3.1: one translation of schemas, for what is published and for what is validated."""

import copy

import jsonschema_rs
import pytest

from handlers.http.schemas import REQUEST, Schemas
from spec import published
from spec.modern import modern

REFERENCE = {"$ref": "#/components/schemas/Task"}
TRANSLATIONS: list[tuple[dict, dict]] = [
    ({"type": "string"}, {"type": "string"}),
    ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    ({"type": "string", "nullable": False}, {"type": "string"}),
    (
        {"type": "string", "enum": ["low", "high"], "nullable": True},
        {"type": ["string", "null"], "enum": ["low", "high", None]},
    ),
    (
        {"type": "string", "enum": ["low", None], "nullable": True},
        {"type": ["string", "null"], "enum": ["low", None]},
    ),
    (
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        {"type": "integer", "exclusiveMinimum": 0},
    ),
    ({"type": "integer", "maximum": 9, "exclusiveMaximum": False}, {"type": "integer", "maximum": 9}),
    (
        {"allOf": [REFERENCE], "nullable": True, "description": "Task."},
        {"anyOf": [REFERENCE, {"type": "null"}], "description": "Task."},
    ),
    (
        {"allOf": [REFERENCE, {"minProperties": 1}], "nullable": True},
        {"anyOf": [{"allOf": [REFERENCE, {"minProperties": 1}]}, {"type": "null"}]},
    ),
    ({"minLength": 1, "nullable": True}, {"anyOf": [{"minLength": 1}, {"type": "null"}]}),
    ({"properties": {"nullable": {"type": "boolean"}}}, {"properties": {"nullable": {"type": "boolean"}}}),
]


@pytest.mark.parametrize(("schema", "translation"), TRANSLATIONS)
def test_a_schema_says_the_same_in_both_versions(schema, translation):
    before = copy.deepcopy(schema)
    assert modern(schema) == translation
    assert schema == before


@pytest.mark.parametrize("schema", [schema for schema, _ in TRANSLATIONS if schema.get("nullable") is True])
def test_null_is_valid_where_3_0_allows_it(schema):
    assert Schemas({"Task": {"type": "object"}}).validator(schema, REQUEST).is_valid(None)
    translated = {**modern(schema), "components": {"schemas": {"Task": {"type": "object"}}}}
    assert jsonschema_rs.Draft202012Validator(translated).is_valid(None)


def unpaired(document):
    """The operations that name a service account as a way in without its certificate."""
    return [
        operation["operationId"]
        for *_, operation in published.operations(document)
        for schemes in operation.get("security", document["security"])
        if "service_account" in schemes and "certificate" not in schemes
    ]


def test_in_3_1_a_service_account_needs_its_certificate_at_every_operation():
    document = published.openapi_31()
    assert unpaired(document) == []
    planted = next(
        schemes for schemes in document["paths"]["/tasks"]["get"]["security"] if "certificate" in schemes
    )
    del planted["certificate"]
    assert unpaired(document) == ["list_tasks"]
