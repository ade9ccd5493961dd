"""The rest of the examples: operations that the story does not tell of, asked with values that follow from the contract."""

from typing import Any

import spec
from scripts.recording import Story
from spec.derived import flat
from spec.operations import METHODS, Operation, operations, resolved

# Creations first, so that there is something to read and to change.
ORDER = {method: index for index, method in enumerate(("post", "get", "patch", "put", "delete"))}
TEXTS = ("single-line", "multi-line", None)


class NoExample(LookupError):
    """No value follows from a schema: the property needs an ``example`` in the contract."""


def record_the_rest(story: Story, ids: dict[str, str], besides: tuple[str, ...] = ()) -> None:
    """Ask every operation with JSON that the story does not ask, now or, ``besides``, later.

    ``ids`` are the IDs of what there is, by noun.
    """
    document = spec.load()
    recorded = {*story.examples, *besides}
    rest = [operation for operation in operations(document) if _is_missing(operation, recorded)]
    for operation in sorted(rest, key=_order):
        node, path = operation.node, operation.path
        for parameter in operation.parameters(document):
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", ids[parameter["x-resource"]])
        body = _body(document, operation, ids)
        if operation.method == "post":
            created = story.make(node["operationId"], path, body)
            ids[node["x-permission"].partition(".")[0]] = created["id"]
        else:
            story.ask(node["operationId"], operation.method.upper(), path, body)


def _order(operation: Operation) -> tuple[int, int]:
    return ORDER[operation.method], METHODS.index(operation.method)


def _is_missing(operation: Operation, recorded: set[str]) -> bool:
    has_json = any(
        "application/json" in response.get("content", {}) for response in operation.successes().values()
    )
    return has_json and operation.is_private and operation.node["operationId"] not in recorded


def _body(document: dict[str, Any], operation: Operation, ids: dict[str, str]) -> dict[str, Any] | None:
    """What is required of a body, and of a patch its first property."""
    if "requestBody" not in operation.node:
        return None
    content = next(iter(operation.node["requestBody"]["content"].values()))
    schema = resolved(document, content["schema"])
    names = schema.get("required") or list(schema["properties"])[:1]
    return {name: _value(document, name, schema["properties"][name], ids) for name in names}


def _value(document: dict[str, Any], name: str, schema: dict[str, Any], ids: dict[str, str]) -> Any:
    resource, schema = schema.get("x-resource"), flat(document, schema)
    if resource:
        return ids[resource]
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "boolean":
        return True
    if schema.get("type") == "integer":
        return schema.get("minimum", 1)
    if schema.get("type") == "string" and schema.get("format") in TEXTS and "maxLength" in schema:
        return f"An example of a {name.replace('_', ' ')}"[: schema["maxLength"]]
    raise NoExample(f"Give {name} an example in the contract.")
