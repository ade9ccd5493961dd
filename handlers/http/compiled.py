"""The compiled contract: a plan for each operation, made when it is first asked for."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any

import spec
from handlers.http.compiler import Compiler
from handlers.http.plan import Plan
from handlers.http.routing import Routes
from handlers.http.schemas import Schemas
from spec.reading import read_scopes
from spec.representation import Representation, of_snapshots

FindHandler = Callable[[dict], Callable]


class WhenUsed(dict):
    """A dict whose values are made when they are first asked for: each once, also when many threads ask at once."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self.make, self.lock = make, RLock()

    def __missing__(self, key: Any) -> Any:
        with self.lock:
            if key not in self:
                self[key] = self.make(key)
            return self[key]


class Plans(Mapping[str, Plan]):
    """The plans of a contract by operationId.  ``compiled`` has those that were asked for; going through all compiles all."""

    def __init__(self, contract: dict, make: Callable[[str, str], Plan]) -> None:
        self.addresses = {
            item[method]["operationId"]: (path, method)
            for path, item in contract["paths"].items()
            for method in spec.METHODS
            if method in item
        }
        self.compiled = WhenUsed(lambda operation_id: make(*self.addresses[operation_id]))

    def __getitem__(self, operation_id: str) -> Plan:
        return self.compiled[operation_id]

    def __contains__(self, operation_id: object) -> bool:
        return operation_id in self.addresses

    def __iter__(self) -> Iterator[str]:
        return iter(self.addresses)

    def __len__(self) -> int:
        return len(self.addresses)


class CompiledContract:
    """A contract as plans.  ``find_handler(operation)`` gives the function of an operation (an OpenAPI object)."""

    def __init__(self, contract: dict, find_handler: FindHandler) -> None:
        self.contract, self.find_handler = contract, find_handler
        self.base = contract["servers"][0]["url"]
        components = contract["components"]["schemas"]
        self.representation = Representation(components)
        self.compiler = Compiler(contract, Schemas(components), self.representation, self.base)
        self.represent = of_snapshots(components, self.representation)
        self.read_scopes = read_scopes(contract)
        self.plans = Plans(contract, self._plan)
        self.routes = Routes(contract, self.base)
        self.transport = {
            int(status): self.compiler.response_spec(int(status), response)
            for status, response in contract.get("x-transport-responses", {}).items()
        }

    def _plan(self, path: str, method: str) -> Plan:
        operation = self.contract["paths"][path][method]
        plan = self.compiler.plan(path, method, self.find_handler(operation))
        plan.external_call = external_call_of(operation)
        return plan

    def compile_all(self) -> list[Plan]:
        """Every plan: what no server can keep is found now (:class:`ContractFault`), and not by a request."""
        return list(self.plans.values())


def handler_of(operation: dict) -> Callable:
    """The function that is called as the operation, in the module of its noun, which is imported."""
    module = importlib.import_module(operation["x-openapi-router-controller"])
    return getattr(module, operation["operationId"])


def external_call_of(operation: dict) -> Callable | None:
    """What asks an external service before the operation's transaction (``x-external-call``): the function of its name in
    ``<noun>_external.py``; None for most.  It is imported when it is first called: a server starts without it."""
    if "x-external-call" not in operation:
        return None
    module = f"{operation['x-openapi-router-controller']}_external"

    def ask(body: dict) -> Any:
        return getattr(importlib.import_module(module), operation["operationId"])(body)

    return ask
