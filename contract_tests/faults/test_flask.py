"""Flask in earnest: what people know of it works on a running server, and what watches applications of Flask sees Remit."""

import flask
import httpx
import pytest
import sentry_sdk
from flask_limiter import Limiter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

from contract_tests.support.server import Running, listener
from handlers.http import application


class Collected(Transport):
    """A transport of Sentry that goes nowhere: what would be sent is collected."""

    def __init__(self):
        super().__init__()
        self.sent = {"event": [], "transaction": []}

    def capture_envelope(self, envelope):
        for item in envelope.items:
            sent = item.payload.json
            if item.type in self.sent:
                self.sent[item.type].append(sent)


class Watched:
    """A server of its own, which a test may change before it starts; requests are the owner's."""

    def __init__(self, live):
        self.edge, self.socket = application.build(), listener()
        self.app = self.edge.bridge.app
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.socket.getsockname()[1]}/api/v1",
            headers={"Authorization": f"Bearer {live.people['owner'].token}"},
        )
        self.organization_id = live.organization_id
        self.running = None

    def start(self):
        self.running = Running(self.edge, self.socket)
        return self

    def break_handler(self, operation_id):
        def broken(**arguments):
            raise LookupError("the shelf is empty")

        self.edge.compiled.plans[operation_id].handler = broken

    def list_projects(self):
        return self.client.get("/projects", params={"organization_id": self.organization_id})

    def create_nothing(self):
        """A request that is refused with 422."""
        return self.client.post("/projects", json={"organization_id": self.organization_id})

    def stop(self):
        self.client.close()
        if self.running:
            self.running.stop()


@pytest.fixture
def watched(live):
    server = Watched(live)
    yield server
    server.stop()


@pytest.fixture
def sentry(monkeypatch):
    monkeypatch.setattr(flask.Flask, "__call__", flask.Flask.__call__)  # Sentry replaces it
    transport = Collected()
    sentry_sdk.init(
        "http://key@127.0.0.1/1",
        transport=transport,
        integrations=[FlaskIntegration()],
        default_integrations=False,
        auto_enabling_integrations=False,
        traces_sample_rate=1.0,
    )
    yield transport
    sentry_sdk.get_global_scope().set_client(None)


def test_sentry_is_told_of_a_fault_with_its_request_and_of_no_refusal(watched, sentry):
    watched.break_handler("list_projects")
    watched.start()
    assert watched.create_nothing().status_code == 422
    assert watched.client.get("/projects/01900000-0000-7000-8000-000000000000").status_code == 404
    assert sentry.sent["event"] == [], "a refusal is no fault"
    answer = watched.list_projects()
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    sentry_sdk.flush()
    (event,) = sentry.sent["event"]
    raised = event["exception"]["values"][-1]
    assert (raised["type"], raised["value"]) == ("LookupError", "the shelf is empty")
    assert raised["stacktrace"]["frames"][-1]["function"] == "broken"
    assert event["transaction"] == "/api/v1.list_projects"
    request = event["request"]
    assert (request["method"], request["url"]) == ("GET", str(answer.url).partition("?")[0])
    assert request["query_string"] == f"organization_id={watched.organization_id}"
    assert watched.client.headers["Authorization"] not in str(event), "Sentry filters credentials"
    statuses = [
        transaction["contexts"]["trace"]["data"]["http.response.status_code"]
        for transaction in sentry.sent["transaction"]
    ]
    assert statuses == [422, 404, 500]


def test_opentelemetry_has_a_span_of_each_request_and_an_error_of_a_fault_alone(watched):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    FlaskInstrumentor().instrument_app(watched.app, tracer_provider=provider)
    watched.break_handler("create_organization")
    watched.start()
    parent = f"00-{'ab' * 16}-{'cd' * 8}-01"
    answers = [
        watched.client.get(
            "/projects",
            params={"organization_id": watched.organization_id},
            headers={"traceparent": parent},
        ),
        watched.create_nothing(),
        watched.client.post("/organizations", json={"name": "Apollo"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 500]
    spans = exporter.get_finished_spans()
    seen = [(span.name, span.attributes["http.status_code"], span.status.status_code) for span in spans]
    assert seen == [
        ("GET /api/v1/projects", 200, StatusCode.UNSET),
        ("POST /api/v1/projects", 422, StatusCode.UNSET),
        ("POST /api/v1/organizations", 500, StatusCode.ERROR),
    ]
    assert f"{spans[0].context.trace_id:032x}" == "ab" * 16, "the trace of the client goes on"
    assert [event.name for event in spans[2].events] == ["exception"]
    assert spans[2].events[0].attributes["exception.type"] == "LookupError"


def test_the_request_and_functions_around_it_are_as_in_any_application_of_flask(watched):
    seen = {}

    @watched.app.before_request
    def remember():
        flask.g.began = True

    @watched.app.after_request
    def look(response):
        request = flask.request
        seen["request"] = (request.method, request.path, request.args["organization_id"], request.endpoint)
        seen["began"], seen["status"] = flask.g.began, response.status_code
        response.headers["X-Seen"] = "yes"
        return response

    @watched.app.teardown_request
    def end(error):
        seen["error"] = error

    watched.start()
    answer = watched.list_projects()
    assert answer.status_code == 200
    assert answer.headers["X-Seen"] == "yes"
    assert answer.json()["items"] is not None
    assert seen == {
        "request": ("GET", "/api/v1/projects", watched.organization_id, "/api/v1.list_projects"),
        "began": True,
        "status": 200,
        "error": None,
    }


def test_the_body_and_the_path_parameters_are_in_the_request_and_the_credentials_too(watched):
    seen = []

    @watched.app.before_request
    def look():
        request = flask.request
        seen.append((request.get_json(silent=True), request.view_args, request.headers["Authorization"]))

    watched.start()
    watched.create_nothing()
    watched.client.get("/projects/01900000-0000-7000-8000-000000000000")
    token = watched.client.headers["Authorization"]
    assert seen == [
        ({"organization_id": watched.organization_id}, {}, token),
        (None, {"project_id": "01900000-0000-7000-8000-000000000000"}, token),
    ]


def test_signals_are_sent_and_a_fault_of_a_function_before_the_request_is_answered(watched):
    seen = []

    def started(sender):
        seen.append(("started", flask.request.endpoint))

    def raised(sender, exception):
        seen.append(("fault", str(exception)))

    def finished(sender, response):
        seen.append(("finished", response.status_code))

    @watched.app.before_request
    def fail():
        raise LookupError("no shelf")

    watched.start()
    with (
        flask.request_started.connected_to(started, watched.app),
        flask.got_request_exception.connected_to(raised, watched.app),
        flask.request_finished.connected_to(finished, watched.app),
    ):
        assert watched.list_projects().status_code == 500
    assert seen == [
        ("started", "/api/v1.list_projects"),
        ("fault", "no shelf"),
        ("finished", 500),
    ]


def test_what_a_function_answers_in_place_of_the_handler_must_be_promised_too(watched):
    @watched.app.before_request
    def closed():
        return "We are closed.", 418

    watched.start()
    answer = watched.list_projects()
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


def test_limits_are_counted_by_the_limiter_of_the_application(watched):
    watched.start()
    (limiter,) = watched.app.extensions["limiter"]
    assert isinstance(limiter, Limiter)
    before = [watched.list_projects().headers["RateLimit"] for _ in range(2)]
    limiter.storage.reset()
    after = watched.list_projects().headers["RateLimit"]
    assert before[0].partition(";t=")[0] == after.partition(";t=")[0] != before[1].partition(";t=")[0]
    assert not watched.app.before_request_funcs, "flask-limiter counts nothing a second time"
