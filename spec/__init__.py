"""The contract: hand-written files, joined into one OpenAPI 3.0.3 document whose components keep their names."""

from functools import cache
from pathlib import Path

import yaml

from spec import compiled
from spec.derived import complete

FOLDER = Path(__file__).parent

# What a reference is, is told by where it stands: the key that it is the value of, or the key above that.
KINDS = {
    "schema": "schemas",
    "items": "schemas",
    "properties": "schemas",
    "allOf": "schemas",
    "parameters": "parameters",
    "headers": "headers",
    "responses": "responses",
    "x-transport-parameters": "parameters",
    "x-transport-responses": "responses",
    "requestBody": "requestBodies",
}
METHODS = ("get", "put", "post", "delete", "patch")


class BrokenReference(Exception):
    """A reference in the contract leads nowhere, or two components have one name."""


def load():
    """The joined contract, as a new dict.  References lead to ``#/components/<kind>/<name>``.

    Each operation is stamped with ``x-openapi-router-controller``: the module of its noun, by the file that it stands in.
    """
    document = compiled.read(FOLDER)
    if document is None:
        document = _Joiner().document
        compiled.write(FOLDER, document)
    return document


def controllers():
    """The modules whose functions answer the operations of the contract, sorted."""
    operations = (item[method] for item in load()["paths"].values() for method in METHODS if method in item)
    return sorted({operation["x-openapi-router-controller"] for operation in operations})


def formats():
    """The formats of texts that the contract adds, by name: ``description``, ``pattern`` and ``refusal``."""
    return _file(FOLDER / "formats.yaml")


@cache
def _file(path):
    return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _resolved(folder, file):
    return (folder / file).resolve()


class _Joiner:
    def __init__(self):
        self.origin = {}
        root = FOLDER / "openapi.yaml"
        source = _file(root)
        self.components = {kind: dict(found) for kind, found in source.get("components", {}).items()}
        self.document = {}
        for key, value in (source | _file(FOLDER / "limits.yaml")).items():
            if key not in ("components", "paths", "x-webhooks"):
                self.document[key] = self._walk(value, root, (key,))
        for key in ("paths", "x-webhooks"):
            self.document[key] = {name: self._item(name, ref, root, key) for name, ref in source[key].items()}
        examples = FOLDER / "examples.yaml"
        if examples.exists():
            _add_examples(self.document, self.components, _file(examples))
        self.document["components"] = {
            kind: dict(sorted(found.items())) for kind, found in self.components.items()
        }
        _let_apps_in(self.document)
        _complete_conditions(self.document)
        complete(self.document, formats())
        self.document["x-formats"] = {name: one["description"] for name, one in formats().items()}

    def _item(self, name, reference, root, section):
        path, source = self._target(reference["$ref"], root)
        item = self._walk(source, path, (section, name))
        for method in METHODS:
            if section == "paths" and method in item:
                item[method]["x-openapi-router-controller"] = f"handlers.{path.stem}"
        return item

    def _target(self, reference, base):
        file, _, pointer = reference.partition("#/")
        path = _resolved(base.parent, file) if file else base
        try:
            found = _file(path)
            for step in pointer.split("/"):
                found = found[step]
        except (OSError, KeyError, TypeError):
            raise BrokenReference(f"{base.name} refers to {reference}, which is not there.") from None
        return path, found

    def _walk(self, node, base, trail):
        if isinstance(node, list):
            return [self._walk(item, base, trail) for item in node]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            return {"$ref": self._component(node["$ref"], base, trail)}
        return {str(key): self._walk(value, base, (*trail, str(key))) for key, value in node.items()}

    def _component(self, reference, base, trail):
        kind = KINDS.get(trail[-1]) or KINDS.get(trail[-2])
        if kind is None:
            raise BrokenReference(
                f"{base.name}: what {reference} is cannot be told where it stands: {trail}."
            )
        path, source = self._target(reference, base)
        name = reference.rpartition("/")[2]
        origin = self.origin.setdefault((kind, name), path)
        if origin != path:
            raise BrokenReference(f"Two components are called {name}: in {origin.name} and in {path.name}.")
        components = self.components.setdefault(kind, {})
        if name not in components:
            components[name] = {}  # before its content, which may refer to itself
            components[name].update(self._walk(source, path, (kind, name)))
        return f"#/components/{kind}/{name}"


def scopes_of_apps(document):
    """What apps may be let do, in words, by scope."""
    refused = document["x-scopes-of-people"]
    scopes = {**document["x-openid-scopes"], **document["x-scopes"]}
    return {name: text for name, text in scopes.items() if name not in refused}


def _let_apps_in(document):
    """Say of each operation that the token of an app is let in, when an app may have its ``x-scopes``; and list these."""
    schemes, scopes = document["components"]["securitySchemes"], scopes_of_apps(document)
    # What is about a person is not for an app that acts for itself.
    of_services = {name: text for name, text in scopes.items() if name in document["x-scopes"]}
    given = {"oauth2": scopes, "oauth2_service": of_services}
    for scheme, known in given.items():
        flows = {name: {**flow, "scopes": known} for name, flow in schemes[scheme]["flows"].items()}
        schemes[scheme] = {**schemes[scheme], "flows": flows}
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            needed = operation.get("x-scopes")
            lets_in = [
                {scheme: needed} for scheme, known in given.items() if needed and known.keys() >= set(needed)
            ]
            if lets_in:
                operation["security"] = [*document["security"], *lets_in]


def _add_examples(document, components, examples):
    """Put the recorded examples into the media types: ``{operationId: {request: value, "200": value}}``."""
    for item in document["paths"].values():
        for method in METHODS:
            operation = item.get(method)
            for place, value in examples.get(operation["operationId"], {}).items() if operation else ():
                holder = operation["requestBody"] if place == "request" else operation["responses"][place]
                if "$ref" in holder:
                    kind, name = holder["$ref"].split("/")[2:]
                    holder = components[kind][name]
                next(iter(holder["content"].values())).setdefault("example", value)


def _complete_conditions(document):
    """Let each operation that takes one of ``If-Match`` and ``If-None-Match`` take both, and answer 412."""
    conditions = [{"$ref": f"#/components/parameters/{name}"} for name in ("IfMatch", "IfNoneMatch")]
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            parameters = operation.get("parameters", [])
            missing = [one for one in conditions if one not in parameters]
            if len(missing) == 1:
                operation["parameters"] = [*parameters, *missing]
                failed = {"412": {"$ref": "#/components/responses/PreconditionFailed"}}
                operation["responses"] = dict(sorted({**operation["responses"], **failed}.items()))
