"""Links: which requests follow from a response, computed from the IDs that paths take and responses answer."""

import re
from typing import Any

from spec.defaults import Operation, operations


def add_links(document: dict[str, Any]) -> None:
    """Add to each successful response the links that follow from its schema; those written by hand are kept.

    A response that answers a resource links to every operation that takes the resource's ID and no other; a page links to
    the next page, and to reading its first item. An operation after which its caller sees the resource no more is
    ``x-without: [links]``.
    """
    followers = _followers(document)
    for operation in operations(document):
        if "links" in operation.node.get("x-without", ()):
            continue
        for status, response in operation.successes().items():
            is_dry_run = status == "200" and {"201", "202"} & operation.node["responses"].keys()
            if (name := _schema(response)) and not is_dry_run:
                links = _links(document, operation, name, followers)
                if links or "links" in response:
                    response["links"] = {**links, **response.get("links", {})}


def _links(
    document: dict[str, Any],
    operation: Operation,
    name: str,
    followers: dict[str, list[tuple[Operation, str]]],
) -> dict[str, Any]:
    schema = document["components"]["schemas"][name]
    properties = schema.get("properties", {})
    if "next_cursor" in properties:
        item = properties["items"]["items"]["$ref"].rpartition("/")[2]
        found = followers.get(_noun(item), [])
        targets = [one for one in found if one[0].method == "get" and one[0].path.endswith("}")] or found
        return {"next_page": _next_page(document, operation), **_to(targets, "/items/0/id")}
    if _noun(name) in followers and "id" in properties:
        others = [
            one
            for one in followers[_noun(name)]
            if one[0].path != operation.path or one[0].method != operation.method
        ]
        return _to(others, "/id")
    inner = {
        prop: _noun(reference.rpartition("/")[2])
        for prop, described in properties.items()
        if (reference := described.get("$ref"))
    }
    return {
        key: link
        for prop, noun in inner.items()
        for key, link in _to(
            [one for one in followers.get(noun, ()) if one[0].node is not operation.node], f"/{prop}/id"
        ).items()
    }


def _to(targets: list[tuple[Operation, str]], pointer: str) -> dict[str, Any]:
    return {
        target.node["operationId"]: {
            "operationId": target.node["operationId"],
            "parameters": {parameter: f"$response.body#{pointer}"},
            "description": target.node["summary"],
        }
        for target, parameter in targets
    }


def _next_page(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    in_path = [one["name"] for one in operation.parameters(document) if one["in"] == "path"]
    parameters = {name: f"$request.path.{name}" for name in in_path}
    parameters["cursor"] = "$response.body#/next_cursor"
    return {
        "operationId": operation.node["operationId"],
        "parameters": parameters,
        "description": "Next page.",
    }


def _followers(document: dict[str, Any]) -> dict[str, list[tuple[Operation, str]]]:
    """``{noun: [(operation, parameter)]}`` of the operations that take the ID of a noun, in their path or as a filter."""
    found: dict[str, list[tuple[Operation, str]]] = {}
    for operation in operations(document):
        parameters = operation.parameters(document)
        needed = [one for one in parameters if one["in"] == "path"]
        if not needed and operation.node["operationId"].startswith("list_"):  # filtered by the resource
            needed = [one for one in parameters if one["name"] == f"{one.get('x-resource')}_id"]
        elif len(needed) > 1:
            needed = []
        for parameter in needed:
            if noun := parameter.get("x-resource"):
                found.setdefault(noun, []).append((operation, parameter["name"]))
    return found


def _schema(response: dict[str, Any]) -> str | None:
    content = response.get("content", {}).get("application/json", {})
    return content.get("schema", {}).get("$ref", "").rpartition("/")[2] or None


def _noun(name: str) -> str:
    """``ApiKey`` is ``api_key``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
