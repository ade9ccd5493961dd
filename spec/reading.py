"""Reading: which scopes it takes to read a resource that events keep a snapshot of."""

from typing import Any


def read_scopes(document: dict[str, Any]) -> dict[str, frozenset[str]]:
    """``{noun: scopes}``, by the nouns of the contract's ``EventSnapshot``: those of the operation that answers one such
    resource.  A noun without an operation is missing."""
    schemas = document["components"]["schemas"]
    nouns = {
        _name(schema): noun for noun, schema in schemas.get("EventSnapshot", {}).get("properties", {}).items()
    }
    return {
        nouns[name]: frozenset(operation.get("x-scopes", ()))
        for item in document["paths"].values()
        if (operation := item.get("get"))
        if (name := _answered(document, operation)) in nouns
    }


def _answered(document: dict[str, Any], operation: dict[str, Any]) -> str | None:
    """The name of the schema of a successful answer."""
    response = operation["responses"].get("200", {})
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    content = response.get("content", {}).get("application/json")
    return content and _name(content["schema"])


def _name(schema: dict[str, Any]) -> str:
    """The name of the component that a schema refers to."""
    return schema.get("$ref", "").rpartition("/")[2]
