"""Which operations answer a problem, and the example of it in the contract."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

import yaml

from spec import FOLDER, load
from spec.operations import Operation, nodes, published_operations, resolved

FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
RECORDED = FOLDER / "problem_examples.yaml"
MEMBERS = ("detail", "permission", "current_etag", "changed_fields", "errors")
Condition = Callable[[dict[str, Any], Operation], bool]  # of the document and an operation


class Answering(NamedTuple):
    """``words`` stand for the operations where they are many, or none in particular."""

    words: str
    operations: list[dict[str, str]]


def of(code: str, status: int) -> Answering:
    """The published operations that can answer the problem with this code and status."""
    document = load()
    published = published_operations(document)
    named = [operation for operation in published if code in operation.node.get("x-problems", ())]
    can_answer = CONDITIONS.get(code)
    matches = named or [
        operation
        for operation in published
        if str(status) in operation.node["responses"]
        and (can_answer is None or can_answer(document, operation))
    ]
    if not matches and can_answer is not None:
        return Answering("Only pages for people and their forms, which are not part of the reference.", [])
    if not matches:
        return Answering("Any request, before its operation is known.", [])
    if len(matches) == len(published):
        return Answering("Every operation.", [])
    return Answering(
        f"{len(matches)} of {len(published)} operations", [_reference(operation) for operation in matches]
    )


def example(code: str) -> dict[str, Any]:
    """What differs from time to time in a problem, as an example has it: of the contract, or else recorded from a server."""
    problem = in_contract().get(code) or recorded().get(code, {})
    return {name: problem[name] for name in MEMBERS if name in problem}


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """The examples that ``scripts/publish problems`` has recorded, by code."""
    return yaml.safe_load(RECORDED.read_text("utf-8")) or {}


@cache
def in_contract() -> dict[str, dict[str, Any]]:
    """The examples of problems in the contract, by code."""
    examples: dict[str, dict[str, Any]] = {}
    for node in nodes(load()):
        content = node.get(PROBLEM, {})
        if "example" in content:
            examples.setdefault(content["example"]["code"], content["example"])
    return examples


def anchor(operation: Operation) -> str:
    """Where the portal shows an operation, as the fragment of its address."""
    return f"tag/{operation.node['tags'][0]}/{operation.method.upper()}{operation.path}"


def _reference(operation: Operation) -> dict[str, str]:
    """How the reference of the portal names an operation, and where it has it."""
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


def _takes(name: str) -> Condition:
    return lambda document, operation: any(
        parameter["name"] == name for parameter in operation.parameters(document)
    )


def _reads_json(document: dict[str, Any], operation: Operation) -> bool:
    return any(media_type.endswith("json") for media_type in _body_types(document, operation))


def _logs_in(document: dict[str, Any], operation: Operation) -> bool:
    return not operation.is_private and "one_time_code" in _properties(document, operation)


# What it takes for an operation to answer a code, where its status has several and ``x-problems`` names none.
CONDITIONS: dict[str, Condition] = {
    "malformed_json": _reads_json,
    "malformed_form": lambda document, operation: (
        FORM in _body_types(document, operation) and "x-errors" not in operation.node
    ),
    "unexpected_body": lambda document, operation: "requestBody" not in operation.node,
    "second_factor_required": _logs_in,
    "second_factor_refused": _logs_in,
    "reauthentication_failed": lambda document, operation: (
        "x-proof" in operation.node or (not operation.is_private and "403" in operation.node["responses"])
    ),
    "session_required": lambda document, operation: "x-proof" in operation.node,
    "permission_denied": lambda document, operation: operation.is_private,
    "idempotency_key_reused": _takes("Idempotency-Key"),
    "request_in_progress": _takes("Idempotency-Key"),
}
