"""The service itself, and the documents that describe it."""

import json
from functools import cache

import orjson
import yaml

import spec
from handlers.pages import rendering
from models.base.bodies import etag_of
from models.base.errors import problem_types_of
from models.base.settings import settings
from spec import portal, published, reference

WEEK = "public, max-age=604800"
HOUR = "public, max-age=3600"
PORTAL = "/docs"
LINKS = {
    "service-desc": "/openapi.json",
    "service-doc": PORTAL,
    "status": "/health",
    "problems": "/problems",
    "organizations": "/organizations",
    "projects": "/projects",
    "tasks": "/tasks",
    "events": "/events",
    "sessions": "/sessions",
    "api-keys": "/api-keys",
    "security-log": "/security-log",
    "jwks": "/.well-known/jwks.json",
    "me": "/users/me",
}


def get_service_root(caller):
    base = _base()
    links = [{"rel": rel, "href": base + path} for rel, path in LINKS.items()]
    return {"name": "Remit", "version": published.version(), "links": links}


def get_home(caller, media_type):
    """The root for programs; a browser is sent to the portal."""
    if media_type != "text/html":
        return get_service_root(caller)
    html, headers = rendering.page("home.html", address=PORTAL)
    return html, 303, {**headers, "Location": PORTAL}


def get_openapi_json(caller):
    return _document("json")


def get_openapi_yaml(caller):
    return _document("yaml")


def get_openapi_31_json(caller):
    return _document("3.1")


def get_openapi_of_portal(caller):
    return _document("portal")


def get_demonstration(caller, is_local):
    """What ``scripts/serve`` has told of its demonstration. It opens accounts, and is for this machine alone."""
    samples = {"api_key": None, "values": []}
    if is_local and settings().portal_samples and settings().is_reached_locally:
        path = settings().data / "serve.json"
        samples |= json.loads(path.read_text("utf-8"))["samples"] if path.exists() else {}
    return samples, 200, {"Cache-Control": "no-store"}


def get_api_catalog(caller):
    base = _base()
    entry = {
        "anchor": base,
        "service-desc": [
            {"href": f"{base}/openapi.json", "type": "application/json"},
            {"href": f"{base}/openapi-3.1.json", "type": "application/json"},
        ],
        "service-doc": [{"href": base + PORTAL, "type": "text/html"}],
        "status": [{"href": f"{base}/health", "type": "application/json"}],
    }
    return {"linkset": [entry]}


def get_portal(caller):
    return portal.PAGE, 200, {"Cache-Control": HOUR, "Content-Type": "text/html"}


def get_portal_asset(asset, caller):
    body, media_type, etag = _asset(asset)
    return body, 200, {"ETag": etag, "Cache-Control": WEEK, "Content-Type": media_type}


def _base():
    return f"{settings().public_url}/api/v1"


@cache
def _document(kind):
    """A published document, made once: its bytes, and the headers that it is answered with."""
    if kind == "3.1":
        body = orjson.dumps(published.openapi_31(_base()), option=orjson.OPT_INDENT_2)
    elif kind == "portal":
        statuses = {code: cls.status for code, cls in problem_types_of(spec.controllers()).items()}
        body = orjson.dumps(reference.document(_base(), statuses))
    elif kind == "json":
        body = orjson.dumps(published.openapi_30(_base()), option=orjson.OPT_INDENT_2)
    else:
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        body = yaml.dump(
            published.openapi_30(_base()), Dumper=dumper, sort_keys=False, allow_unicode=True
        ).encode()
    return body, 200, {"ETag": etag_of(body), "Cache-Control": HOUR}


@cache
def _asset(name):
    """A file of the portal with its ETag, which is made once: some are large."""
    body, media_type = portal.asset(name)
    return body, media_type, etag_of(body)
