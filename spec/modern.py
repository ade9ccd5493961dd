"""OpenAPI 3.0 as OpenAPI 3.1: how the schemas of 3.0 differ from JSON Schema 2020-12, which 3.1 and the validators read."""

from typing import Any

BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
NULL = {"type": "null"}


def modern(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema object of 3.0 as JSON Schema 2020-12 has it; those inside it are taken as they are.

    Null is a type, and a value of an enum; an exclusive bound is a number.  Where ``nullable`` stands beside ``allOf`` or with no
    type, null is an alternative to the rest.
    """
    result = dict(schema)
    is_nullable = result.get("nullable") is True
    if isinstance(result.get("nullable"), bool):
        del result["nullable"]
    for limit, exclusive in BOUNDS:
        if result.get(exclusive) is True:
            result[exclusive] = result.pop(limit)
        elif result.get(exclusive) is False:
            del result[exclusive]
    return _nullable(result) if is_nullable else result


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same with null; the dict is taken apart."""
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    texts = [name for name in ("title", "description") if name in schema]
    described: dict[str, Any] = {name: schema.pop(name) for name in texts}
    parts = schema.pop("allOf", [])
    whole = parts[0] if len(parts) == 1 else {"allOf": parts}
    if not parts:
        whole, schema = schema, {}
    return {"anyOf": [whole, NULL], **schema, **described}
