"""Routing: from address and method to the plan, by one walk down a tree."""

from collections.abc import Iterable
from typing import Any

from connexion.middleware.abstract import ROUTING_CONTEXT
from connexion.middleware.routing import RoutingMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

import spec
from handlers.http.plan import Plan


class Routes:
    """The addresses of a contract.  Literal segments win over parameters."""

    def __init__(self, contract: dict, base: str) -> None:
        """``contract`` is the joined one.  What has ``x-also-at`` answers at another address of the host too."""
        self.tree = {}
        methods = set()
        for path, item in contract["paths"].items():
            operations = {name.upper(): item[name]["operationId"] for name in spec.METHODS if name in item}
            methods |= operations.keys()
            self._add(base + path, operations)
            if "x-also-at" in item:
                self._add(item["x-also-at"], operations)
        self.allowed = allowed(methods)  # anywhere

    def _add(self, path: str, operations: dict[str, str]) -> None:
        node = self.tree
        for segment in path[1:].split("/") if path != "/" else ():
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        node.setdefault(None, {}).update(operations)

    def find(self, path: str) -> tuple[dict[str, str], list[str]] | None:
        """``({method: operationId}, path values)`` of an address, or None.  Nothing is no value of a parameter."""
        node, values = self.tree, []
        for segment in path[1:].split("/") if path != "/" else ():
            following = node.get(segment)
            if following is None:
                following = node.get("{}")
                if following is None or not segment:
                    return None
                values.append(segment)
            node = following
        methods = node.get(None)
        return (methods, values) if methods else None


def allowed(methods: Iterable[str]) -> str:
    """The value of ``Allow``: all that an address answers (RFC 9110 §10.2.1)."""
    names = sorted(methods)
    if "GET" in methods:
        names.insert(names.index("GET") + 1, "HEAD")
    return ", ".join([*names, "OPTIONS"])


def options(methods: dict[str, str], patch: Plan | None = None) -> dict[str, str]:
    """The headers that answer ``OPTIONS``: the methods, and what the plan of a ``PATCH`` reads (RFC 5789 §3.1)."""
    headers = {"Allow": allowed(methods)}
    if patch:
        headers["Accept-Patch"] = ", ".join(patch.body_types)
    return headers


class PlannedRouting(RoutingMiddleware):
    """Connexion's routing, told by the edge, which has found the plan before it read the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def add_api(
        self, specification: Any, base_path: Any = None, arguments: Any = None, **kwargs: Any
    ) -> None:
        self.base_path = specification.base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["extensions"][ROUTING_CONTEXT] = {
                "api_base_path": self.base_path,
                "operation_id": scope["extensions"]["remit"].plan.operation_id,
            }
        await self.app(scope, receive, send)
