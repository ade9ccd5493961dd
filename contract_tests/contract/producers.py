"""How each status is produced, of any operation that documents it.

A producer takes a context (the world, the server, `monkeypatch`) and the operation, and gives the answer, after
looking whether it means what its status says.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from contract_tests.contract.conflicts import CONFLICTS, NOT_HERE
from contract_tests.support import table_fingerprints, values, world_oauth
from contract_tests.support.clients import refused
from contract_tests.support.operations import FORM, filled
from contract_tests.support.world import World
from models.base.settings import settings

PRODUCERS = {303: world_oauth.sent_on}
TOO_LARGE = 1_048_577


@dataclass
class ProducerContext:
    world: World
    live: object
    monkeypatch: pytest.MonkeyPatch
    fixture: (
        Callable  # by name: `slow` and `held_up`, answers by operation that were waited for at the same time
    )

    @property
    def limits(self):
        return self.live.edge.bridge.frame.limits


def produces(*statuses):
    def note(producer):
        PRODUCERS.update(dict.fromkeys(statuses, producer))
        return producer

    return note


@produces(200, 201, 202)
def done(context, operation, status):
    request = context.world.request(operation)
    if status > 200 or not {201, 202} & operation.answers.keys():
        return context.world.send(request)
    before = table_fingerprints.everything()
    answer = context.world.send(request.asking(validate_only="true"))
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == [], (
        "A dry run stored something."
    )
    return answer


@produces(204)
def without_a_body(context, operation, status):
    answer = context.world.send(context.world.request(operation))
    assert answer.content == b""
    return answer


@produces(304)
def not_modified(context, operation, status):
    request = context.world.request(operation)
    etag = context.world.send(request).headers["ETag"]
    answer = context.world.send(request.having(If_None_Match=f'"another", W/{etag}'))
    assert (answer.content, answer.headers["ETag"]) == (b"", etag)
    return answer


@produces(400)
def unreadable(context, operation, status):
    request = context.world.request(operation)
    if operation.schema:
        kind, body = ("form", b"half=%zz") if operation.media_type == FORM else ("json", b'{"half":')
        answer = context.world.send(request, content=body, json=None)
        assert refused(answer) == (400, f"malformed_{kind}")
    answer = context.world.send(request, extensions={"target": f"/api/v1{request.path}?%zz".encode()})
    assert answer.json()["code"] == "malformed_url"
    return answer


@produces(401)
def unknown(context, operation, status):
    request = context.world.request(operation, "nobody")
    request.headers.pop("Authorization", None)
    if operation.is_public:
        request.body = values.required_of(operation.schema)  # well-formed, but nobody's
        return context.world.send(request)
    garbage = context.world.send(request.having(Authorization="Bearer garbage"))
    assert garbage.status_code == 401
    return context.world.send(request)


@produces(403)
def without_the_scope(context, operation, status):
    if operation.is_public:
        return world_oauth.refused_page(context.world, operation)
    answer = context.world.ask(operation, "key")
    assert answer.json()["permission"] == operation.scopes[0]
    return answer


@produces(404)
def not_there(context, operation, status):
    references = [ref for ref in operation.references if not ref.narrows]
    for reference in references:
        answer = context.world.ask(operation, owner="missing", reference=reference)
        assert answer.status_code == 404, f"{reference}: {answer.text}"
    if not references:
        request = context.world.request(operation)
        if operation.id in NOT_HERE:
            with context.monkeypatch.context() as patch:
                for name, value in NOT_HERE[operation.id].items():
                    patch.setenv(name, value)
                settings.cache_clear()
                answer = context.world.send(request)
            settings.cache_clear()
            return answer
        (parameter,) = (parameter for parameter in operation.parameters if parameter["in"] == "path")
        request.path = filled(operation.path, parameter["name"], values.value(parameter["schema"]))
        answer = context.world.send(request)
    return answer


@produces(406)
def not_offered(context, operation, status):
    return context.world.send(
        context.world.request(operation).having(Accept="application/x-nothing, text/x-none;q=0.5")
    )


@produces(408)
def too_slow(context, operation, status):
    answer = context.fixture("slow")[operation.id]
    assert answer.json()["retryable"]
    return answer


@produces(409)
def in_conflict(context, operation, status):
    if operation.takes("Idempotency-Key"):
        answer = context.fixture("held_up")[operation.id]
        assert (answer.json()["code"], answer.headers["Retry-After"]) == ("request_in_progress", "1"), (
            answer.text
        )
        return answer
    assert operation.id in CONFLICTS, (
        f"How is {operation} refused by a rule? Say it in contract_tests/contract/producers.py."
    )
    request = context.world.request(operation)
    CONFLICTS[operation.id](context.world, request)
    return context.world.send(request)


@produces(412)
def stale(context, operation, status):
    answer = context.world.send(context.world.request(operation).having(If_Match='"999999"'))
    assert answer.headers["ETag"] == answer.json()["current_etag"]
    return answer


@produces(413)
def too_large(context, operation, status):
    return context.world.send(context.world.request(operation), content=b" " * TOO_LARGE, json=None)


@produces(415)
def of_another_type(context, operation, status):
    return context.world.send(context.world.request(operation), headers={"Content-Type": "text/plain"})


@produces(422)
def against_the_contract(context, operation, status):
    wrong = "max_age" if "x-unknown-parameters" in operation.node else "no_such_parameter"
    answer = context.world.send(context.world.request(operation).asking(**{wrong: "x"}))
    assert [error["parameter"] for error in answer.json()["errors"]] == [wrong]
    return answer


@produces(429)
def too_often(context, operation, status):
    request = context.world.request(operation)
    name = operation.rate_class
    if not operation.is_public and name == "default":
        name = "demo"  # as everybody in the world has it
    spent = copy.copy(context.limits.rates[name])
    spent.amount = 0
    with context.monkeypatch.context() as patch:
        patch.setitem(context.limits.rates, name, spent)
        answer = context.world.send(request)
    assert int(answer.headers["Retry-After"]) > 0
    return answer


@produces(500)
def at_fault(context, operation, status):
    request = context.world.request(operation)
    plan = context.live.plans[operation.id]

    def fail_at_the_end(handler=plan.handler, **arguments):
        handler(**arguments)
        raise RuntimeError("planted")

    before = table_fingerprints.everything()
    with context.monkeypatch.context() as patch:
        patch.setattr(plan, "handler", fail_at_the_end)
        answer = context.world.send(request)
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == [], (
        "A request that failed has stored something."
    )
    assert "planted" not in answer.text
    return answer


@produces(503)
def without_room(context, operation, status):
    request = context.world.request(operation)
    with context.monkeypatch.context() as patch:
        patch.setattr(context.live.edge, "waiting", 10**6)
        answer = context.world.send(request)
    assert answer.headers["Retry-After"] == "1"
    return answer
