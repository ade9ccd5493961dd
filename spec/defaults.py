"""What a rule computes and no file writes: ``defaults.yaml`` says what operations of a kind have, this module which are of it."""

import copy
import re
from typing import Any

from spec import schemas
from spec.operations import Operation, operations, resolved

PATCH_TYPES = ("application/merge-patch+json", "application/json")
MAX_PAGE_ITEMS = 100


def kinds(document: dict[str, Any], operation: Operation) -> list[str]:
    """The kinds of ``defaults.yaml`` that an operation is of, but for those that its ``x-without`` names."""
    node = operation.node
    parameters = operation.parameters(document)
    names = {parameter["name"] for parameter in parameters}
    statuses = node["responses"].keys()
    is_idempotent = operation.is_write and "x-idempotency" not in node
    has_content = any("content" in response for response in operation.successes().values())
    reads_one = operation.method == "get" and (operation.path.endswith("}") or "If-None-Match" in names)
    is_page = any("x-page-of" in response for response in operation.successes().values())
    is_change = operation.method in ("patch", "put", "delete") and operation.is_private
    answers_problems = "x-errors" not in node
    conditions = {
        "any": True,
        "refused": answers_problems,
        "private": operation.is_private,
        "identified": any(
            parameter["in"] == "path" and not _is_listed(document, parameter["schema"])
            for parameter in parameters
        ),
        "representing": has_content or is_page,
        "receiving": "requestBody" in node,
        "parsing": "requestBody" in node and answers_problems,
        "restricted": bool(node.get("x-problems")),
        "idempotent": is_idempotent,
        "dry": is_idempotent and has_content,
        "conditional": reads_one or is_change,
        "reading": reads_one,
        "changing": is_change and "200" in statuses,
        "creating": "201" in statuses,
        "listing": is_page,
        "deprecated": "x-deprecation" in node,
    }
    return [kind for kind, applies in conditions.items() if applies and kind not in node.get("x-without", ())]


def _is_listed(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether a parameter has one of a list of values."""
    return "enum" in resolved(document, schema)


def complete(document: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Add to the joined ``document`` what ``defaults`` (the joined ``defaults.yaml``) says."""
    schemas.complete_subjects(document, defaults["resource"])
    for operation in operations(document):
        _complete_operation(document, operation, defaults)
    for response in document["components"].get("responses", {}).values():
        response["headers"] = {**defaults["every_response"], **response.get("headers", {})}
    schemas.complete(document, defaults["lengths"])


def _complete_operation(document: dict[str, Any], operation: Operation, defaults: dict[str, Any]) -> None:
    node = operation.node
    if "x-deprecation" in node:
        node["deprecated"] = True
        node["description"] += f"\n\n{_deprecation_sentence(node['x-deprecation'])}"
    applied = [defaults["kinds"][kind] for kind in kinds(document, operation)]
    names = {parameter["name"] for parameter in operation.parameters(document)}
    parameters = [
        reference
        for kind in applied
        for reference in kind.get("parameters", ())
        if resolved(document, reference)["name"] not in names
    ]
    if names | {resolved(document, added)["name"] for added in parameters} >= {"validate_only"}:
        _add_dry_response(node)
    if parameters:
        node["parameters"] = node.get("parameters", []) + parameters
    headers = {name: header for kind in applied for name, header in kind.get("headers", {}).items()}
    for status, response in node["responses"].items():
        if "$ref" in response:
            continue
        added = headers if status.startswith("2") and not response.pop("x-dry", False) else {}
        response["headers"] = {**defaults["every_response"], **added, **response.get("headers", {})}
        if item := response.pop("x-page-of", None):
            schema = _page(document, item, defaults["page"])
            response["content"] = {"application/json": {"schema": schema}}
        response["headers"] = copy.deepcopy(response["headers"])
    computed = {
        status: response
        for kind in applied
        for status, response in kind.get("responses", {}).items()
        if int(status) not in node.get("x-without", ())
    }
    node["responses"] = dict(sorted({**computed, **node["responses"]}.items()))
    if operation.node.get("x-public"):
        node.setdefault("security", [])
    if operation.method == "patch":
        content = node["requestBody"]["content"]
        operation.node["requestBody"]["content"] = {
            media_type: copy.deepcopy(content["application/json"]) for media_type in PATCH_TYPES
        }


def _deprecation_sentence(deprecation: dict[str, str]) -> str:
    """``{deprecated_on, sunset_on, successor}``, dates and an operationId that may be absent, for readers."""
    instead = f" Use `{deprecation['successor']}` instead." if "successor" in deprecation else ""
    return f"Deprecated since {deprecation['deprecated_on']}, may be removed from {deprecation['sunset_on']} on.{instead}"


def _add_dry_response(node: dict[str, Any]) -> None:
    """A dry run of a creation answers 200 with the schema of the creation."""
    responses = node["responses"]
    created = responses.get("201") or responses.get("202")
    if "200" not in responses and created and "content" in created:
        described = "Validation succeeded; nothing was saved."
        responses["200"] = {
            "description": described,
            "content": copy.deepcopy(created["content"]),
            "x-dry": True,
        }


def _page(document: dict[str, Any], item: dict[str, Any], envelope: dict[str, Any]) -> dict[str, str]:
    """A reference to the page of a schema, which is made where it does not stand yet."""
    name = f"{item['$ref'].rpartition('/')[2]}Page"
    schema = document["components"]["schemas"].setdefault(name, {"type": "object", "properties": {}})
    if "items" not in schema["properties"]:
        items = {
            "type": "array",
            "maxItems": MAX_PAGE_ITEMS,
            "items": item,
            "description": "Items of this page.",
        }
        schema.setdefault("description", f"Page of {_words(name.removesuffix('Page'))} items.")
        schema["properties"] = {"items": items, **copy.deepcopy(envelope), **schema["properties"]}
    return {"$ref": f"#/components/schemas/{name}"}


def _words(name: str) -> str:
    """``ApiKey`` is ``API key``."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()
    return words.replace("api ", "API ")
