"""The operations of the contract, as the generated tests see them: what is written in ``spec/``, and requests for it."""

import json
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import spec
from spec.derived import flat

SUCCESSES = (200, 201, 202, 204)
FORM = "application/x-www-form-urlencoded"
# What only narrows a list: an id that nobody may know of leaves an empty page, as one that does not exist does.
# Every other id in a request says with ``x-resource`` what it refers to, and is looked up.
NARROWING = {"user_id": "user", "actor_id": "user", "assignee_id": "user", "subject_id": "task",
             "team_id": "team", "project_id": "project", "resource_id": "task"}  # fmt: skip


@dataclass(frozen=True)
class Reference:
    """A place of a request that names an object: ``where`` is path, query or body, ``noun`` what is named."""

    where: str
    name: str
    noun: str
    is_list: bool
    is_required: bool
    narrows: bool = False

    def __str__(self):
        return f"{self.where} {self.name}"


class Operation:
    """One operation: its request, its answers, and who may ask."""

    def __init__(self, path, method, item, node):
        self.id, self.path, self.method = node["operationId"], path, method.upper()
        self.node = node
        self.also_at = item.get("x-also-at")
        self.parameters = [
            {**resolved(parameter), "schema": flat(CONTRACT, resolved(parameter)["schema"])}
            for parameter in (*item.get("parameters", ()), *node.get("parameters", ()))
        ]
        self.answers = {int(status): resolved(answer) for status, answer in node["responses"].items()}
        self.permission = node.get("x-permission")
        self.scopes = tuple(node.get("x-scopes", ()))
        self.is_public = bool(node.get("x-public"))
        self.is_exempt = "x-idempotency" in node
        self.is_write = self.method != "GET"
        self.rate_class = node.get("x-rate-limit", "default")
        self.media_type, self.schema = None, {}
        if "requestBody" in node:
            # The first of two that mean the same: a PATCH takes JSON as well.
            self.media_type, content = next(iter(resolved(node["requestBody"])["content"].items()))
            self.schema = resolved(content["schema"])
        self.references = list(self._references())

    def __str__(self):
        return self.id

    @property
    def successes(self):
        return [status for status in self.answers if status in SUCCESSES]

    def takes(self, name):
        """Whether the operation has the parameter."""
        return any(parameter["name"] == name for parameter in self.parameters)

    def response_schema(self):
        """The schema of the successful answer's body; empty without one."""
        for status in self.successes:
            for content in self.answers[status].get("content", {}).values():
                return resolved(content["schema"])
        return {}

    def _references(self):
        for parameter in self.parameters:
            noun = parameter.get("x-resource") or (
                parameter["in"] == "query" and NARROWING.get(parameter["name"])
            )
            if noun:
                required = parameter["in"] == "path" or parameter.get("required", False)
                is_list = parameter["schema"].get("type") == "array"
                yield Reference(
                    parameter["in"], parameter["name"], noun, is_list, required, "x-resource" not in parameter
                )
        for name, schema in self.schema.get("properties", {}).items():
            if "x-resource" in schema:
                required = name in self.schema.get("required", ())
                yield Reference("body", name, schema["x-resource"], schema.get("type") == "array", required)


CONTRACT = spec.load()


def resolved(node):
    """The component that a reference leads to."""
    while "$ref" in node:
        kind, name = node["$ref"].split("/")[2:]
        node = CONTRACT["components"][kind][name]
    return node


OPERATIONS = [
    Operation(path, method, item, item[method])
    for path, item in CONTRACT["paths"].items()
    for method in spec.METHODS
    if method in item
]
BY_ID = {operation.id: operation for operation in OPERATIONS}
BASE = CONTRACT["servers"][0]["url"]


def scopes_of_reads(role):
    """The scopes of all that a role may read: what a program needs that gives the role to somebody."""
    reads = (
        operation
        for operation in OPERATIONS
        if not operation.is_write and role in operation.node.get("x-allowed-roles", ())
    )
    return sorted({scope for operation in reads for scope in operation.node.get("x-scopes", ())})


def those(condition):
    """The operations for which ``condition(operation)`` holds."""
    return [operation for operation in OPERATIONS if condition(operation)]


def filled(path, name, value):
    """The path with the value of one of its parameters."""
    return path.replace("{" + name + "}", value)


@dataclass
class Request:
    """A request as it will be sent; ``asker`` is who sends it."""

    operation: object
    asker: str
    path: str
    params: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    body: dict | None = None

    @property
    def encoded(self):
        """The body in bytes, as its media type has it."""
        as_form = self.operation.media_type == FORM
        return (urlencode(self.body) if as_form else json.dumps(self.body)).encode()

    def having(self, **headers):
        """The same request with more headers; underscores stand for hyphens."""
        return replace(
            self,
            headers={**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )

    def asking(self, **params):
        """The same request with more parameters in the query."""
        return replace(self, params={**self.params, **params})
