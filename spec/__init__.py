"""The contract: hand-written files, joined into one OpenAPI 3.0.3 document whose components keep their names."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from spec import compiled, defaults, derived, schemas
from spec.derived import scopes_of_apps
from spec.links import add_links
from spec.operations import METHODS
from spec.permissions import complete_permissions

FOLDER = Path(__file__).parent


class BrokenContract(Exception):
    """The files of the contract do not fit together: a reference leads nowhere, or two files define the same name."""


def load() -> dict[str, Any]:
    """The joined contract, as a new dict.  References lead to ``#/components/<kind>/<name>``.

    Each operation is stamped with ``x-openapi-router-controller``: the module of its noun, by the file that it stands in.
    """
    document = compiled.read(FOLDER)
    if document is None:
        document = _Joiner().document
        compiled.write(FOLDER, document)
    return document


@cache
def controllers() -> tuple[str, ...]:
    """The modules whose functions answer the operations of the contract, sorted."""
    operations = (item[method] for item in load()["paths"].values() for method in METHODS if method in item)
    return tuple(sorted({operation["x-openapi-router-controller"] for operation in operations}))


def defined_in() -> dict[tuple[str, str], Path]:
    """The file of each path, scope, event type (by section and name), and component (by kind and name)."""
    return _Joiner().origin


def nouns() -> dict[str, str]:
    """``{noun: context}`` of every noun file, contexts in the order of openapi.yaml, nouns in alphabetical order."""
    contexts = [context["name"] for context in _file(FOLDER / "openapi.yaml").get("x-contexts", ())]
    return {path.stem: name for name in contexts for path in sorted((FOLDER / name).glob("*.yaml"))}


def formats() -> dict[str, dict[str, str]]:
    """The formats of texts that the contract adds, by name: ``description``, ``pattern`` and ``refusal``."""
    return _file(FOLDER / "formats.yaml")


@cache
def _file(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _resolved(folder: Path, file: str) -> Path:
    return (folder / file).resolve()


def _groups(head: dict[str, Any]) -> list[dict[str, Any]]:
    """``x-tagGroups``: the nouns of each context under its name, as portals group them."""
    placed = nouns()
    return [
        {
            "name": context["x-displayName"],
            "tags": [noun for noun, name in placed.items() if name == context["name"]],
        }
        for context in head["x-contexts"]
    ]


class _Joiner:
    """Joins the files: openapi.yaml and limits.yaml give the head, each noun file its tag, scopes, paths and events."""

    def __init__(self) -> None:
        # The file of each path, scope and event type (by section and name), and of each component (by kind and name).
        self.origin: dict[tuple[str, str], Path] = {}
        root = FOLDER / "openapi.yaml"
        head = _file(root)
        self.components = {kind: dict(named) for kind, named in head.get("components", {}).items()}
        first = {name: head.get(name) for name in ("openapi", "info", "servers")}  # as readers expect
        self.document: dict[str, Any] = {**first, "tags": [], "x-tagGroups": _groups(head)}
        self.document |= {"x-scopes": {}, "x-permissions": {}, "x-event-types": {}, "paths": {}}
        for key, value in (head | _file(FOLDER / "limits.yaml")).items():
            if key not in ("components", "x-contexts"):
                self.document[key] = self._walk(value, root)
        for noun, context in nouns().items():
            self._join(FOLDER / context / f"{noun}.yaml")
        self.document["components"] = self.components
        table = FOLDER / "defaults.yaml"
        defaults.complete(self.document, self._walk(_file(table), table))
        add_links(self.document)
        examples = FOLDER / "examples.yaml"
        if examples.exists():
            _add_examples(self.document, self.components, _file(examples))
        self.document["components"] = {
            kind: dict(sorted(named.items())) for kind, named in self.components.items()
        }
        _let_apps_in(self.document)
        complete_permissions(self.document, METHODS)
        derived.complete(self.document, formats())
        self.document["x-formats"] = {name: rule["description"] for name, rule in formats().items()}

    def _join(self, path: Path) -> None:
        """Add a noun file to the document.  Its components are added where something refers to them."""
        source = _file(path)
        self.document["tags"] += source["tags"]
        for section in ("x-scopes", "x-permissions", "x-event-types", "paths"):
            for name, value in source.get(section, {}).items():
                self._claim(section, name, path)
                self.document[section][name] = self._walk(value, path)
        for event_type in source.get("x-event-types", {}):
            name = schemas.schema_of(event_type.partition(".")[0])
            if name in source.get("components", {}).get("schemas", {}):
                self._component(f"#/components/schemas/{name}", path)
        for item in source["paths"]:
            for method in METHODS:
                if operation := self.document["paths"][item].get(method):
                    operation["tags"] = [path.stem]
                    operation["x-openapi-router-controller"] = f"handlers.{path.parent.name}.{path.stem}"

    def _claim(self, section: str, name: str, path: Path) -> bool:
        """Refuse a second definition of ``name``.  Returns whether the name is new."""
        is_new = (section, name) not in self.origin
        if self.origin.setdefault((section, name), path) != path:
            raise BrokenContract(
                f"{name} is defined in {self.origin[section, name].name} and in {path.name}."
            )
        return is_new

    def _walk(self, node: Any, path: Path) -> Any:
        if isinstance(node, list):
            return [self._walk(item, path) for item in node]
        if not isinstance(node, dict):
            return node
        if isinstance(node.get("$ref"), str):
            return {"$ref": self._component(node["$ref"], path)}
        if isinstance(page := node.get("x-page-of"), str):  # the name of a schema of the file, or a reference
            reference = page if "#" in page else f"#/components/schemas/{page}"
            node = {**node, "x-page-of": {"$ref": reference}}
            if f"{page}Page" in _file(path).get("components", {}).get("schemas", {}):
                self._component(f"#/components/schemas/{page}Page", path)  # what it has beside the envelope
        return {str(key): self._walk(value, path) for key, value in node.items()}

    def _component(self, reference: str, base: Path) -> str:
        file, _, pointer = reference.partition("#/")
        path = _resolved(base.parent, file) if file else base
        try:
            section, kind, name = pointer.split("/")
            source = _file(path)[section][kind][name]
        except (OSError, KeyError, TypeError, ValueError):
            raise BrokenContract(f"{base.name} refers to {reference}, which is not there.") from None
        components = self.components.setdefault(kind, {})
        if self._claim(kind, name, path):
            components[name] = {}  # before its content, which may refer to itself
            components[name].update(self._walk(source, path))
        return f"#/components/{kind}/{name}"


def _let_apps_in(document: dict[str, Any]) -> None:
    """Add the tokens of apps to ``security`` of each operation whose ``x-scopes`` an app may have; and list these scopes."""
    schemes, scopes = document["components"]["securitySchemes"], scopes_of_apps(document)
    # What is about a person is not for an app that acts for itself.
    of_services = {name: text for name, text in scopes.items() if name in document["x-scopes"]}
    allowed = {"oauth2": scopes, "oauth2_service": of_services}
    for scheme, grantable in allowed.items():
        flows = {name: {**flow, "scopes": grantable} for name, flow in schemes[scheme]["flows"].items()}
        schemes[scheme] = {**schemes[scheme], "flows": flows}
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            needed = operation.get("x-scopes")
            lets_in = [scheme for scheme, names in allowed.items() if needed and names.keys() >= set(needed)]
            if lets_in:
                operation["security"] = [*document["security"], *({scheme: needed} for scheme in lets_in)]


def _add_examples(document: dict[str, Any], components: dict[str, Any], examples: dict[str, Any]) -> None:
    """Put the recorded examples into the media types: ``{operationId: {request: value, "200": value}}``."""
    for item in document["paths"].values():
        for method in METHODS:
            operation = item.get(method)
            for part, value in examples.get(operation["operationId"], {}).items() if operation else ():
                holder = operation["requestBody"] if part == "request" else operation["responses"][part]
                if "$ref" in holder:
                    kind, name = holder["$ref"].split("/")[2:]
                    holder = components[kind][name]
                for content in (
                    holder["content"].values()
                    if part == "request"
                    else [next(iter(holder["content"].values()))]
                ):
                    content.setdefault("example", value)
