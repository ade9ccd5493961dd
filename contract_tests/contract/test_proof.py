"""Proof of identity, for every operation whose ``x-proof`` asks for it: without it, with wrong proof, and by what is no
session, the operation is refused and stores nothing; with the right proof it is done."""

import importlib

import pytest

from contract_tests.support import authenticators, factories, table_fingerprints
from contract_tests.support.clients import refused
from contract_tests.support.operations import those
from contract_tests.support.visitor import App, Visitor
from contract_tests.support.world import World

pytestmark = pytest.mark.first  # looks at every row
PROVEN = those(lambda operation: "x-proof" in operation.node)
# The ways in which nobody proves anything, and how each is told.
UNPROVEN = {
    "no proof": {},
    "a wrong password": {"password": "Wrong-horse-7"},
    "a code without two-factor authentication": {"one_time_code": "123456"},
    "a recovery code without two-factor authentication": {"recovery_code": "abcde-fghij"},
}
# What a wrong password may leave: that it was counted, and the job that tells of it.
COUNTED = {"attempts", "procrastinate_jobs", "procrastinate_events"}
# What the provider has said is kept for the request that has the right proof.
COUNTED |= {"identity_authorizations"}
# What makes a valid request one that requires proof: by the word of `x-proof`.
WHAT = {
    "ownership": {"role": "owner"},
    "widening": {"scopes": ["account:read", "tasks:read", "tasks:write"]},
    "shortening": {"permission_checks_days": 1},
}


@pytest.fixture(scope="module")
def world(live, contract):
    """A world of its own: ownership changes in it."""
    return World(live, contract)


def when(operation):
    return operation.node["x-proof"]


def request(world, operation, proof):
    """A request that requires proof, with this one in place of a valid one."""
    request = world.request(operation)
    request.body |= WHAT.get(when(operation), {})
    for name in ("password", "one_time_code", "recovery_code"):
        request.body.pop(name, None)
    if "current_password" in request.body:
        request.body["current_password"] = proof.get("password", "Wrong-horse-7")
        proof = {name: value for name, value in proof.items() if name != "password"}
    properties = operation.schema["properties"]
    request.body |= {name: value for name, value in proof.items() if name in properties}
    return request


def valid_proof(world, operation):
    """Both, where two-factor authentication is on."""
    is_on = operation.permission == "two_factor.update" and when(operation) == "always"
    return {**factories.PROOF, **({"one_time_code": authenticators.code()} if is_on else {})}


def refuse_without(proof, operation, world):
    asked = request(world, operation, proof)
    before = table_fingerprints.everything()
    answer = world.send(asked)
    assert refused(answer) == (403, "reauthentication_failed"), answer.text
    assert set(table_fingerprints.changed(before, table_fingerprints.everything())) <= COUNTED
    factories.forget_failures()


@pytest.mark.parametrize("kind", UNPROVEN)
@pytest.mark.parametrize("operation", PROVEN, ids=str)
def test_a_session_does_nothing_that_needs_proof_without_it(operation, kind, world):
    refuse_without(UNPROVEN[kind], operation, world)


@pytest.mark.parametrize("operation", PROVEN, ids=str)
def test_a_dry_run_needs_proof_as_well(operation, world):
    if operation.takes("validate_only"):
        asked = request(world, operation, {}).asking(validate_only="true")
        assert refused(world.send(asked)) == (403, "reauthentication_failed")


@pytest.mark.parametrize(
    "operation",
    those(
        lambda operation: (
            operation.node.get("x-proof") == "always" and "one_time_code" in operation.schema["properties"]
        )
    ),
    ids=str,
)
def test_while_a_second_factor_is_on_the_password_alone_proves_nothing(operation, world):
    asked = request(world, operation, factories.PROOF)
    person = world.own.client.get("/users/me", headers=asked.headers).json()["id"]
    world.set_up_two_factor(person, is_active=True)
    assert refused(world.send(asked)) == (403, "reauthentication_failed")
    wrong = {**factories.PROOF, "one_time_code": authenticators.wrong()}
    again = request(world, operation, wrong)
    again.headers, again.path = asked.headers, asked.path
    world.set_up_two_factor(person, is_active=True)
    assert refused(world.send(again)) == (403, "reauthentication_failed")
    authenticators.take_away(person)
    factories.forget_failures()


@pytest.fixture(scope="module")
def programs(world, live, contract):
    """What acts for the owner and is no session: an API key with every scope, and an app with all that apps can have."""
    scopes = contract.document["x-scopes"]
    key = factories.api_key(world.own.client, *scopes)
    those_of_apps = sorted(scopes.keys() - set(contract.document["x-scopes-of-people"]))
    app = App(world.own.client, world.own.organization_id, scopes=those_of_apps)
    visitor = Visitor(live.base_url, contract, world.own.client.person)
    token = app.tokens(visitor, scope=" ".join(those_of_apps))["access_token"]
    return {"an API key": key.token, "an app": token}


@pytest.mark.parametrize("kind", ["an API key", "an app"])
@pytest.mark.parametrize("operation", PROVEN, ids=str)
def test_no_key_and_no_app_does_it_even_with_the_password(operation, kind, world, programs):
    asked = request(world, operation, valid_proof(world, operation))
    asked.headers["Authorization"] = f"Bearer {programs[kind]}"
    before = table_fingerprints.everything()
    answer = world.send(asked)
    if when(operation) == "widening":
        assert refused(answer) in ((409, "wider_than_before"), (403, "permission_denied")), answer.text
    elif when(operation) == "session" and kind == "an API key":
        assert "reauthentication_failed" not in answer.text  # it is limited to its own power instead
        return
    else:
        code = (
            "permission_denied" if kind == "an app" and not _lets_apps_in(operation) else "session_required"
        )
        assert refused(answer) == (403, code), answer.text
    assert set(table_fingerprints.changed(before, table_fingerprints.everything())) <= {
        "consents"
    }  # that it is used is noticed


def _lets_apps_in(operation):
    return any("oauth2" in scheme for scheme in operation.node.get("security", ()))


@pytest.mark.parametrize("operation", PROVEN, ids=str)
def test_with_the_right_proof_it_is_done(operation, world):
    """The control of the tests above: what is refused there is refused for the proof alone."""
    answer = world.send(request(world, operation, valid_proof(world, operation)))
    assert answer.status_code < 300, answer.text


@pytest.mark.parametrize("operation", PROVEN, ids=str)
def test_a_handler_that_skips_proof_is_found(operation, world, monkeypatch):
    """The proof that the tests above can fail."""
    module = importlib.import_module(operation.node["x-openapi-router-controller"])
    for name in ("reauthenticate", "reauthenticate_session", "require_session"):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, lambda *_: None)
    with pytest.raises((AssertionError, KeyError)):
        refuse_without({}, operation, world)
    world.apps.by_name.clear()
