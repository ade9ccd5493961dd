"""Flask: the application object that every request passes through, whole, in the thread of its handler.

What people know of Flask works: ``flask.request`` and ``flask.g``, functions before, after and at the teardown of a request,
signals, and WSGI middleware around ``wsgi_app``.  What nothing here needs is left out, because it costs 50 µs a request:
Flask's own matching of URLs, since the edge has found the plan, and sessions, since callers show their credentials each time.
"""

import logging
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import cache
from http import HTTPStatus
from io import BytesIO
from typing import Any

from flask import Flask, Request, Response, got_request_exception, request_tearing_down
from flask.ctx import RequestContext as FlaskRequestContext
from flask.globals import request_ctx
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import Rule

from handlers.http import problems
from handlers.http.answers import Answer, ContractViolation
from handlers.http.request_context import RequestContext
from handlers.http.watch import fault
from models.base.bodies import FileBody
from models.base.errors import InternalError

View = Callable[[RequestContext], Answer]

log = logging.getLogger("remit.frame")
# The variable behind the proxy, which costs 0.6 µs each time.
CONTEXT: ContextVar[FlaskRequestContext] = request_ctx.__wrapped__  # type: ignore[attr-defined]
CONTEXT_KEY = "remit.context"  # the key in the environment of WSGI
NO_SESSION = NullSession()
VARIABLES = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}  # without a prefix
MAX_CACHED_VARIABLES = 256
SINGLE_VALUE_HEADERS = frozenset({"content-type", "location", "set-cookie"})  # a second value makes no list


class NoSessions(SessionInterface):
    """Every request has the one empty session, which refuses to store anything."""

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return NO_SESSION


class LazyRequest(Request):
    """The request.  Its environment is read only when somebody looks into it."""

    def __init__(self, environ: dict) -> None:
        self.environ = environ

    def __getattr__(self, name: str) -> Any:
        """Called for an attribute that a request has from its beginning, when the first of them is asked for."""
        if "headers" in vars(self):
            raise AttributeError(name)
        super().__init__(self.environ, populate_request=False)
        return getattr(self, name)

    def close(self) -> None:
        if "files" in vars(self):
            super().close()


class AnswerResponse(Response):
    """The frame's answer as a response of Flask.  It is taken apart only when somebody looks into it."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __getattr__(self, name: str) -> Any:
        """Called for an attribute that a response has from its beginning, when the first of them is asked for."""
        if "headers" in vars(self):
            raise AttributeError(name)
        answer = self.answer
        super().__init__(
            answer.body if isinstance(answer.body, bytes) else (), answer.status, dict(answer.headers)
        )
        if "Content-Type" not in answer.headers:  # of an answer without a body, which Flask would give one
            del self.headers["Content-Type"]
        return getattr(self, name)

    def __call__(self, environ: dict, start_response: Any) -> Iterable[bytes]:
        if "headers" in vars(self):
            return super().__call__(environ, start_response)
        answer = self.answer
        start_response(_status_line(answer.status), list(answer.headers.items()))
        return (answer.body,) if isinstance(answer.body, bytes) else ()


class RemitFlask(Flask):
    """Remit as an application of Flask.  ``views`` has, by operationId, the frame around each operation's handler."""

    session_interface = NoSessions()
    request_class = LazyRequest

    def __init__(self) -> None:
        super().__init__("remit", static_folder=None)
        self.views: dict[str, View] = {}
        self.rules: dict[str, Rule] = {}

    def serve(self, context: RequestContext) -> Answer:
        """The answer to a request context: the application is called as any server of WSGI calls it."""
        started: list = []

        def start_response(status: str, headers: list, exc_info: Any = None) -> Any:
            started[:] = int(status[:3]), headers

        pieces = self(_environment(context), start_response)
        try:
            body: bytes | FileBody = b"".join(pieces)
        finally:
            if type(pieces) is not tuple and hasattr(pieces, "close"):
                pieces.close()
        status, headers = started
        if not body and context.answer and isinstance(context.answer.body, FileBody):
            body = context.answer.body  # sent by the edge, in pieces
        return Answer(status, _by_name(headers), body)

    def create_url_adapter(self, request: Request | None) -> None:
        """None: URLs are not matched here."""

    def request_context(self, environ: dict) -> FlaskRequestContext:
        """The context of a request whose operation is known."""
        flask_context = super().request_context(environ)
        context = environ[CONTEXT_KEY]
        flask_context.request.url_rule = self.rules[context.plan.operation_id]
        flask_context.request.view_args = dict(
            zip(context.plan.parameters.path, context.path_values, strict=True)
        )
        return flask_context

    def dispatch_request(self) -> Any:
        request: Any = CONTEXT.get().request
        return self.view_functions[request.url_rule.endpoint](**request.view_args)

    # Where nobody has registered a function, nothing is looked up: that is the most of what these cost.

    def preprocess_request(self) -> Any:
        if self.before_request_funcs or self.url_value_preprocessors:
            return super().preprocess_request()
        return None

    def make_response(self, rv: Any) -> Response:
        return rv if type(rv) is AnswerResponse else super().make_response(rv)

    def process_response(self, response: Response) -> Response:
        if self.after_request_funcs or CONTEXT.get()._after_request_functions:
            return super().process_response(response)
        return response

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        if self.teardown_request_funcs:
            super().do_teardown_request(exc)
        else:
            request_tearing_down.send(self, _async_wrapper=self.ensure_sync, exc=exc)

    def handle_exception(self, e: Exception) -> Response:
        """Log, count and signal (``got_request_exception``) a fault of ours, and answer it as the contract says."""
        context = CONTEXT.get().request.environ[CONTEXT_KEY]
        fault(log, "contract_violation" if isinstance(e, ContractViolation) else "unhandled", context, e)
        got_request_exception.send(self, _async_wrapper=self.ensure_sync, exception=e)
        context.answer = problems.answer(InternalError(), context.request_id)
        context.answer.headers |= context.limit_headers
        return self.finalize_request(AnswerResponse(context.answer), from_error_handler=True)


def view_of(app: RemitFlask, operation_id: str) -> Callable[..., Response]:
    """What Flask calls for an operation.  Path parameters are in the request context, converted."""

    def view(**path_values: str) -> Response:
        context = CONTEXT.get().request.environ[CONTEXT_KEY]
        context.answer = app.views[operation_id](context)
        return AnswerResponse(context.answer)

    return view


def _environment(context: RequestContext) -> dict[str, Any]:
    """The environment of a request (PEP 3333)."""
    host, port = context.server or ("localhost", None)
    path = context.path
    environ = {
        CONTEXT_KEY: context,
        "REQUEST_METHOD": context.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path if path.isascii() else path.encode().decode("latin-1"),
        "QUERY_STRING": context.query.decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": context.address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": context.scheme,
        "wsgi.input": BytesIO(context.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in context.headers.items():
        environ[_variable(name)] = value.decode("latin-1")
    if context.body:
        environ["CONTENT_LENGTH"] = str(len(context.body))
    return environ


def _variable(name: bytes) -> str:
    """The variable of a header: clients send any names, of which only the usual ones are kept."""
    variable = VARIABLES.get(name)
    if variable is None:
        variable = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        if len(VARIABLES) < MAX_CACHED_VARIABLES:
            VARIABLES[name] = variable
    return variable


@cache
def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _by_name(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers as an answer has them.  How long it is says the edge."""
    by_name = dict(headers)
    if len(by_name) < len(headers):
        for name in by_name:
            values = [value for other, value in headers if other == name]
            if len(values) > 1 and name.lower() in SINGLE_VALUE_HEADERS:
                raise ContractViolation(f"An answer has the header {name} {len(values)} times.")
            by_name[name] = ", ".join(values)
    by_name.pop("Content-Length", None)
    return by_name
