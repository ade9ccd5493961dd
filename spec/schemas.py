"""Schemas of the joined contract: the columns of resources, the snapshot of events, and the bounds and closures of all."""

from collections.abc import Iterator
from typing import Any

from spec.operations import nodes, operations, reached

NO_NUL = r"^[^\x00]*$"  # PostgreSQL stores no NUL


def schema_of(noun: str) -> str:
    """``api_key`` is ``ApiKey``."""
    return "".join(part.capitalize() for part in noun.split("_"))


def complete_subjects(document: dict[str, Any], columns: dict[str, Any]) -> None:
    """Give the resources that have events the properties of all rows, and the snapshot of an event a member for each."""
    schemas = document["components"]["schemas"]
    snapshot = schemas.get("EventSnapshot")
    for noun in sorted({event_type.partition(".")[0] for event_type in document["x-event-types"]}):
        name = schema_of(noun)
        schema = schemas.get(name)
        if schema is None or "id" not in schema["properties"]:
            continue
        for column, described in columns.items():
            schema["properties"].setdefault(column, dict(described))
        if snapshot is not None:
            snapshot["properties"][noun] = {"$ref": f"#/components/schemas/{name}"}


def complete(document: dict[str, Any], lengths: dict[str, int]) -> None:
    """Bound texts, close the objects of requests, and require the properties of answers."""
    sent = reachable(document, _bodies(document))
    open_forms = reachable(document, _open_bodies(document))
    answered = reachable(document, _answers(document))
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") != "object" or "properties" not in schema:
            continue
        if name in sent:
            if name not in open_forms:
                schema.setdefault("additionalProperties", False)
            if name.endswith("Patch"):
                schema.setdefault("minProperties", 1)
        elif name in answered and schema.get("maxProperties") != 1:
            schema.setdefault("required", list(schema["properties"]))
    for node in nodes(document):
        if node.get("type") != "string":
            continue
        if node.get("format") in lengths:
            node.setdefault("maxLength", lengths[node["format"]])
        elif not node.keys() & {"enum", "pattern", "format"}:
            node["pattern"] = NO_NUL


def _bodies(document: dict[str, Any]) -> Iterator[Any]:
    return (
        operation.node["requestBody"] for operation in operations(document) if "requestBody" in operation.node
    )


def _open_bodies(document: dict[str, Any]) -> Iterator[Any]:
    """The bodies whose unknown properties are ignored, as another standard has it."""
    return (
        operation.node["requestBody"]
        for operation in operations(document)
        if operation.node.get("x-unknown-parameters") == "ignored" and "requestBody" in operation.node
    )


def _answers(document: dict[str, Any]) -> Iterator[Any]:
    return (operation.node["responses"] for operation in operations(document))


def reachable(document: dict[str, Any], roots: Iterator[Any]) -> set[str]:
    """The names of the schemas that ``roots`` refer to, directly and through others."""
    return {name for kind, name in reached(document, list(roots)) if kind == "schemas"}
