"""Clients of the tests: each is somebody who asks, and checks every answer against the published contract."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from threading import Barrier
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import httpx
import schemathesis
from schemathesis.core import deserialization
from schemathesis.specs.openapi import checks

from spec import published

PATCH = "application/merge-patch+json"
PROOF = {"password", "one_time_code", "recovery_code"}
OF_A_FORM = {"session", "widening", "shortening"}
RENEWED_AFTER = 400  # seconds: an access token holds for 900, and some tests take long
CHECKS = [
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
OF_ANY_OPERATION = (412, 414, 431)  # `x-transport-responses`, which operations do not list


@schemathesis.deserializer("application/yaml")
def _yaml(context, response):
    return _read_yaml(response.content.decode())


@lru_cache(maxsize=4)
def _read_yaml(text):
    """As Schemathesis reads it, once: the contract as YAML is answered often, and takes 0.3 s to read."""
    return deserialization.deserialize_yaml(text)


class Contract:
    """The published contract as an independent reader (Schemathesis) understands it."""

    def __init__(self, base_url):
        self.base_path = urlsplit(base_url).path
        self.document = published.openapi_30(base_url, internal=True)
        self.schema = schemathesis.openapi.from_dict(self.document)
        self.schema.config.update(base_url=base_url)
        self.templates = [(path.split("/"), path) for path in self.document["paths"]]
        self.aliases = {
            item["x-also-at"]: path for path, item in self.document["paths"].items() if "x-also-at" in item
        }

    def path_of(self, path):
        """The path of the contract that an address belongs to; literal segments win."""
        path = (
            path.removeprefix(self.base_path)
            if path.startswith(self.base_path + "/")
            else self.aliases.get(path)
        )
        if path is None:
            return None
        steps = path.split("/")
        fits = [
            (sum(segment.startswith("{") for segment in template), name)
            for template, name in self.templates
            if len(template) == len(steps)
            and all(
                segment == step or (step and segment.startswith("{"))
                for segment, step in zip(template, steps, strict=True)
            )
        ]
        return min(fits)[1] if fits else None

    def operation(self, method, path):
        """What the document says of an operation; nothing of an address or a method that is not there."""
        path = path if path.startswith(f"{self.base_path}/") else self.base_path + path
        return self.document["paths"].get(self.path_of(path), {}).get(method.lower(), {})

    def check(self, response):
        """Fail when the contract does not promise this answer."""
        method = response.request.method
        path = self.path_of(response.request.url.path)
        method = "GET" if method == "HEAD" else method
        if path is None or method.lower() not in self.document["paths"][path]:
            return  # an address or a method that is not there: the edge's own tests look at these
        documented = self.document["paths"][path][method.lower()]["responses"]
        if response.status_code in OF_ANY_OPERATION and str(response.status_code) not in documented:
            return
        assert str(response.status_code) in documented, (
            f"{method} {path} does not document {response.status_code}: {response.text}"
        )
        if response.request.method != "HEAD":
            steps = zip(path.split("/")[::-1], response.request.url.path.split("/")[::-1], strict=False)
            values = {name[1:-1]: step for name, step in steps if name.startswith("{")}
            self.schema[path][method].Case(path_parameters=values).validate_response(response, checks=CHECKS)


_LOGGED_IN = WeakSet()


def stay_logged_in():
    """Between two tests, so that none sees it: some clients are asked over the whole run, and access tokens end."""
    for client in [client for client in _LOGGED_IN if time.time() > client.renew_at]:
        client.log_in_again()


TLS = (
    httpx.create_ssl_context()
)  # one for all clients: loading the authorities takes 20 ms, and nothing here uses them


def http_client(**options):
    """A new client of HTTP: in its own name, it would load the certificate authorities again."""
    return httpx.Client(**{"timeout": 30, "verify": TLS, **options})


class Client:
    """Somebody who asks: ``token`` is an access token or an API key, or None for nobody in particular."""

    def __init__(self, base_url, contract, token=None, person=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = http_client(base_url=base_url, headers=headers)
        self.http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # it is no browser
        self.contract, self.token, self.person = contract, token, person
        self.renew_at = time.time() + RENEWED_AFTER
        if person and person.password and token == person.token:
            _LOGGED_IN.add(self)

    def request(self, method, path, *, proves=True, **options):
        if proves and isinstance(options.get("json"), dict):
            options["json"] = self._proving(method, path, options["json"])
        if method == "PATCH" and "json" in options:
            options["headers"] = {"Content-Type": PATCH, **options.get("headers", {})}
        if path.startswith(f"{self.contract.base_path}/"):  # as in `Location` and `Link`
            path = urljoin(str(self.http.base_url), path)
        response = self.http.request(method, path, **options)
        self.contract.check(response)
        return response

    def _proving(self, method, path, body):
        """The body with the password of the person, where a session may be asked for proof of identity: as a form asks for
        it.  What always needs it, or changes who owns, says so itself; ``proves=False`` sends what is given."""
        when = self.contract.operation(method, path).get("x-proof")
        if when in OF_A_FORM and self.person and self.person.password and not PROOF & body.keys():
            return {**body, "password": self.person.password}
        return body

    def log_in_again(self):
        """A new access token, before the one in use has ended.  Who cannot log in is left as they are."""
        self.renew_at = time.time() + RENEWED_AFTER
        body = {"email": self.person.email, "password": self.person.password}
        with suppress(httpx.HTTPError):  # its server may have stopped
            answer = self.http.post("/sessions", json=body, headers={"Authorization": ""})
            if answer.status_code == 201:
                self.token = self.person.token = answer.json()["access_token"]
                self.http.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json=None, **options):
        return self.request("POST", path, **({"json": json} if json is not None else {}), **options)

    def patch(self, path, json, **options):
        return self.request("PATCH", path, json=json, **options)

    def put(self, path, **options):
        return self.request("PUT", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def everything(self, path, **params):
        """Every item of a list, page by page."""
        items = []
        while True:
            page = self.get(path, params=params).json()
            items += page["items"]
            if page["next_cursor"] is None:
                return items
            params["cursor"] = page["next_cursor"]


def refused(response):
    """The status and the code of a refusal."""
    return response.status_code, response.json()["code"]


def alike(response, email):
    """All that somebody learns from an answer about an address which they know."""
    momentary = {"request-id", "ratelimit", "date"}
    headers = {name: value for name, value in response.headers.items() if name not in momentary}
    return response.status_code, headers, response.text.replace(email.lower(), "the address")


def at_once(*acts):
    """What each of these functions gives when all are called at the same moment, in their order."""
    start = Barrier(len(acts))

    def call(act):
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(call, acts))
