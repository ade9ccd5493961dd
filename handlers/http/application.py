"""The application: the contract compiled, and Connexion assembled around it."""

from collections.abc import Callable

from connexion.middleware.lifespan import LifespanMiddleware
from connexion.options import SwaggerUIOptions
from flask import Flask
from flask_limiter import Limiter

import spec
from handlers.http.bridge import Bridge
from handlers.http.compiled import CompiledContract, FindHandler, handler_of
from handlers.http.connexion_app import BridgedApp, PlannedSecurity, head, operations
from handlers.http.cors import Cors
from handlers.http.edge import Edge
from handlers.http.frame import Frame
from handlers.http.routing import PlannedRouting
from handlers.http.validation import PlannedValidation
from models.base.counters import MemoryStorage, TableStorage
from models.base.settings import Settings
from models.base.settings import settings as the_settings
from security.limits import Limits


def build(
    contract: dict | None = None,
    *,
    find_handler: FindHandler = handler_of,
    frame: Callable[..., Frame] = Frame,
    settings: Settings | None = None,
) -> Edge:
    """The ASGI application of a contract (default: Remit's own).

    ``frame`` is called with the limits, the representation of rows and the scopes of reading, and gives the frame around
    handlers.
    """
    settings = settings or the_settings()
    compiled = CompiledContract(contract or spec.load(), find_handler)
    classes = compiled.contract.get("x-rate-limits", {})
    bridge = Bridge(settings.threads, compiled.plans)
    limits = Limits(limiter_of(bridge.app, settings), classes, settings.address_factor)
    bridge.frame = frame(limits, compiled.represent, compiled.read_scopes)
    application = BridgedApp(
        bridge,
        middlewares=[PlannedRouting, PlannedSecurity, PlannedValidation, LifespanMiddleware],
        swagger_ui_options=SwaggerUIOptions(swagger_ui=False, serve_spec=False),
    )
    application.add_api(
        head(compiled.contract),
        plans=compiled.plans,
        operations=operations(compiled.contract, compiled.plans),
    )
    return Edge(application, bridge, compiled, limits, Cors(settings.cors_origins), settings)


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


def _storage(settings: Settings) -> str:
    """Where callers are counted: in memory for one process, else where all processes see it."""
    if settings.limits_url:
        return settings.limits_url
    storage = TableStorage if settings.processes > 1 else MemoryStorage
    return f"{storage.STORAGE_SCHEME[0]}://"
