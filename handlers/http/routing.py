"""Routing: from address and method to the plan, by one walk down a tree."""

from connexion.middleware.abstract import ROUTING_CONTEXT
from connexion.middleware.routing import RoutingMiddleware


class Routes:
    """The addresses of a contract.  Literal segments win over parameters."""

    def __init__(self, plans, base, aliases):
        """``aliases`` maps a path of the contract to where on the host it answers as well (``x-also-at``)."""
        self.tree = {}
        plans = list(plans)
        self.allowed = allowed({plan.method for plan in plans})  # anywhere
        for plan in plans:
            self._add(base + plan.path, plan)
            if plan.path in aliases:
                self._add(aliases[plan.path], plan)

    def _add(self, path, plan):
        node = self.tree
        for segment in path[1:].split("/"):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        node.setdefault(None, {})[plan.method] = plan

    def find(self, path):
        """``({method: plan}, path values)`` of an address, or None.  Nothing is no value of a parameter."""
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


def allowed(methods):
    """The value of ``Allow``: all that an address answers (RFC 9110 §10.2.1)."""
    names = sorted(methods)
    if "GET" in methods:
        names.insert(names.index("GET") + 1, "HEAD")
    return ", ".join([*names, "OPTIONS"])


def options(methods):
    """The headers that answer ``OPTIONS``: the methods, and what a ``PATCH`` reads (RFC 5789 §3.1)."""
    headers = {"Allow": allowed(methods)}
    if "PATCH" in methods:
        headers["Accept-Patch"] = ", ".join(methods["PATCH"].body_types)
    return headers


class PlannedRouting(RoutingMiddleware):
    """Connexion's routing, told by the edge, which has found the plan before it read the body."""

    def __init__(self, app):
        self.app = app

    def add_api(self, specification, base_path=None, arguments=None, **kwargs):
        self.base_path = specification.base_path

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            scope["extensions"][ROUTING_CONTEXT] = {
                "api_base_path": self.base_path,
                "operation_id": scope["extensions"]["remit"].plan.operation_id,
            }
        await self.app(scope, receive, send)
