"""How each status is produced, of any operation that documents it.

A producer takes the stage (the world, the server, what can be planted) and the operation, and gives the answer, after
looking whether it means what its status says.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from contract_tests.contract.conflicts import CONFLICTS, NOT_HERE
from contract_tests.support import rows, values, world_oauth
from contract_tests.support.clients import refused
from contract_tests.support.operations import FORM, filled
from contract_tests.support.world import World
from models.base.settings import settings

PRODUCERS = {303: world_oauth.sent_on}
TOO_LARGE = 1_048_577


@dataclass
class Stage:
    world: World
    live: object
    plant: pytest.MonkeyPatch
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
def done(stage, operation, status):
    request = stage.world.request(operation)
    if status > 200 or not {201, 202} & operation.answers.keys():
        return stage.world.send(request)
    before = rows.everything()
    answer = stage.world.send(request.asking(validate_only="true"))
    assert rows.changed(before, rows.everything()) == [], "A dry run stored something."
    return answer


@produces(204)
def without_a_body(stage, operation, status):
    answer = stage.world.send(stage.world.request(operation))
    assert answer.content == b""
    return answer


@produces(304)
def not_modified(stage, operation, status):
    request = stage.world.request(operation)
    etag = stage.world.send(request).headers["ETag"]
    answer = stage.world.send(request.having(If_None_Match=f'"another", W/{etag}'))
    assert (answer.content, answer.headers["ETag"]) == (b"", etag)
    return answer


@produces(400)
def unreadable(stage, operation, status):
    request = stage.world.request(operation)
    if operation.schema:
        kind, body = ("form", b"half=%zz") if operation.media_type == FORM else ("json", b'{"half":')
        answer = stage.world.send(request, content=body, json=None)
        assert refused(answer) == (400, f"malformed_{kind}")
    answer = stage.world.send(request, extensions={"target": f"/api/v1{request.path}?%zz".encode()})
    assert answer.json()["code"] == "malformed_url"
    return answer


@produces(401)
def unknown(stage, operation, status):
    request = stage.world.request(operation, "nobody")
    request.headers.pop("Authorization", None)
    if operation.is_public:
        request.body = values.required_of(operation.schema)  # well-formed, but nobody's
        return stage.world.send(request)
    garbage = stage.world.send(request.having(Authorization="Bearer garbage"))
    assert garbage.status_code == 401
    return stage.world.send(request)


@produces(403)
def without_the_scope(stage, operation, status):
    if operation.is_public:
        return world_oauth.refused_page(stage.world, operation)
    answer = stage.world.ask(operation, "key")
    assert answer.json()["permission"] == operation.scopes[0]
    return answer


@produces(404)
def not_there(stage, operation, status):
    places = [one for one in operation.references if not one.narrows]
    for place in places:
        answer = stage.world.ask(operation, owner="missing", place=place)
        assert answer.status_code == 404, f"{place}: {answer.text}"
    if not places:
        request = stage.world.request(operation)
        if operation.id in NOT_HERE:
            with stage.plant.context() as plant:
                for name, value in NOT_HERE[operation.id].items():
                    plant.setenv(name, value)
                settings.cache_clear()
                answer = stage.world.send(request)
            settings.cache_clear()
            return answer
        (one,) = (one for one in operation.parameters if one["in"] == "path")
        request.path = filled(operation.path, one["name"], values.value(one["schema"]))
        answer = stage.world.send(request)
    return answer


@produces(406)
def not_offered(stage, operation, status):
    return stage.world.send(
        stage.world.request(operation).having(Accept="application/x-nothing, text/x-none;q=0.5")
    )


@produces(408)
def too_slow(stage, operation, status):
    answer = stage.fixture("slow")[operation.id]
    assert answer.json()["retryable"]
    return answer


@produces(409)
def in_conflict(stage, operation, status):
    if operation.takes("Idempotency-Key"):
        answer = stage.fixture("held_up")[operation.id]
        assert (answer.json()["code"], answer.headers["Retry-After"]) == ("request_in_progress", "1"), (
            answer.text
        )
        return answer
    assert operation.id in CONFLICTS, (
        f"How is {operation} refused by a rule? Say it in contract_tests/contract/producers.py."
    )
    request = stage.world.request(operation)
    CONFLICTS[operation.id](stage.world, request)
    return stage.world.send(request)


@produces(412)
def stale(stage, operation, status):
    answer = stage.world.send(stage.world.request(operation).having(If_Match='"999999"'))
    assert answer.headers["ETag"] == answer.json()["current_etag"]
    return answer


@produces(413)
def too_large(stage, operation, status):
    return stage.world.send(stage.world.request(operation), content=b" " * TOO_LARGE, json=None)


@produces(415)
def of_another_type(stage, operation, status):
    return stage.world.send(stage.world.request(operation), headers={"Content-Type": "text/plain"})


@produces(422)
def against_the_contract(stage, operation, status):
    wrong = "max_age" if "x-unknown-parameters" in operation.told else "no_such_parameter"
    answer = stage.world.send(stage.world.request(operation).asking(**{wrong: "x"}))
    assert [one["parameter"] for one in answer.json()["errors"]] == [wrong]
    return answer


@produces(429)
def too_often(stage, operation, status):
    request = stage.world.request(operation)
    name = operation.rate_class
    if not operation.is_public and name == "default":
        name = "demo"  # as everybody in the world has it
    spent = copy.copy(stage.limits.rates[name])
    spent.amount = 0
    with stage.plant.context() as plant:
        plant.setitem(stage.limits.rates, name, spent)
        answer = stage.world.send(request)
    assert int(answer.headers["Retry-After"]) > 0
    return answer


@produces(500)
def at_fault(stage, operation, status):
    request = stage.world.request(operation)
    plan = stage.live.plans[operation.id]

    def fail_at_the_end(handler=plan.handler, **arguments):
        handler(**arguments)
        raise RuntimeError("planted")

    before = rows.everything()
    with stage.plant.context() as plant:
        plant.setattr(plan, "handler", fail_at_the_end)
        answer = stage.world.send(request)
    assert rows.changed(before, rows.everything()) == [], "A request that failed has stored something."
    assert "planted" not in answer.text
    return answer


@produces(503)
def without_room(stage, operation, status):
    request = stage.world.request(operation)
    with stage.plant.context() as plant:
        plant.setattr(stage.live.edge, "waiting", 10**6)
        answer = stage.world.send(request)
    assert answer.headers["Retry-After"] == "1"
    return answer
