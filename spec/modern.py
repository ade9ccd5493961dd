"""OpenAPI 3.0 as OpenAPI 3.1: how the schemas of 3.0 differ from JSON Schema 2020-12, which 3.1 and the validators read."""

from typing import Any

BOUNDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
NULL = {"type": "null"}


def modern(schema: dict[str, Any]) -> dict[str, Any]:
    """One schema object of 3.0 as JSON Schema 2020-12 has it; those inside it are taken as they are.

    Null is a type, and a value of an enum; an exclusive bound is a number.  Where ``nullable`` stands beside ``allOf`` or with no
    type, null is an alternative to the rest.
    """
    found = dict(schema)
    is_nullable = found.get("nullable") is True
    if isinstance(found.get("nullable"), bool):
        del found["nullable"]
    for limit, exclusive in BOUNDS:
        if found.get(exclusive) is True:
            found[exclusive] = found.pop(limit)
        elif found.get(exclusive) is False:
            del found[exclusive]
    return _nullable(found) if is_nullable else found


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
