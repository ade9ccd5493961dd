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
        return any(one["name"] == name for one in self.parameters)

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
        given = [*item.get("parameters", ()), *node.get("parameters", ())]
        return Operation(
            path,
            method,
            node,
            [
                {**self.resolve(one), "schema": flat(self.document, self.resolve(one)["schema"])}
                for one in given
            ],
            self.named(node["requestBody"]) if "requestBody" in node else None,
            {int(status): self.named(one) for status, one in node["responses"].items() if status.isdigit()},
        )

    @cached_property
    def event_types(self):
        """Every type of event that a noun declares."""
        return set(self.document["x-event-types"])

    @cached_property
    def request_schemas(self):
        """The names of the schemas that requests are made of."""
        return self._reached([one.body[1] for one in self.operations if one.body])

    @cached_property
    def response_schemas(self):
        return self._reached([one for _, one in self.all_responses()])

    def all_responses(self):
        """``(place, response)`` of each response, the shared ones once."""
        yield from self.components["responses"].items()
        for one in self.operations:
            for status, (name, response) in one.responses.items():
                if name is None:
                    yield f"{one.id} {status}", response

    def contents(self):
        """``(place, whether it is sent, media type, content)`` of the content of each body and each response."""
        for one in self.operations:
            for media_type, content in (one.body[1]["content"] if one.body else {}).items():
                yield one.id, True, media_type, content
        for place, response in self.all_responses():
            for media_type, content in response.get("content", {}).items():
                yield place, False, media_type, content

    def _reached(self, node):
        found, waiting = set(), {name for _, one in refs(node) for name in [one.rpartition("/")[2]]}
        waiting &= self.schemas.keys()
        while waiting:
            name = waiting.pop()
            found.add(name)
            waiting |= {one.rpartition("/")[2] for _, one in refs(self.schemas[name])} - found
        return found

    def parts(self, names=None):
        """``(place, schema)`` of each schema and of each schema in it; by default of all components."""
        for name in sorted(self.schemas if names is None else names):
            yield from inside(name, self.schemas[name])

    def all_parameters(self):
        """``(place, parameter)`` of each parameter, wherever it is written."""
        for name, one in self.components["parameters"].items():
            yield name, one
        for path, item in self.document["paths"].items():
            holders = [(path, item), *((item[m]["operationId"], item[m]) for m in METHODS if m in item)]
            for place, holder in holders:
                for one in holder.get("parameters", ()):
                    if "$ref" not in one:
                        yield f"{place} {one['name']}", one

    def everywhere(self):
        """``(place, schema)`` of every schema of the contract: of bodies, answers, parameters and headers."""
        yield from self.parts()
        holders = [*self.all_parameters(), *self.components["headers"].items()]
        for place, holder in holders:
            yield from inside(place, holder["schema"])
        for place, _, _, content in self.contents():
            yield from inside(place, content["schema"])


def inside(place, schema):
    """``(place, schema)`` of a schema and of all that are written inside it, without following references."""
    yield place, schema
    for name, one in schema.get("properties", {}).items():
        yield from inside(f"{place}.{name}", one)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from inside(f"{place}[]", schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(key, ()):
            yield from inside(place, one)


def refs(node, place=()):
    """``(place, reference)`` of each reference in a node."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield place, node["$ref"]
        for key, value in node.items():
            yield from refs(value, (*place, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from refs(value, (*place, number))


RULES = {}


def rule(exceptions=None):
    """Mark a rule: a generator of ``(key, what to do)`` over a reading; its docstring is the rule.

    ``exceptions`` maps keys to the reason for which they are let through.  An exception that nothing needs breaks the
    rule too, so that lists of exceptions only say what is true.
    """
    exceptions = exceptions or {}

    def marked(find):
        def complaints(reading):
            found = list(find(reading))
            for key, advice in found:
                if key not in exceptions:
                    yield f"{key}: {advice}"
            for key in sorted(exceptions.keys() - {key for key, _ in found}):
                yield f"{key}: the exception is no longer needed; take it off the list of {find.__name__}."

        complaints.__name__, complaints.__doc__ = find.__name__, find.__doc__
        RULES[find.__name__] = complaints
        return complaints

    return marked
