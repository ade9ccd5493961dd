"""How mutants of style change the contract: each registers a change, and the place that its rule complains about."""

from collections.abc import Callable
from typing import Any

from contract_tests.contract.mutants.checks.style import keeps
from contract_tests.contract.mutants.mutant import in_contract


def breaks(rule: str, location: str) -> Callable:
    """Mark a function that changes the document: the rule complains about ``location``."""
    return in_contract(keeps(rule), location)


def fault(rule: str, location: str, change: Callable[[dict], object], what: str = "") -> None:
    """Register a change of the document of which the rule complains about ``location``."""
    change.__name__ = f"{rule}-{location}{what}"
    breaks(rule, location)(change)


def operation(document: dict, operation_id: str) -> dict:
    nodes = (node for item in document["paths"].values() for node in item.values() if isinstance(node, dict))
    return next(node for node in nodes if node.get("operationId") == operation_id)


def rename(mapping: dict, before: str, after: str) -> None:
    mapping[after] = mapping.pop(before)


def drop_parameter(document: dict, operation_id: str, component: str) -> None:
    parameters = operation(document, operation_id)["parameters"]
    parameters.remove({"$ref": f"#/components/parameters/{component}"})


def add_parameter(document: dict, operation_id: str, component: str) -> None:
    operation(document, operation_id).setdefault("parameters", []).append(
        {"$ref": f"#/components/parameters/{component}"}
    )


def change(rule: str, where: "Node", location: Any = None, **fields: Any) -> None:
    """Register a mutant that sets fields of a node, or with None removes them.  ``where`` has the node and its location."""

    def set_fields(document):
        node = where(document)
        for key, value in fields.items():
            if value is None:
                del node[key]
            else:
                node[key] = value

    location = location or fields.get("operationId") or where.location or next(iter(fields))
    named = [
        f"-{key}={value}" if isinstance(value, str | int) else f"-{key}" for key, value in fields.items()
    ]
    removed = "-without" if None in fields.values() else ""
    fault(rule, location, set_fields, f"{removed}{''.join(named)}")


def moved(
    rule: str, where: Callable[[dict], dict], before: str, after: str, location: str | None = None
) -> None:
    """Register a mutant that gives a key another name."""
    fault(rule, location or after, lambda document: rename(where(document), before, after))


class Node:
    """A node of the document, and the place by which complaints name it."""

    def __init__(self, find: Callable[[dict], dict], location: str | None = None) -> None:
        self.find, self.location = find, location

    def __call__(self, document: dict) -> dict:
        return self.find(document)


def schema(name: str, *names: str) -> Node:
    """A component schema, or a property in it."""

    def find(document):
        node = document["components"]["schemas"][name]
        for property_name in names:
            node = node["properties"][property_name]
        return node

    return Node(find, ".".join([name, *names]))


def of(operation_id: str) -> Node:
    return Node(lambda document: operation(document, operation_id), operation_id)


def component(kind: str, name: str) -> Node:
    return Node(lambda document: document["components"][kind][name], name)


def paths(document: dict) -> dict:
    return document["paths"]


def properties(name: str) -> Callable[[dict], dict]:
    return lambda document: document["components"]["schemas"][name]["properties"]


def body_of(operation_id: str) -> Node:
    return Node(lambda document: operation(document, operation_id)["requestBody"], operation_id)


def content_of(operation_id: str) -> Callable[[dict], dict]:
    return lambda document: operation(document, operation_id)["requestBody"]["content"]


def response_of(operation_id: str, status: str = "200") -> Node:
    return Node(
        lambda document: operation(document, operation_id)["responses"][status], f"{operation_id} {status}"
    )


def header_of(operation_id: str, status: str = "200") -> Node:
    """The headers of a successful response; complaints name the header."""
    return Node(lambda document: response_of(operation_id, status)(document)["headers"])


def header_of_error(name: str) -> Node:
    """The headers of a shared response; complaints name the header."""
    return Node(lambda document: document["components"]["responses"][name]["headers"])


def link_of(operation_id: str, status: str, link: str) -> Node:
    return Node(lambda document: response_of(operation_id, status)(document)["links"][link])
