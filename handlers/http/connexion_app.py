"""Connexion: how it is given an operation of the contract, and the middlewares that it builds for it, when first used.

Connexion authenticates, and registers each operation with Flask.  Its document has of an operation what it needs for that;
all the rest is compiled into plans.  An operation of which nobody asks anything costs a start nothing.
"""

from collections.abc import Mapping
from typing import Any

from connexion.apps.flask import FlaskApi, FlaskApp
from connexion.middleware.security import SecurityAPI, SecurityMiddleware
from connexion.operations import AbstractOperation
from connexion.resolver import Resolver
from connexion.spec import Specification
from werkzeug.routing import Rule

from handlers.http.compiled import Plans, WhenUsed
from handlers.http.flask_app import RemitFlask, view_of

READER = "handlers.http.authentication.read"
READERS = {
    "bearer": {"x-bearerInfoFunc": READER},
    "api_key": {"x-apikeyInfoFunc": READER},
    "service_account": {"x-apikeyInfoFunc": f"{READER}_service_account"},
}
Operations = Mapping[str, AbstractOperation]


def head(contract: dict) -> dict:
    """The contract without its operations, as Connexion needs it."""
    schemes = contract["components"].get("securitySchemes", {})
    return {
        "openapi": contract["openapi"],
        "info": {"title": contract["info"]["title"], "version": contract["info"]["version"]},
        "servers": contract["servers"],
        "paths": {},
        "components": {
            "securitySchemes": {
                name: {**scheme, **READERS[name]} for name, scheme in schemes.items() if name in READERS
            }
        },
    }


def operations(contract: dict, plans: Plans) -> Operations:
    """The operations as Connexion's own, by operationId, each read and validated by Connexion when it is first used."""
    resolver = Resolver(lambda _: _unused)

    def make(operation_id: str) -> AbstractOperation:
        path, method = plans.addresses[operation_id]
        described = contract["paths"][path][method]
        item = {
            "operationId": operation_id,
            "security": _security(described.get("security", contract.get("security", []))),
            "responses": {"200": {"description": "As the contract says."}},
        }
        document = {**head(contract), "paths": {path: {method: item, **_path_parameters(path)}}}
        specification = Specification.load(document)
        return specification.operation_cls.from_spec(
            specification, path=path, method=method, resolver=resolver
        )

    return WhenUsed(make)


def _unused() -> None:
    """Connexion asks for a function of each operation; the frame has the real one."""


def _security(alternatives: list[dict]) -> list[dict]:
    """Without that of apps: their tokens come as bearer tokens do, and their scopes are the frame's matter."""
    return [schemes for schemes in alternatives if not schemes.keys() & {"oauth2", "oauth2_service"}]


def _path_parameters(path: str) -> dict:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    return {"parameters": parameters} if parameters else {}


class PlannedSecurityAPI(SecurityAPI):
    """Connexion's authentication of each operation, made when the operation is first used."""

    def __init__(self, *args: Any, operations: Operations, **options: Any) -> None:
        self.described = operations
        super().__init__(*args, **options)

    def add_paths(self) -> None:
        self.operations = WhenUsed(lambda operation_id: self.make_operation(self.described[operation_id]))


class PlannedSecurity(SecurityMiddleware):
    api_cls = PlannedSecurityAPI


class FramedApi(FlaskApi):
    """Connexion's registration of operations with Flask; the view of each is the frame around its handler."""

    def __init__(
        self, *args: Any, app: RemitFlask, plans: Plans, operations: Operations, **options: Any
    ) -> None:
        self.app, self.plans, self.described = app, plans, operations
        super().__init__(*args, **options)

    def rule(self, operation_id: str) -> Rule:
        """The URL rule of an operation, registered.  Flask itself registers nothing after the first request."""
        path, method = self.plans.addresses[operation_id]
        operation = self.described[operation_id]
        path, name = self._framework_path_and_name(operation, path)
        endpoint = f"{self.blueprint.name}.{name}"
        rule = self.app.url_rule_class(self.base_path + path, endpoint=endpoint, methods=[method.upper()])
        self.app.url_map.add(rule)
        self.app.view_functions[endpoint] = view_of(self.app, operation_id)
        return rule


class BridgedApp(FlaskApp):
    """Connexion's Flask application over the bridge."""

    def __init__(self, bridge: Any, **options: Any) -> None:
        self._middleware_app = bridge
        super(FlaskApp, self).__init__("remit", **options)
        self.app = bridge.app
