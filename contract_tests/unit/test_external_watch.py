"""What an operator sees of calls of external services: metrics, log lines, spans; and whom a trace is told."""

import logging
import re

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from contract_tests.support import peers
from contract_tests.support.peers import response
from contract_tests.unit.test_breakers import Clock
from contract_tests.unit.test_external_http import ask, failure
from handlers.gateways.external import failures
from handlers.gateways.external.services import Service
from handlers.workers import registry
from models.base import tracing

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
CANARY = "canary7f3a"
OK, BAD = response(), response(503)


def value(name, **labels):
    return REGISTRY.get_sample_value(f"remit_external_{name}", labels) or 0.0


def test_calls_are_counted_by_service_and_outcome():
    service = Service("counted", attempts=2, has_breaker=False)
    with peers.listening(peers.script(BAD, OK, response(404))) as peer:
        ask(service, peer.url)
        failure(service, peer.url)
    failure(service, f"http://127.0.0.1:{peers.closed_port()}/", seconds=0.1)
    outcomes = {"answered": 1, "failed": 2, "declined": 1}
    assert {name: value("requests_total", service="counted", outcome=name) for name in outcomes} == outcomes
    assert value("seconds_count", service="counted", outcome="failed") == 2
    assert value("retries_total", service="counted") == 1


def test_labels_are_few_whatever_is_called():
    classes = [failures.NoAnswer]
    for cls in classes:
        classes += cls.__subclasses__()
    assert len({cls.outcome for cls in classes}) <= 12
    for number in range(20):
        failure(Service("bounded", attempts=1), f"http://127.0.0.1:{peers.closed_port()}/{CANARY}-{number}")
    labels = [sample.labels for metric in REGISTRY.collect() for sample in metric.samples]
    assert CANARY not in str(labels)
    assert {
        entry["outcome"] for entry in labels if entry.get("service") == "bounded" and "outcome" in entry
    } <= {
        "failed",
        "open",
    }


def test_the_state_of_a_breaker_is_a_metric_and_its_changes_are_logged(caplog):
    caplog.set_level(logging.INFO, "remit.external")
    service = Service("watched", attempts=1, clock=(clock := Clock()))
    with peers.listening(peers.script(*[BAD] * 5, OK)) as peer:
        ask_states = [value("breaker_state", service="watched")]
        for _ in range(5):
            failure(service, peer.url)
        ask_states.append(value("breaker_state", service="watched"))
        clock.now += 30
        ask(service, peer.url)
        ask_states.append(value("breaker_state", service="watched"))
    assert ask_states == [0, 2, 0]
    states = ("open", "half_open", "closed")
    assert {
        name: value("breaker_changes_total", service="watched", state=name) for name in states
    } == dict.fromkeys(states, 1)
    assert [record.state for record in caplog.records if record.message == "circuit breaker"] == list(states)


def test_each_call_is_one_line_without_secrets(caplog):
    caplog.set_level(logging.DEBUG, "remit.external")
    with (
        peers.listening(peers.script(response(403, CANARY.encode(), f"Set-Cookie: {CANARY}"))) as peer,
        tracing.following(TRACE, "request-7"),
    ):
        headers = {"Authorization": f"Bearer {CANARY}"}
        failure(
            Service("logged"), f"{peer.url}{CANARY}?key={CANARY}", headers=headers, content=CANARY.encode()
        )
    (record,) = [record for record in caplog.records if record.name == "remit.external"]
    assert CANARY not in str(vars(record))
    facts = (record.service, record.outcome, record.host, record.request_id, record.trace_id)
    assert facts == ("logged", "declined", "127.0.0.1", "request-7", TRACE[3:35])
    assert record.milliseconds > 0 and record.levelname == "INFO"


def asked_headers(is_trusted):
    heads = []
    with peers.listening(peers.script(OK, heads=heads)) as peer:
        ask(Service("traced", is_trusted=is_trusted), peer.url)
    return dict(re.findall(r"(?m)^([\w-]+): (.*?)\r$", heads[0].decode().lower()))


def test_a_service_of_ours_is_told_the_trace_and_gets_a_span_of_its_own():
    with tracing.following(TRACE):
        version, trace_id, span_id, flags = asked_headers(is_trusted=True)["traceparent"].split("-")
    assert (version, trace_id, flags) == tuple(TRACE.split("-")[i] for i in (0, 1, 3))
    assert span_id != TRACE.split("-")[2]


def test_other_services_are_told_nothing_of_the_trace():
    with tracing.following(TRACE):
        assert "traceparent" not in asked_headers(is_trusted=False)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "garbage",
        TRACE.upper(),
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"01{TRACE[2:]}",
        f"{TRACE}-more",
        b"\xff",
    ],
)
def test_a_trace_context_that_is_none_begins_a_new_one(header):
    with tracing.following(header) as trace:
        assert tracing.TRACEPARENT.fullmatch(trace.traceparent())
        assert trace.trace_id != TRACE[3:35] and tracing.current() is trace
    assert tracing.current() != tracing.current()


def test_the_calls_of_a_job_belong_to_one_trace(monkeypatch, caplog):
    caplog.set_level(logging.INFO, "remit.external")
    with peers.listening(peers.script(OK)) as peer:

        def look(times):
            for _ in range(times):
                ask(Service("traced"), peer.url)

        task = registry.QueueTask("erp.look", look, 1, manages_transactions=True, cron=None)
        monkeypatch.setitem(registry.QUEUE_TASKS, "erp.look", task)
        registry.perform("erp.look", {"times": 2})
        registry.perform("erp.look", {"times": 1})
    first, second, third = [record.trace_id for record in caplog.records if record.name == "remit.external"]
    assert first == second != third


@pytest.fixture
def spans(monkeypatch):
    """Finished spans, as of an operator who has set OpenTelemetry up."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter.get_finished_spans


def test_a_call_is_a_client_span_which_a_service_of_ours_goes_on_with(spans):
    header = asked_headers(is_trusted=True)["traceparent"]
    (span,) = spans()
    assert (span.name, span.kind) == ("traced", trace.SpanKind.CLIENT)
    assert dict(span.attributes) == {"peer.service": "traced", "server.address": "127.0.0.1"}
    assert header.split("-")[1:3] == [f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"]


def test_a_call_that_fails_is_an_error_of_its_span_without_the_address(spans):
    with peers.listening(peers.script(BAD)) as peer:
        failure(Service("traced", attempts=1), peer.url + CANARY)
    (span,) = spans()
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.attributes["error.type"] == "NoAnswer" and CANARY not in span.to_json()
