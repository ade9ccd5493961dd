"""Schemas of the contract as compiled validators (JSON Schema 2020-12, formats enforced), and their faults in words."""

from collections.abc import Iterable
from typing import Any

import jsonschema_rs

import spec
from handlers.http.formats import CHECKS
from models.base.errors import fault
from spec.modern import modern

REQUEST, RESPONSE = "request", "response"
Validator = jsonschema_rs.Draft202012Validator
MAX_FAULTS = 200  # of a body, in an answer
ANNOTATIONS = {
    "example",
    "xml",
    "externalDocs",
    "discriminator",
    "deprecated",
    "description",
    "title",
    "default",
    "readOnly",
    "writeOnly",
}


class Schemas:
    """Compiles schemas of one contract.  References stay references, so that a schema may contain itself."""

    def __init__(self, components: dict) -> None:
        self.components = components
        self.definitions = {}  # by side and name
        self.compiled = {}  # most answers of most operations are the same few

    def validator(self, schema: dict, side: str) -> Validator:
        """A ``jsonschema_rs`` validator of values of ``schema`` in a request or a response."""
        key = (side, repr(schema))
        if key not in self.compiled:
            self.compiled[key] = self._compile(bound(schema, side), side)
        return self.compiled[key]

    def _compile(self, root: dict, side: str) -> Validator:
        needed = {}
        self._collect(root, side, needed)
        if needed:
            root = {"allOf": [root], "$defs": needed} if "$ref" in root else {**root, "$defs": needed}
        return jsonschema_rs.Draft202012Validator(root, validate_formats=True, formats=CHECKS)

    def _collect(self, node: Any, side: str, needed: dict[str, Any]) -> None:
        if isinstance(node, list):
            for item in node:
                self._collect(item, side, needed)
        elif isinstance(node, dict):
            name = node.get("$ref", "").rpartition("/")[2] if isinstance(node.get("$ref"), str) else ""
            if name and name not in needed:
                needed[name] = self._definition(side, name)
                self._collect(needed[name], side, needed)
            for value in node.values():
                self._collect(value, side, needed)

    def _definition(self, side: str, name: str) -> dict:
        if (side, name) not in self.definitions:
            self.definitions[side, name] = bound(self.components[name], side)
        return self.definitions[side, name]


def bound(schema: Any, side: str) -> Any:
    """A schema of the contract as JSON Schema 2020-12, as it binds requests or responses.

    ``readOnly`` properties are refused in requests and ``writeOnly`` ones in responses; neither is required there.
    """
    if isinstance(schema, list):
        return [bound(item, side) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": "#/$defs/" + schema["$ref"].rpartition("/")[2]}
    hidden = "readOnly" if side == REQUEST else "writeOnly"
    keywords: dict = {}
    for key, value in schema.items():
        if key in ANNOTATIONS or key.startswith("x-"):
            continue
        if key == "properties":
            keywords[key] = {
                name: False if property_schema.get(hidden) else bound(property_schema, side)
                for name, property_schema in value.items()
            }
        elif key == "required":
            if names := [
                name for name in value if not schema.get("properties", {}).get(name, {}).get(hidden)
            ]:
                keywords[key] = names
        else:
            keywords[key] = value if key == "enum" else bound(value, side)
    if keywords.get("format") in CHECKS:
        keywords.pop("pattern", None)  # the format is checked whole
    return modern(keywords)


def pointer(path: Iterable) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def body_faults(validator: Validator, value: Any) -> list[dict]:
    """Every fault of a body; an unknown property is a fault at its own pointer."""
    faults = []
    for error in validator.iter_errors(value):
        kind: Any = error.kind
        path = list(error.instance_path)
        if kind.name == "additionalProperties":
            faults += [
                fault(
                    "body",
                    "unknown_property",
                    "Unknown property.",
                    pointer=pointer([*path, name])[:1000],
                )
                for name in kind.unexpected[:200]
            ]
        elif kind.name == "required":
            faults.append(
                fault("body", "missing_property", "Required.", pointer=pointer([*path, kind.property]))
            )
        else:
            faults.append(fault("body", code_of(kind), detail_of(kind), pointer=pointer(path)))
    return faults


CODES = {"maxLength": "too_long", "minLength": "too_short", "type": "wrong_type", "enum": "not_one_of",
         "pattern": "wrong_form", "format": "wrong_format", "minimum": "too_small", "maximum": "too_great",
         "maxItems": "too_many", "minItems": "too_few", "uniqueItems": "repeated", "minProperties": "too_few"}  # fmt: skip


def code_of(kind: Any) -> str:
    return CODES.get(kind.name, "invalid")


def detail_of(kind: Any) -> str:
    """What an error of the validator (its ``kind``) means, in a sentence without the value, which may be long or secret."""
    value = getattr(kind, "value", None)
    match kind.name:
        case "maxLength":
            return f"The maximum length is {value}."
        case "minLength":
            return f"The minimum length is {value}."
        case "minimum" | "exclusiveMinimum":
            return f"The minimum is {value}."
        case "maximum" | "exclusiveMaximum":
            return f"The maximum is {value}."
        case "maxItems":
            return f"The maximum number of items is {value}."
        case "minItems" | "minProperties":
            return f"The minimum number of items is {value}."
        case "uniqueItems":
            return "Items must be unique."
        case "enum":
            return (
                f"Must be one of {', '.join(str(option) for option in kind.options if option is not None)}."[
                    :1000
                ]
            )
        case "type":
            return f"Must be of type {' or '.join(_types(kind))}."
        case "pattern":
            return f"Must match {value}."[:1000]
        case "format":
            return spec.formats().get(kind.format, {}).get("refusal", f"Must be a valid {kind.format}.")
        case _:
            return "Value is invalid."


def _types(kind: Any) -> list[str]:
    types = getattr(kind, "types", None) or getattr(kind, "value", "")
    return [str(name) for name in types] if isinstance(types, list | tuple) else [str(types)]
