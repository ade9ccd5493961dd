"""Which operations answer a problem, and the example of it in the contract."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import yaml

from spec import FOLDER, load
from spec.operations import Operation, nodes, operations, resolved

FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
RECORDED = FOLDER / "problem_examples.yaml"
MEMBERS = ("detail", "permission", "current_etag", "changed_fields", "errors")


class Answering(NamedTuple):
    """``words`` stand for the operations where they are many, or none in particular."""

    words: str
    operations: list[dict[str, str]]


def of(code: str, status: int) -> Answering:
    """The published operations that can answer the problem with this code and status."""
    document = load()
    published = [one for one in operations(document) if not one.node.get("x-internal")]
    named = [one for one in published if code in one.node.get("x-problems", ())]
    can_answer = CONDITIONS.get(code)
    found = named or [
        one
        for one in published
        if str(status) in one.node["responses"] and (can_answer is None or can_answer(document, one))
    ]
    if not found and can_answer is not None:
        return Answering("Only pages for people and their forms, which are not part of the reference.", [])
    if not found:
        return Answering("Any request, before its operation is known.", [])
    if len(found) == len(published):
        return Answering("Every operation.", [])
    return Answering(f"{len(found)} of {len(published)} operations", [_shown(one) for one in found])


def example(code: str) -> dict[str, Any]:
    """What differs from time to time in a problem, as an example has it: of the contract, or else recorded from a server."""
    told = in_contract().get(code) or recorded().get(code, {})
    return {name: told[name] for name in MEMBERS if name in told}


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """The examples that ``scripts/publish problems`` has recorded, by code."""
    return yaml.safe_load(RECORDED.read_text("utf-8")) or {}


@cache
def in_contract() -> dict[str, dict[str, Any]]:
    """The examples of problems in the contract, by code."""
    found: dict[str, dict[str, Any]] = {}
    for node in nodes(load()):
        content = node.get(PROBLEM, {})
        if "example" in content:
            found.setdefault(content["example"]["code"], content["example"])
    return found


def anchor(operation: Operation) -> str:
    """Where the portal shows an operation, as the fragment of its address."""
    return f"tag/{operation.node['tags'][0]}/{operation.method.upper()}{operation.path}"


def _shown(operation: Operation) -> dict[str, str]:
    return {
        "id": operation.node["operationId"],
        "method": operation.method.upper(),
        "path": operation.path,
        "anchor": anchor(operation),
    }


def _body_types(document: dict[str, Any], operation: Operation) -> set[str]:
    return set(resolved(document, operation.node.get("requestBody", {})).get("content", {}))


def _properties(document: dict[str, Any], operation: Operation) -> Iterator[str]:
    for content in resolved(document, operation.node.get("requestBody", {})).get("content", {}).values():
        yield from resolved(document, content["schema"]).get("properties", {})


def _takes(name: str) -> Callable:
    return lambda document, one: any(each["name"] == name for each in one.parameters(document))


def _reads_json(document: dict[str, Any], operation: Operation) -> bool:
    return any(media_type.endswith("json") for media_type in _body_types(document, operation))


def _logs_in(document: dict[str, Any], operation: Operation) -> bool:
    return not operation.is_private and "one_time_code" in _properties(document, operation)


# What it takes for an operation to answer a code, where its status has several and ``x-problems`` names none.
CONDITIONS: dict[str, Callable[[dict[str, Any], Operation], bool]] = {
    "malformed_json": _reads_json,
    "malformed_form": lambda document, one: FORM in _body_types(document, one) and "x-errors" not in one.node,
    "unexpected_body": lambda document, one: "requestBody" not in one.node,
    "second_factor_required": _logs_in,
    "second_factor_refused": _logs_in,
    "reauthentication_failed": lambda document, one: (
        "x-proof" in one.node or (not one.is_private and "403" in one.node["responses"])
    ),
    "session_required": lambda document, one: "x-proof" in one.node,
    "permission_denied": lambda document, one: one.is_private,
    "idempotency_key_reused": _takes("Idempotency-Key"),
    "request_in_progress": _takes("Idempotency-Key"),
}
