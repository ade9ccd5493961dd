"""The operators' page of the queue, on the address of the metrics: what waits, runs and failed; dead letters.

It is no part of the contract: operators run the service, and have no role in organizations.  Whoever has the operators'
password may use it, by HTTP Basic authentication; without such a setting there is no page.  It tells no arguments of tasks.
"""

import hmac
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request
from peewee import InterfaceError, OperationalError

from handlers.pages import rendering
from models.base import dead_letters, queue_figures
from models.base.database import Database
from models.base.dead_letters import NoDeadLetter, TaskGone

log = logging.getLogger("remit.operators")
MAX_BODY_BYTES = 4096
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
REALM = {"WWW-Authenticate": 'Basic realm="Remit operators", charset="UTF-8"'}
ACTS = {
    "replay": (dead_letters.replay, "Job {0} was enqueued again, as job {1}."),
    "discard": (dead_letters.discard, "Job {0} was discarded."),
}


def application(database: Database, password: str) -> Flask:
    """The page as a WSGI application; ``database`` is a connection of the owner of the tables."""
    app = Flask("remit.operators", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    def csrf_token(action: str, job_id: int) -> str:
        return hmac.digest(password.encode(), f"csrf {action} {job_id}".encode(), "sha256").hex()

    @app.before_request
    def authenticate() -> Response | None:
        sent = request.authorization
        if (
            sent
            and sent.type == "basic"
            and hmac.compare_digest((sent.password or "").encode(), password.encode())
        ):
            return None
        if sent:
            log.warning("operator refused", extra={"fault": f"Wrong password from {request.remote_addr}."})
        return Response("Authentication is required.", 401, REALM, content_type="text/plain")

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.errorhandler(OperationalError)
    @app.errorhandler(InterfaceError)
    def is_down(error: Exception) -> Response:
        log.warning("queue not readable", exc_info=error)
        return Response("The database is not available.", 503, content_type="text/plain")

    @app.get("/queue")
    def show() -> Response:
        return _page(database, csrf_token)

    @app.post("/queue/<int:job_id>/<any(replay, discard):action>")
    def act(job_id: int, action: str) -> Response:
        token = request.form.get("csrf_token", "")
        if not hmac.compare_digest(token.encode(), csrf_token(action, job_id).encode()) or _is_foreign():
            return Response("The form has expired. Reload the page.", 403, content_type="text/plain")
        perform, words = ACTS[action]
        try:
            with database.connection_context():
                done = perform(database, job_id)
        except (NoDeadLetter, TaskGone) as refusal:
            return _page(database, csrf_token, refusal=str(refusal), status=409)
        log.warning(f"dead letter: {action}", extra={"job_id": job_id, "fault": f"By {request.remote_addr}."})
        return _page(database, csrf_token, done=words.format(job_id, done))

    return app


def _is_foreign() -> bool:
    """Whether a form was sent by a page of another origin."""
    origin = request.headers.get("Origin")
    return origin is not None and origin.partition("://")[2] != request.host


def _page(
    database: Database, csrf_token: Callable[[str, int], str], *, status: int = 200, **facts: Any
) -> Response:
    with database.connection_context():
        facts = (
            {"done": None, "refusal": None}
            | facts
            | {
                "figures": queue_figures.read(database),
                "running": queue_figures.running(database),
                "failures": queue_figures.failures(database),
                "letters": dead_letters.newest(database),
            }
        )
    html, headers = rendering.page(
        "queue.html", forms="'self'", at=datetime.now(UTC), csrf_token=csrf_token, **facts
    )
    return Response(html, status, headers, content_type="text/html; charset=utf-8")
