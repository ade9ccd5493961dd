"""The compiler of plans: what plans of one contract share, and how the plan of an operation follows from the contract."""

import inspect
from collections.abc import Callable
from typing import Any

import orjson

from handlers.http.conversions import Conversions
from handlers.http.deprecation import deprecation_headers
from handlers.http.parameters import Parameters
from handlers.http.plan import BodyLimit, ContractFault, Plan, ResponseSpec
from handlers.http.schemas import REQUEST, RESPONSE, Schemas
from models.base.value_rules import ValueRule
from spec.derived import flat
from spec.representation import Representation

# What the edge and the limits add.  Where `Link` is required, it is the edge that adds it, of a deprecated operation.
OF_THE_EDGE = frozenset({"request-id", "ratelimit", "ratelimit-policy", "deprecation", "sunset", "link"})
SAFE = {"get", "head", "options"}
# What a handler may ask for of the request itself, beside its caller.
OF_THE_REQUEST = ("media_type", "cookies", "authorization", "external_result", "faults", "is_local")


class Compiler:
    """What plans of one contract share: resolved references, schemas, representations and paths."""

    def __init__(self, contract: dict, schemas: Schemas, representation: Representation, base: str) -> None:
        self.contract, self.schemas, self.representation, self.base = contract, schemas, representation, base
        self.conversions = Conversions(self.resolve)
        self.paths = {
            operation["operationId"]: path
            for path, item in contract["paths"].items()
            for operation in item.values()
            if isinstance(operation, dict) and "operationId" in operation
        }
        self.scopes_of = _scopes_of(contract)

    def plan(self, path: str, method: str, handler: Callable) -> Plan:
        """The plan of the operation at ``path``.  Refused with :class:`ContractFault` when no server can keep it."""
        item = self.contract["paths"][path]
        operation = item[method]
        operation_id = operation["operationId"]
        if "x-external-call" in operation and "x-idempotency" not in operation:
            # It is asked before the key is claimed: a retry would ask the external service a second time.
            raise ContractFault(f"{operation_id} has x-external-call and is not exempt from idempotency.")
        takes = frozenset(inspect.signature(handler).parameters)
        everywhere = self.contract.get("x-transport-parameters", ())
        listed = (*item.get("parameters", ()), *operation.get("parameters", ()), *everywhere)
        ignores_unknown = operation.get("x-unknown-parameters") == "ignored"
        resolved = [self.resolve(parameter) for parameter in listed]
        flattened = [
            {**parameter, "schema": flat(self.contract, parameter["schema"])} for parameter in resolved
        ]
        parameters = Parameters(flattened, self.schemas, ignores_unknown)
        responses = {
            int(status): self.response_spec(int(status), response)
            for status, response in operation["responses"].items()
        }
        successes = [status for status in responses if 200 <= status < 304]
        with_a_body = next((status for status in successes if responses[status].media), successes[0])
        return Plan(
            operation_id=operation_id,
            path=path,
            method=method.upper(),
            handler=handler,
            takes=takes,
            asks_for=tuple(name for name in OF_THE_REQUEST if name in takes),
            # A page that a browser is sent to may have something to store, though it is read.
            unsafe=method not in SAFE or "x-events" in operation,
            permission=operation.get("x-permission"),
            scopes=tuple(operation.get("x-scopes", ())),
            scopes_of=self.scopes_of,
            proof=operation.get("x-proof"),
            rate_class=operation.get("x-rate-limit", "default"),
            body_limit=self.body_limit(operation.get("x-body-limit", "default")),
            is_exempt="x-idempotency" in operation,
            problems=frozenset(operation.get("x-problems", ())),
            value_rules=self._value_rules(operation_id, handler, parameters, operation),
            answers_faults="x-errors" in operation,
            events=frozenset(operation.get("x-events", ())),
            hands_on="x-hands-on" in operation,
            parameters=parameters,
            **self._body(operation),
            responses=responses,
            statuses=frozenset(responses),
            success=201 if 201 in successes else with_a_body,
            offers=tuple(dict.fromkeys(media for status in successes for media in responses[status].media)),
            location=self.location(responses.get(201) or responses.get(202)),
            sheds=503 in responses,
            deprecation_headers=deprecation_headers(operation),
        )

    def _value_rules(
        self, operation_id: str, handler: Callable, parameters: Parameters, operation: dict
    ) -> tuple[ValueRule, ...]:
        """The rules about values that a handler obeys; each names fields that the operation takes."""
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        schemas = [self.resolve(media["schema"]) for media in content.values()]
        names = parameters.query.keys() | {name for each in schemas for name in each.get("properties", {})}
        rules = getattr(handler, "value_rules", ())
        if unknown := {name for rule in rules for name in rule.fields} - names:
            raise ContractFault(f"{operation_id} has a rule about {sorted(unknown)}, which it does not take.")
        return rules

    def _body(self, operation: dict) -> dict[str, Any]:
        """The fields of a plan that are about the body of its requests."""
        body = self.resolve(operation.get("requestBody", {}))
        schemas = {media_type: content["schema"] for media_type, content in body.get("content", {}).items()}
        properties = {name for each in schemas.values() for name in self.resolve(each).get("properties", {})}
        ignores_unknown = operation.get("x-unknown-parameters") == "ignored"
        return {
            "body_types": {
                media_type: (self.schemas.validator(schema, REQUEST), self.conversions.of(schema))
                for media_type, schema in schemas.items()
            },
            "body_defaults": {media_type: self.defaults(schema) for media_type, schema in schemas.items()},
            "body_known": frozenset(properties) if ignores_unknown and schemas else None,
            "body_required": body.get("required", False),
            "passwords": frozenset(name for name in properties if name.endswith("password")),
        }

    def response_spec(self, status: int, response: dict) -> ResponseSpec:
        response = self.resolve(response)
        required = frozenset(
            name.lower()
            for name, header in response.get("headers", {}).items()
            if self.resolve(header).get("required")
        )
        media = {
            media_type: (
                self.representation.of(content["schema"]),
                self.schemas.validator(content["schema"], RESPONSE),
            )
            for media_type, content in response.get("content", {}).items()
        }
        return ResponseSpec(status, required, required - OF_THE_EDGE, media, response.get("links", {}))

    def body_limit(self, name: str) -> BodyLimit:
        """The class of ``x-body-limits`` that has this name; a contract without the table has the defaults."""
        limits = self.contract.get("x-body-limits", {}).get(name, {})
        return BodyLimit(**{field: limits[field] for field in BodyLimit._fields if field in limits})

    def resolve(self, node: dict) -> dict:
        while "$ref" in node:
            kind, name = node["$ref"].split("/")[2:]
            node = self.contract["components"][kind][name]
        return node

    def defaults(self, schema: dict) -> dict[str, bytes]:
        """The defaults of the properties of a body, as JSON: ``{name: text}``.

        ``x-default`` is for properties that clients may leave out: with ``default``, openapi-typescript would require them.
        """
        properties = self.resolve(schema).get("properties", {})
        stated = {name: self.resolve(property_schema) for name, property_schema in properties.items()}
        return {
            name: orjson.dumps(property_schema[keyword])
            for name, property_schema in stated.items()
            for keyword in ("default", "x-default")
            if keyword in property_schema
        }

    def location(self, response_spec: ResponseSpec | None) -> tuple[str, tuple[str, ...]] | None:
        """How the ``Location`` of a created resource is made: ``(path template, way to its id)``.

        It is where the link ``get`` leads, or else the link to reading a resource by its ID.
        """
        links = response_spec.links if response_spec else {}
        reading = (link for link in links.values() if self.paths[link["operationId"]].endswith("_id}"))
        link = links.get("get") or next(reading, None)
        if not link:
            return None
        way = [expression.partition("#/")[2].split("/") for expression in link.get("parameters", {}).values()]
        path = self.base + self.paths[link["operationId"]]
        return path.partition("{")[0], tuple(way[0]) if way else ()


def _scopes_of(contract: dict) -> dict[str, set[str]]:
    """The scopes with which each permission is used: ``{permission: scopes of all its operations}``."""
    scopes: dict[str, set] = {}
    for item in contract["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "x-permission" in operation:
                scopes.setdefault(operation["x-permission"], set()).update(operation.get("x-scopes", ()))
    return scopes
