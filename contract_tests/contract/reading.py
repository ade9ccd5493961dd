"""The contract as its rules read it: operations with everything resolved, and schemas by where they are used."""

import re
from functools import cached_property
from typing import NamedTuple

from spec import METHODS
from spec.derived import flat

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
ERRORS = range(400, 600)


class Operation(NamedTuple):
    """One operation: ``node`` as it is written, the rest resolved.

    ``parameters`` are those of its path too; ``body`` and each of ``responses`` are ``(component name, value)``.
    """

    path: str
    method: str
    node: dict
    parameters: list
    body: tuple | None
    responses: dict

    @property
    def id(self):
        return self.node["operationId"]

    @property
    def unsafe(self):
        return self.method != "get"

    def takes(self, name):
        """Whether it has a parameter of this name."""
        return any(parameter["name"] == name for parameter in self.parameters)

    def successes(self):
        """``{status: response}`` of its answers below 300."""
        return {status: response for status, (_, response) in self.responses.items() if status < 300}


class Reading:
    """A joined contract (see ``spec.load``)."""

    def __init__(self, document):
        self.document = document
        self.components = document["components"]
        self.schemas = self.components["schemas"]

    def resolve(self, node):
        return self.named(node)[1]

    def named(self, node):
        """``(name of the component or None, value)`` of a node or a reference."""
        name = None
        while "$ref" in node:
            kind, name = node["$ref"].split("/")[2:]
            node = self.components[kind][name]
        return name, node

    @cached_property
    def operations(self):
        return [
            self._operation(path, method, item)
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def _operation(self, path, method, item):
        node = item[method]
        parameters = [*item.get("parameters", ()), *node.get("parameters", ())]
        return Operation(
            path,
            method,
            node,
            [
                {**self.resolve(parameter), "schema": flat(self.document, self.resolve(parameter)["schema"])}
                for parameter in parameters
            ],
            self.named(node["requestBody"]) if "requestBody" in node else None,
            {
                int(status): self.named(response)
                for status, response in node["responses"].items()
                if status.isdigit()
            },
        )

    @cached_property
    def event_types(self):
        """Every type of event that a noun declares."""
        return set(self.document["x-event-types"])

    @cached_property
    def request_schemas(self):
        """The names of the schemas that requests are made of."""
        return self._reached([operation.body[1] for operation in self.operations if operation.body])

    @cached_property
    def response_schemas(self):
        return self._reached([response for _, response in self.all_responses()])

    def all_responses(self):
        """``(location, response)`` of each response, the shared ones once."""
        yield from self.components["responses"].items()
        for operation in self.operations:
            for status, (name, response) in operation.responses.items():
                if name is None:
                    yield f"{operation.id} {status}", response

    def contents(self):
        """``(location, whether it is sent, media type, content)`` of the content of each body and each response."""
        for operation in self.operations:
            for media_type, content in (operation.body[1]["content"] if operation.body else {}).items():
                yield operation.id, True, media_type, content
        for location, response in self.all_responses():
            for media_type, content in response.get("content", {}).items():
                yield location, False, media_type, content

    def _reached(self, node):
        names, waiting = (
            set(),
            {name for _, reference in refs(node) for name in [reference.rpartition("/")[2]]},
        )
        waiting &= self.schemas.keys()
        while waiting:
            name = waiting.pop()
            names.add(name)
            waiting |= {reference.rpartition("/")[2] for _, reference in refs(self.schemas[name])} - names
        return names

    def parts(self, names=None):
        """``(location, schema)`` of each schema and of each schema in it; by default of all components."""
        for name in sorted(self.schemas if names is None else names):
            yield from inside(name, self.schemas[name])

    def all_parameters(self):
        """``(location, parameter)`` of each parameter, wherever it is written."""
        for name, parameter in self.components["parameters"].items():
            yield name, parameter
        for path, item in self.document["paths"].items():
            holders = [(path, item), *((item[m]["operationId"], item[m]) for m in METHODS if m in item)]
            for location, holder in holders:
                for parameter in holder.get("parameters", ()):
                    if "$ref" not in parameter:
                        yield f"{location} {parameter['name']}", parameter

    def everywhere(self):
        """``(location, schema)`` of every schema of the contract: of bodies, answers, parameters and headers."""
        yield from self.parts()
        holders = [*self.all_parameters(), *self.components["headers"].items()]
        for location, holder in holders:
            yield from inside(location, holder["schema"])
        for location, _, _, content in self.contents():
            yield from inside(location, content["schema"])


def inside(location, schema):
    """``(location, schema)`` of a schema and of all that are written inside it, without following references."""
    yield location, schema
    for name, property_schema in schema.get("properties", {}).items():
        yield from inside(f"{location}.{name}", property_schema)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from inside(f"{location}[]", schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from inside(location, part)


def refs(node, location=()):
    """``(location, reference)`` of each reference in a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield location, node["$ref"]
        for key, value in node.items():
            yield from refs(value, (*location, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from refs(value, (*location, number))


RULES = {}


def rule(exceptions=None):
    """Mark a rule: a generator of ``(key, what to do)`` over a reading; its docstring is the rule.

    ``exceptions`` maps keys to the reason for which they are let through.  An exception that nothing needs breaks the
    rule too, so that lists of exceptions only say what is true.
    """
    exceptions = exceptions or {}

    def marked(find):
        def complaints(reading):
            findings = list(find(reading))
            for key, advice in findings:
                if key not in exceptions:
                    yield f"{key}: {advice}"
            for key in sorted(exceptions.keys() - {key for key, _ in findings}):
                yield f"{key}: the exception is no longer needed; take it off the list of {find.__name__}."

        complaints.__name__, complaints.__doc__ = find.__name__, find.__doc__
        RULES[find.__name__] = complaints
        return complaints

    return marked
