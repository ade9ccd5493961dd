"""The documents that are published: the contract without what only the server reads, as OpenAPI 3.0.3 and as 3.1."""

import copy
import hashlib
import itertools
import json
from collections.abc import Collection
from functools import cache
from typing import Any
from urllib.parse import urljoin

from spec import METHODS, load, scopes_of_apps
from spec.modern import modern
from spec.operations import operations, reached

INTERNAL = {"x-openapi-router-controller", "x-resource", "x-external-call", "x-hands-on", "x-without"}
COPIED_WHOLE = {"example", "examples", "enum", "default", "x-scopes", "mapping"}


def openapi_30(server_url: str = "/api/v1", *, internal: bool = False) -> dict[str, Any]:
    """The joined contract as OpenAPI 3.0.3 for clients of ``server_url``, an absolute URL that ends in ``/api/v1``.

    Operations with ``x-internal``, which serve browsers and demonstrations, are left out, unless ``internal`` asks for them.
    """
    document = _without(load(), INTERNAL)
    if not internal:
        _drop_internal(document)
    document["servers"] = [{"url": server_url, "description": "This server."}]
    document["info"]["contact"]["url"] = urljoin(server_url, document["info"]["contact"]["url"])
    for scheme in document["components"]["securitySchemes"].values():
        for flow in scheme.get("flows", {}).values():
            flow.update(
                {name: urljoin(server_url, url) for name, url in flow.items() if name.endswith("Url")}
            )
    return document


def openapi_31(server_url: str = "/api/v1") -> dict[str, Any]:
    """The same contract as OpenAPI 3.1.1: null as a type, exclusive bounds as numbers."""
    document = _modern(openapi_30(server_url))
    document["openapi"] = "3.1.1"
    document["jsonSchemaDialect"] = "https://spec.openapis.org/oas/3.1/dialect/base"
    _require_certificates(document)
    return document


def _require_certificates(document: dict[str, Any]) -> None:
    """Add mutual TLS to each way to authenticate as a service account: OpenAPI 3.0 cannot describe it."""
    description = "Client certificate that is registered for the service account (RFC8705)."
    document["components"]["securitySchemes"]["certificate"] = {
        "type": "mutualTLS",
        "description": description,
    }
    own = [operation["security"] for *_, operation in operations(document) if "security" in operation]
    for schemes in itertools.chain(document["security"], *own):
        if "service_account" in schemes:
            schemes["certificate"] = []


def _drop_internal(document: dict[str, Any]) -> None:
    """Take out the operations with ``x-internal``, and the tags, groups, and components that only these have."""
    paths = document["paths"]
    for path in list(paths):
        for method in METHODS:
            if paths[path].get(method, {}).get("x-internal"):
                del paths[path][method]
        if not any(method in paths[path] for method in METHODS):
            del paths[path]
    used = {tag for _, _, _, operation in operations(document) for tag in operation["tags"]}
    document["tags"] = [tag for tag in document["tags"] if tag["name"] in used]
    for group in document["x-tagGroups"]:
        group["tags"] = [tag for tag in group["tags"] if tag in used]
    components = document["components"]
    used_components = reached(
        document, {name: part for name, part in document.items() if name != "components"}
    )
    for kind, named in components.items():
        if kind != "securitySchemes":
            components[kind] = {name: part for name, part in named.items() if (kind, name) in used_components}


def _without(node: Any, names: Collection[str]) -> Any:
    if isinstance(node, list):
        return [_without(item, names) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: copy.deepcopy(value) if key in COPIED_WHOLE else _without(value, names)
        for key, value in node.items()
        if key not in names
    }


def _modern(node: Any) -> Any:
    if isinstance(node, list):
        return [_modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    return modern({key: value if key in COPIED_WHOLE else _modern(value) for key, value in node.items()})


@cache
def scopes() -> dict[str, str]:
    """What each scope of an app allows, in words."""
    return scopes_of_apps(load())


@cache
def version() -> str:
    """The version of the contract, which is that of the service."""
    return load()["info"]["version"]


@cache
def digest() -> str:
    """SHA-256 of the contract, independent of where it is served."""
    text = json.dumps(openapi_30(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
