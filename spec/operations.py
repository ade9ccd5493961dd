"""The operations of the joined contract, and what their references lead to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

METHODS = ("get", "put", "post", "delete", "patch")


class Operation(NamedTuple):
    """An operation of the joined document: ``node`` is its part of the document, ``item`` that of its path."""

    path: str
    method: str
    item: dict[str, Any]
    node: dict[str, Any]

    @property
    def is_write(self) -> bool:
        return self.method != "get"

    @property
    def is_private(self) -> bool:
        return not self.node.get("x-public")

    def parameters(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        """The parameters of the path and of the operation, resolved."""
        both = self.item.get("parameters", []) + self.node.get("parameters", [])
        return [resolved(document, parameter) for parameter in both]

    def successes(self) -> dict[str, dict[str, Any]]:
        """The 2xx responses that stand on the operation itself."""
        return {
            status: response
            for status, response in self.node["responses"].items()
            if status.startswith("2") and "$ref" not in response
        }


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(path, method, item, item[method])


def published_operations(document: dict[str, Any]) -> list[Operation]:
    """The operations that the published documents and the portal have: without those of pages for people and for browsers."""
    return [operation for operation in operations(document) if not operation.node.get("x-internal")]


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The component that ``node`` refers to, or itself."""
    while "$ref" in node:
        kind, name = node["$ref"].split("/")[2:]
        node = document["components"][kind][name]
    return node


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in a part of a document, from the outside in."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from nodes(value)


def reached(document: dict[str, Any], roots: Any) -> set[tuple[str, str]]:
    """``(kind, name)`` of the components that ``roots`` refer to, directly and through others."""
    components: set[tuple[str, str]] = set()
    waiting = [roots]
    while waiting:
        for node in nodes(waiting.pop()):
            if isinstance(reference := node.get("$ref"), str):
                kind, name = reference.split("/")[2:]
                if (kind, name) not in components:
                    components.add((kind, name))
                    waiting.append(document["components"][kind][name])
    return components
