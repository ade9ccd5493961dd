"""What a rule computes and no file writes: the patterns of formats, and the limits of arrays whose items are values of a list."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from spec.operations import nodes, resolved

# An answer may hold values that were added after a client was generated, so that its limit is a round number.
LIMIT_STEP = 100


class UnknownValues(Exception):
    """``x-values-of`` names no list of values."""


def complete(document: dict[str, Any], formats: Mapping[str, Mapping[str, str]]) -> None:
    """Add to the joined ``document`` what follows from it.

    A string with ``x-enum-of`` has the scopes as its values, in their order (``x-scopes``, or ``x-scopes-of-apps``).  A string
    with one of the ``formats`` gets the pattern of the format.  An array whose items are an enum has at most as many
    items as the enum has values; an array with ``x-values-of`` (``x-scopes``, ``x-permission`` or ``Schema.property``) at most
    as many as that list has, rounded up.
    """
    scopes = {"x-scopes": document["x-scopes"], "x-scopes-of-apps": scopes_of_apps(document)}
    for node in nodes(document):
        if "x-enum-of" in node:
            node["enum"] = list(scopes[node.pop("x-enum-of")])
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema:
            schema["x-enum-varnames"] = [variable(name, value) for value in schema["enum"]]
    for node in nodes(document):
        if node.get("type") == "string" and (
            pattern := formats.get(node.get("format", ""), {}).get("pattern")
        ):
            node.setdefault("pattern", pattern)
        elif node.get("type") == "array" and "x-values-of" in node:
            count = len(values_of(document, node["x-values-of"]))
            node["maxItems"] = -(-count // LIMIT_STEP) * LIMIT_STEP
        elif node.get("type") == "array" and (values := enum_of(document, node)):
            node["maxItems"] = len(values)


def scopes_of_apps(document: dict[str, Any]) -> dict[str, str]:
    """What each scope of an app allows, in words."""
    refused = document["x-scopes-of-people"]
    scopes = {**document["x-openid-scopes"], **document["x-scopes"]}
    return {name: text for name, text in scopes.items() if name not in refused}


def flat(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema without references: a single ``allOf`` and a ``$ref`` are merged into what stands beside them, also of items."""
    schema = resolved(document, schema)
    if "allOf" in schema:
        (only,) = schema["allOf"]
        schema = {**flat(document, only), **{key: value for key, value in schema.items() if key != "allOf"}}
    if "items" in schema:
        schema = {**schema, "items": flat(document, schema["items"])}
    return schema


def variable(name: str, value: str) -> str:
    """The constant of a value in generated clients: ``-due_on`` of ``TaskOrder`` is ``TASK_ORDER_DUE_ON_DESCENDING``.

    It begins with the name of the enum, as constants of Go and C share one name space.
    """
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name)
    text = re.sub(r"[^A-Za-z0-9]+", "_", f"{value[1:]}_descending" if value.startswith("-") else value)
    return f"{words}_{text}".upper()


def enum_of(document: dict[str, Any], array: dict[str, Any]) -> list[Any]:
    """The values that the items of an array may have, when they are an enum."""
    items = array["items"]
    if "$ref" in items:
        items = document["components"]["schemas"][items["$ref"].rpartition("/")[2]]
    return [value for value in items.get("enum", ()) if value is not None]


def values_of(document: dict[str, Any], name: str) -> Collection[str]:
    """The values that ``x-values-of: name`` names."""
    if name == "x-scopes":
        return {*document["x-scopes"], *document["x-openid-scopes"]}
    if name == "x-permission":
        return {
            operation["x-permission"]
            for item in document["paths"].values()
            for operation in item.values()
            if isinstance(operation, dict) and "x-permission" in operation
        }
    schema, _, prop = name.partition(".")
    try:
        return enum_of(document, document["components"]["schemas"][schema]["properties"][prop])
    except KeyError:
        raise UnknownValues(f"x-values-of: {name} names no property of a schema.") from None
