"""The application: the contract compiled, and Connexion assembled around it."""

import importlib

from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from flask import Flask
from flask_limiter import Limiter
from starlette.types import ASGIApp

import spec
from handlers.http.bridge import Bridge, BridgedApp
from handlers.http.cors import Cors
from handlers.http.edge import Edge
from handlers.http.frame import Frame
from handlers.http.plan import Compiler, Plan, Promise
from handlers.http.routing import PlannedRouting, Routes
from handlers.http.schemas import Schemas
from handlers.http.validation import PlannedValidation
from models.base.counters import MemoryStorage, TableStorage
from models.base.settings import Settings
from models.base.settings import settings as the_settings
from security.limits import Limits
from spec.reading import read_scopes
from spec.representation import Representation, of_snapshots


class CompiledContract:
    """A contract as plans.  ``find_handler(operation)`` gives the function of an operation (an OpenAPI object)."""

    def __init__(self, contract, find_handler):
        self.contract = contract
        self.base = contract["servers"][0]["url"]
        components = contract["components"]["schemas"]
        self.representation = Representation(components)
        compiler = Compiler(contract, Schemas(components), self.representation, self.base)
        self.represent = of_snapshots(components, self.representation)
        self.read_scopes = read_scopes(contract)
        self.plans = {}
        aliases = {}
        for path, item in contract["paths"].items():
            if "x-also-at" in item:
                aliases[path] = item["x-also-at"]
            for method in spec.METHODS:
                if operation := item.get(method):
                    plan = Plan(path, method, item, operation, find_handler(operation), compiler)
                    plan.outside = outside_of(operation)
                    self.plans[plan.operation_id] = plan
        self.routes = Routes(self.plans.values(), self.base, aliases)
        self.transport = {
            int(status): Promise(int(status), compiler.resolve(response), compiler)
            for status, response in contract.get("x-transport-responses", {}).items()
        }


def handler_of(operation):
    """The function that is called as the operation, in the module of its noun."""
    module = importlib.import_module(operation["x-openapi-router-controller"])
    return getattr(module, operation["operationId"])


def outside_of(operation):
    """What asks the outside world before the operation's transaction (``x-outside``): the function of its name in
    ``handlers.outside.<noun>``; None for most.  It is imported when it is first called: a server starts without it."""
    if "x-outside" not in operation:
        return None
    noun = operation["x-openapi-router-controller"].rpartition(".")[2]

    def ask(body):
        return getattr(importlib.import_module(f"handlers.outside.{noun}"), operation["operationId"])(body)

    return ask


def build(contract=None, *, find_handler=handler_of, frame=Frame, settings=None) -> ASGIApp:
    """The ASGI application of a contract (default: Remit's own).

    ``frame`` is called with the limits, the representation of rows and the scopes of reading, and gives the frame around
    handlers.
    """
    settings = settings or the_settings()
    compiled = CompiledContract(contract or spec.load(), find_handler)
    classes = compiled.contract.get("x-rate-limits", {})
    bridge = Bridge(settings.threads)
    limits = Limits(limiter_of(bridge.app, settings), classes, settings.address_factor)
    bridge.frame = frame(limits, compiled.represent, compiled.read_scopes)
    application = BridgedApp(
        bridge,
        middlewares=[PlannedRouting, SecurityMiddleware, PlannedValidation, LifespanMiddleware],
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False, serve_spec=False),
    )
    application.add_api(
        _for_connexion(compiled.contract), resolver=Resolver(lambda _: _unused), plans=compiled.plans
    )
    edge = Edge(
        application, compiled.routes, compiled.transport, limits, Cors(settings.cors_origins), settings
    )
    edge.compiled, edge.bridge = compiled, bridge
    return edge


def limiter_of(app: Flask, settings: Settings) -> Limiter:
    """The rate limiter of an application of Flask.

    It stands among the application's extensions before it is initialized, so that it adds no functions before and after
    each request: 96 µs, for limits that the frame counts when it knows the caller.
    """
    limiter = Limiter(
        lambda: "",
        storage_uri=_storage(settings),
        strategy="fixed-window",
        storage_options={"wrap_exceptions": bool(settings.limits_url)},
    )
    app.extensions["limiter"] = {limiter}
    limiter.init_app(app)
    return limiter


def _storage(settings):
    """Where callers are counted: in memory for one process, else where all processes see it."""
    if settings.limits_url:
        return settings.limits_url
    storage = TableStorage if settings.processes > 1 else MemoryStorage
    return f"{storage.STORAGE_SCHEME[0]}://"


def _unused():
    """Connexion asks for a function of each operation; the frame has the real one."""


def _for_connexion(contract):
    """The contract as Connexion needs it to route and authenticate; all the rest is compiled above."""
    schemes = contract["components"].get("securitySchemes", {})
    reader = "handlers.http.authentication.read"
    found = {
        "bearer": {"x-bearerInfoFunc": reader},
        "api_key": {"x-apikeyInfoFunc": reader},
        "service_account": {"x-apikeyInfoFunc": f"{reader}_service_account"},
    }
    paths = {
        path: {
            method: {
                "operationId": item[method]["operationId"],
                "security": _security(item[method].get("security", contract.get("security", []))),
                "responses": {"200": {"description": "As the contract says."}},
            }
            for method in spec.METHODS
            if method in item
        }
        for path, item in contract["paths"].items()
    }
    return {
        "openapi": contract["openapi"],
        "info": {"title": contract["info"]["title"], "version": contract["info"]["version"]},
        "servers": contract["servers"],
        "paths": {path: _with_path_parameters(path, item) for path, item in paths.items()},
        "components": {
            "securitySchemes": {
                name: {**one, **found[name]} for name, one in schemes.items() if name in found
            }
        },
    }


def _security(alternatives):
    """Without that of apps: their tokens come as bearer tokens do, and their scopes are the frame's matter."""
    return [one for one in alternatives if not one.keys() & {"oauth2", "oauth2_service"}]


def _with_path_parameters(path, item):
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
    ]
    return {**item, **({"parameters": parameters} if parameters else {})}
