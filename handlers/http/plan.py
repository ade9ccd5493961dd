"""The plan of an operation: everything that the contract says of it, compiled once."""

import inspect
from typing import NamedTuple

import orjson

from handlers.http.conversions import Conversions
from handlers.http.parameters import Parameters
from handlers.http.schemas import REQUEST, RESPONSE
from spec.derived import flat

# What the edge and the limits add to every answer.
OF_THE_EDGE = frozenset({"request-id", "ratelimit", "ratelimit-policy"})
SAFE = {"get", "head", "options"}
# What a handler may ask for of the request itself, beside its caller.
OF_THE_REQUEST = ("media_type", "cookies", "authorization", "outside", "faults", "is_local")


class ContractFault(Exception):
    """The contract says something that no server can keep."""


class BodyLimit(NamedTuple):
    """How large a body may be, how many values it may have, and the least mean rate at which it has to arrive."""

    bytes: int = 1_048_576
    values: int = 10_000
    bytes_per_second: int = 16_384


class Promise:
    """One documented answer: its headers, and for each media type how its body is made and checked."""

    __slots__ = ("frame_headers", "links", "media", "required", "status")

    def __init__(self, status, response, compiler):
        self.status = status
        self.required = frozenset(
            name.lower()
            for name, header in response.get("headers", {}).items()
            if compiler.resolve(header).get("required")
        )
        self.frame_headers = self.required - OF_THE_EDGE
        self.media = {
            media_type: (
                compiler.representation.of(content["schema"]),
                compiler.schemas.validator(content["schema"], RESPONSE),
            )
            for media_type, content in response.get("content", {}).items()
        }
        self.links = response.get("links", {})


class Plan:
    """What one operation is, needs and may answer.  ``outside`` is what it asks of the outside world first, if anything."""

    outside = None

    def __init__(self, path, method, item, operation, handler, compiler):
        resolve = compiler.resolve
        self.operation_id = operation["operationId"]
        self.path, self.method = path, method.upper()
        self.handler = handler
        self.takes = frozenset(inspect.signature(handler).parameters)
        self.asks_for = tuple(name for name in OF_THE_REQUEST if name in self.takes)
        # A page that a browser is sent to may have something to store, though it is read.
        self.unsafe = method not in SAFE or "x-events" in operation
        self.permission = operation.get("x-permission")
        self.scopes = tuple(operation.get("x-scopes", ()))
        self.proof = operation.get("x-proof")
        self.rate_class = operation.get("x-rate-limit", "default")
        self.body_limit = compiler.body_limit(operation.get("x-body-limit", "default"))
        self.is_exempt = "x-idempotency" in operation
        if "x-outside" in operation and not self.is_exempt:
            # It is asked before the key is claimed: a retry would ask the outside world a second time.
            raise ContractFault(f"{self.operation_id} has x-outside and is not exempt from idempotency.")
        self.problems = frozenset(operation.get("x-problems", ()))
        self.answers_faults = "x-errors" in operation
        self.events = frozenset(operation.get("x-events", ()))
        self.hands_on = "x-hands-on" in operation
        self.scopes_of = compiler.scopes_of
        everywhere = compiler.contract.get("x-transport-parameters", ())
        parameters = [
            {**resolve(one), "schema": flat(compiler.contract, resolve(one)["schema"])}
            for one in (*item.get("parameters", ()), *operation.get("parameters", ()), *everywhere)
        ]
        ignores_unknown = operation.get("x-unknown-parameters") == "ignored"
        self.parameters = Parameters(parameters, compiler.schemas, ignores_unknown)
        self.body_types = {}
        self.body_defaults = {}  # by media type: what a property is that is left out
        self.body_known = None  # the properties of a body that may have others too, which are ignored
        self.body_required = False
        self.passwords = frozenset()  # the properties of the body that are passwords: checking one takes long
        if "requestBody" in operation:
            body = resolve(operation["requestBody"])
            self.body_required = body.get("required", False)
            for media_type, content in body["content"].items():
                sent = resolve(content["schema"]).get("properties", {})
                self.passwords |= {name for name in sent if name.endswith("password")}
                self.body_types[media_type] = (
                    compiler.schemas.validator(content["schema"], REQUEST),
                    compiler.conversions.of(content["schema"]),
                )
                self.body_defaults[media_type] = compiler.defaults(content["schema"])
                if ignores_unknown:
                    self.body_known = frozenset(resolve(content["schema"])["properties"])
        self.promises = {
            int(status): Promise(int(status), resolve(response), compiler)
            for status, response in operation["responses"].items()
        }
        successes = [status for status in self.promises if 200 <= status < 304]
        self.statuses = frozenset(self.promises)
        self.success = next((status for status in successes if self.promises[status].media), successes[0])
        if 201 in successes:
            self.success = 201
        self.offers = tuple(
            dict.fromkeys(media for status in successes for media in self.promises[status].media)
        )
        self.location = compiler.location(self.promises.get(201) or self.promises.get(202))
        self.sheds = 503 in self.promises

    def __str__(self):
        return self.operation_id


class Compiler:
    """What plans of one contract share: resolved references, schemas, representations and paths."""

    def __init__(self, contract, schemas, representation, base):
        self.contract, self.schemas, self.representation, self.base = contract, schemas, representation, base
        self.conversions = Conversions(self.resolve)
        self.paths = {
            operation["operationId"]: path
            for path, item in contract["paths"].items()
            for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        }
        self.scopes_of = _scopes_of(contract)

    def body_limit(self, name):
        """The class of ``x-body-limits`` that has this name; a contract without the table has the defaults."""
        limits = self.contract.get("x-body-limits", {}).get(name, {})
        return BodyLimit(**{field: limits[field] for field in BodyLimit._fields if field in limits})

    def resolve(self, node):
        while "$ref" in node:
            kind, name = node["$ref"].split("/")[2:]
            node = self.contract["components"][kind][name]
        return node

    def defaults(self, schema):
        """The defaults of the properties of a body, as JSON: ``{name: text}``.

        ``x-default`` is for properties that clients may leave out: with ``default``, openapi-typescript would require them.
        """
        properties = self.resolve(schema).get("properties", {})
        stated = {name: self.resolve(one) for name, one in properties.items()}
        return {
            name: orjson.dumps(one[keyword])
            for name, one in stated.items()
            for keyword in ("default", "x-default")
            if keyword in one
        }

    def location(self, promise):
        """How the ``Location`` of a created resource is made: ``(path template, way to its id)``.

        It is where the link ``get`` leads, or else the link to reading a resource by its ID.
        """
        links = promise.links if promise else {}
        reading = (link for link in links.values() if self.paths[link["operationId"]].endswith("_id}"))
        link = links.get("get") or next(reading, None)
        if not link:
            return None
        way = [expression.partition("#/")[2].split("/") for expression in link.get("parameters", {}).values()]
        path = self.base + self.paths[link["operationId"]]
        return path.partition("{")[0], tuple(way[0]) if way else ()


def _scopes_of(contract):
    """The scopes with which each permission is used: ``{permission: scopes of all its operations}``."""
    found: dict[str, set] = {}
    for item in contract["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "x-permission" in operation:
                found.setdefault(operation["x-permission"], set()).update(operation.get("x-scopes", ()))
    return found
