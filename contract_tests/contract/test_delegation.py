"""Nobody hands on more power than they have, for longer, or from elsewhere: every way against every limit.

The ways are the operations that the contract marks with ``x-hands-on``.  For each limit there is a giver who has the
permission of the operation and less of something than the request hands on: what they ask is refused and nothing is
written, or what is made has the limits of the giver.  The owner, at the same request, has no limit.
"""

import pytest

from contract_tests.contract.delegation_scene import Scene, soon
from contract_tests.contract.delegation_ways import GRANT_CONDITIONS, WAYS
from contract_tests.support import factories, table_fingerprints
from contract_tests.support.clients import Client
from contract_tests.support.company import on
from contract_tests.support.operations import CONTRACT, OPERATIONS
from contract_tests.support.programs import service_account
from security.policy import grantable

TRIED_ELSEWHERE = {
    "accept_invitation": "test_an_invitation_dies_with_what_its_inviter_loses, in behavior: the giver is the inviter",
}
SCOPES = sorted(CONTRACT["x-scopes"])
BEYOND = {"permission_beyond_own", "role_above_own"}
CONDITIONS = {"conditions_beyond_own", "expiry_beyond_own"}
KEYS = {"scope_not_held", "expiry_beyond_own", "wider_than_before"}
# Each limit, and the codes with which what passes it is refused.
LIMITS = {
    "permission": BEYOND,
    "resource": BEYOND | CONDITIONS,
    "expiry": CONDITIONS,
    "addresses": CONDITIONS,
    "own objects": CONDITIONS | BEYOND,
    "active projects": CONDITIONS | BEYOND,
    "scope": KEYS,
    "expiry of the credential": KEYS,
    "program": BEYOND,
}
OF_CREDENTIALS = {"scope", "expiry of the credential", "program"}
UNDER = {
    "expiry": {"expires_at": None},
    "addresses": {"address_ranges": GRANT_CONDITIONS["address_ranges"]},
    "own objects": {"own_only": True},
    "active projects": {"while_active": True},
}
CELLS = [
    (way, limit)
    for way in WAYS.values()
    for limit in LIMITS
    if limit in OF_CREDENTIALS or not way.is_personal
]


@pytest.fixture(scope="module")
def scene(anonymous):
    return Scene(anonymous)


@pytest.fixture(scope="module")
def guest(scene):
    """Somebody who has the role of a guest, and what is granted for a cell."""
    client = factories.newcomer(scene.anonymous)
    client.membership = factories.enrolled(scene.id, client.person.id, "guest")
    return client


@pytest.fixture(scope="module")
def credentials(scene):
    """Clients whose credentials are narrower than whom they act for, by the limit."""

    def by(limit, way):
        if limit == "scope":
            return factories.api_key(scene.owner, *way.operation.scopes)
        if limit == "expiry of the credential":
            return factories.api_key(scene.owner, *SCOPES, expires_at=soon())
        account = service_account(scene.owner, scene.id, role="admin")["id"]
        secret = scene.service_api_key(account, SCOPES)["secret"]
        return Client(str(scene.owner.http.base_url), scene.owner.contract, secret)

    return by


def endow(scene, guest, way, limit):
    """Grant the guest the permission of the way, and its power, but for the limit."""
    for grant in scene.owner.everything(f"{scene.organization_path}/grants", user_id=guest.person.id):
        assert scene.owner.delete(f"/grants/{grant['id']}").status_code == 204
    path = f"/members/{guest.membership}/grants"
    ability, noun = way.operation.permission, way.operation.permission.partition(".")[0]
    power = [permission for permission in way.power if permission.startswith("task.")]
    beside = {
        permission for permission in (ability, f"{noun}.read", *way.power) if permission in grantable()
    } - set(power)
    under = {name: soon() if value is None else value for name, value in UNDER.get(limit, {}).items()}
    if limit in ("expiry", "addresses") or not power:
        scene.made(path, {"role": scene.role([*sorted(beside), *power])[0], **under})
        scene.made(path, {"role": scene.role(sorted({f"{noun}.read"} & grantable()))[0]})
        return under
    scene.made(path, {"role": scene.role(sorted(beside))[0]})
    if limit == "resource":
        scene.made(path, {"role": scene.role(power)[0], **on("project", scene.project)})
    elif limit != "permission":
        scene.made(path, {"role": scene.role(power)[0], **under})
    return under


@pytest.mark.parametrize(("way", "limit"), CELLS, ids=[f"{way}-{limit}" for way, limit in CELLS])
def test_nothing_is_handed_on_beyond_what_the_giver_has(way, limit, scene, guest, credentials):
    under, beyond = {}, limit in ("permission", "program") or (limit == "resource" and not way.power)
    path, body = way.prepare(scene, beyond=beyond)
    if limit in OF_CREDENTIALS:
        giver = credentials(limit, way)
    else:
        giver = guest
        if way.operation.permission not in grantable():  # had by a role alone, and so by no guest
            assert asked(giver, way, path, body).status_code in (403, 404)
            return
        under = endow(scene, guest, way, limit)
    before = table_fingerprints.everything()
    answer = asked(giver, way, path, body)
    if answer.status_code < 300 and way.carries:
        assert_bounded(answer.json(), under, giver)
        return
    refusal = answer.json()
    hidden = (
        limit in OF_CREDENTIALS and answer.status_code == 404
    )  # a program finds nothing that is a person's
    assert answer.status_code in (403, 409) or hidden, f"{way} passes the limit of {limit}: {answer.text}"
    if answer.status_code == 409:
        assert refusal["code"] in LIMITS[limit], answer.text
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == [], (
        "A refused request has stored something."
    )


@pytest.mark.parametrize("way", WAYS.values(), ids=str)
def test_who_has_everything_hands_it_on(way, scene):
    path, body = way.prepare(scene, beyond=False)
    answer = asked(scene.owner, way, path, body)
    assert answer.status_code in (200, 201), answer.text
    if way.operation.id == "transfer_ownership":
        factories.log_in_again(scene.owner)


def test_every_operation_that_hands_power_on_is_in_the_table():
    marked = {operation.id for operation in OPERATIONS if "x-hands-on" in operation.node}
    assert marked == WAYS.keys() | TRIED_ELSEWHERE.keys(), "Write a way for it in delegation_ways.py."


def test_an_operation_that_forgot_to_compare_answers_nothing(live, scene, monkeypatch):
    """As one that forgot to ask for its permission."""
    plan = live.plans["create_role"]
    handler = plan.handler

    def forgets(caller, **arguments):
        result = handler(caller=caller, **arguments)
        caller.has_compared = False
        return result

    monkeypatch.setattr(plan, "handler", forgets)
    before = table_fingerprints.everything()
    path, body = WAYS["create_role"].prepare(scene, beyond=False)
    assert scene.owner.post(path, body).status_code == 500
    assert table_fingerprints.changed(before, table_fingerprints.everything()) == []


def asked(client, way, path, body):
    options = {} if body is None else {"json": body}
    return client.request(way.operation.method, path, **options)


def assert_bounded(made, under, giver):
    """What was made has the conditions of who made it."""
    ends = getattr(giver, "key", {}).get("expires_at") or under.get("expires_at")
    if ends:
        assert made["expires_at"] is not None and made["expires_at"] <= ends, made
    bounds = {name: value for name, value in under.items() if name != "expires_at"}
    assert ends or bounds, f"No limit is left: {made}"
    assert bounds.items() <= made.items(), made
