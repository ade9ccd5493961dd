"""Links: which requests follow from a response, computed from the IDs that paths take and responses answer."""

import re
from typing import Any, NamedTuple

from spec.operations import Operation, operations


class Follower(NamedTuple):
    """An operation that can follow a response, and the name of its parameter that takes the ID of the resource."""

    operation: Operation
    parameter: str


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
    followers: dict[str, list[Follower]],
) -> dict[str, Any]:
    schema = document["components"]["schemas"][name]
    properties = schema.get("properties", {})
    if "next_cursor" in properties:
        item = properties["items"]["items"]["$ref"].rpartition("/")[2]
        candidates = followers.get(_noun(item), [])
        readers = [
            follower
            for follower in candidates
            if follower.operation.method == "get" and follower.operation.path.endswith("}")
        ]
        return {"next_page": _next_page(document, operation), **_to(readers or candidates, "/items/0/id")}
    if _noun(name) in followers and "id" in properties:
        others = [
            follower
            for follower in followers[_noun(name)]
            if follower.operation.path != operation.path or follower.operation.method != operation.method
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
            [
                follower
                for follower in followers.get(noun, ())
                if follower.operation.node is not operation.node
            ],
            f"/{prop}/id",
        ).items()
    }


def _to(targets: list[Follower], pointer: str) -> dict[str, Any]:
    """The links to operations, whose parameter is the ID at ``pointer`` of the response body."""
    return {
        operation.node["operationId"]: {
            "operationId": operation.node["operationId"],
            "parameters": {parameter: f"$response.body#{pointer}"},
            "description": operation.node["summary"],
        }
        for operation, parameter in targets
    }


def _next_page(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    in_path = [parameter["name"] for parameter in operation.parameters(document) if parameter["in"] == "path"]
    parameters = {name: f"$request.path.{name}" for name in in_path}
    parameters["cursor"] = "$response.body#/next_cursor"
    return {
        "operationId": operation.node["operationId"],
        "parameters": parameters,
        "description": "Next page.",
    }


def _followers(document: dict[str, Any]) -> dict[str, list[Follower]]:
    """By noun, the operations that take the ID of one resource, in their path or as a filter."""
    followers: dict[str, list[Follower]] = {}
    for operation in operations(document):
        parameters = operation.parameters(document)
        taken = [parameter for parameter in parameters if parameter["in"] == "path"]
        if not taken and operation.node["operationId"].startswith("list_"):  # filtered by the resource
            taken = [
                parameter
                for parameter in parameters
                if parameter["name"] == f"{parameter.get('x-resource')}_id"
            ]
        elif len(taken) > 1:
            taken = []
        for parameter in taken:
            if noun := parameter.get("x-resource"):
                followers.setdefault(noun, []).append(Follower(operation, parameter["name"]))
    return followers


def _schema(response: dict[str, Any]) -> str | None:
    content = response.get("content", {}).get("application/json", {})
    return content.get("schema", {}).get("$ref", "").rpartition("/")[2] or None


def _noun(name: str) -> str:
    """``ApiKey`` is ``api_key``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
