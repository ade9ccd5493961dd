"""Who may do what to whose objects: the access matrix of the contract, for every operation there is."""

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import OKPKey

from contract_tests.contract.matrix import assign_everything, examine
from contract_tests.contract.permissions import MAY
from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.judging import looked_at
from contract_tests.support.operations import NARROWING, OPERATIONS, resolved, those
from models.base.ids import new_id
from security import signing_keys, tokens
from security.signing_keys import ED25519

pytestmark = pytest.mark.first  # looks at every row
PRIVATE = those(lambda operation: not operation.is_public)


def count(kind, cells):
    looked_at(f"cells of {kind}", cells.count)
    assert not cells.faults, "\n" + "\n".join(cells.faults)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_each_role_reaches_what_it_may_and_nothing_else(operation, world):
    count("access", examine(world, operation))


@pytest.mark.parametrize(
    "operation", those(lambda operation: operation.schema.get("additionalProperties") is False), ids=str
)
def test_what_the_server_owns_cannot_be_assigned(operation, world):
    count("mass assignment", assign_everything(world, operation))


def signed(world, key=None, **changed):
    """A token like those of the server, with other claims or by another key."""
    now = int(time.time())
    own = tokens.credential(world.own.client.token)
    claims = {
        "iss": "remit",
        "aud": "remit",
        "sub": world.own.client.person.id,
        "sid": own.session_id,
        "epoch": own.epoch,
        "iat": now,
        "exp": now + 60,
    }
    ours = signing_keys.active(ED25519)
    header = {"alg": "Ed25519", "typ": changed.pop("typ", "at+jwt"), "kid": changed.pop("kid", ours.kid)}
    return jwt.encode(header, claims | changed, key or ours, algorithms=["Ed25519"])


def unsigned(world):
    """A token that says of itself that nobody signed it."""
    _, claims, _ = signed(world).split(".")
    header_members = {"alg": "none", "typ": "at+jwt", "kid": signing_keys.active(ED25519).kid}
    header = base64.urlsafe_b64encode(json.dumps(header_members).encode()).rstrip(b"=").decode()
    return f"{header}.{claims}."


def ended(world):
    token = world.session_of("owner")
    left = world.nobody.delete("/sessions/current", headers={"Authorization": f"Bearer {token}"})
    assert left.status_code == 204
    return token


def revoked(world):
    program = factories.api_key(world.own.client, "tasks:read")
    assert world.own.client.delete(f"/api-keys/{program.key['id']}").status_code == 204
    return program.token


BAD_CREDENTIALS = {
    "nothing": lambda world: None,
    "garbage": lambda world: "garbage",
    "an unknown key": lambda world: "remit_" + "a" * 43,
    "a revoked key": revoked,
    "an expired token": lambda world: signed(world, exp=int(time.time()) - 1),
    "a token for another audience": lambda world: signed(world, aud="another"),
    "a token of another kind": lambda world: signed(world, typ="JWT"),
    "a token signed by somebody else": lambda world: signed(
        world, OKPKey.import_key(Ed25519PrivateKey.generate())
    ),
    "a token signed by nobody": unsigned,
    "a token of an ended session": ended,
    "a token of no session": lambda world: signed(world, sid=new_id()),
    "a token of an earlier epoch": lambda world: signed(world, epoch=-1),
    "a token by a key that may be ours and is not there": lambda world: signed(
        world, kid=signing_keys._new_id()
    ),
    "a token by a key that cannot be ours": lambda world: signed(world, kid="../../dev/null"),
}


def test_a_token_like_those_of_the_server_is_accepted(world):
    """The control of the test below: what is refused there is refused for the one thing that is wrong with it."""
    assert (
        world.nobody.get("/users/me", headers={"Authorization": f"Bearer {signed(world)}"}).status_code == 200
    )


@pytest.mark.parametrize("kind", BAD_CREDENTIALS)
def test_bad_credentials_are_those_of_nobody(kind, world):
    token = BAD_CREDENTIALS[kind](world)
    for operation in PRIVATE:
        request = world.request(operation, "nobody")
        request.headers.pop("Authorization", None)
        sent = [{}] if token is None else [{"Authorization": f"Bearer {token}"}, {"X-API-Key": token}]
        for headers in sent:
            answer = world.send(request, headers=headers)
            looked_at("cells of bad credentials")
            assert refused(answer) == (401, "unauthenticated"), f"{operation} with {kind}: {answer.text}"


def test_who_made_a_task_may_delete_it(world):
    project = world.id_of("project")
    task = factories.task(world.clients["member"], project)
    assert world.clients["member"].delete(f"/tasks/{task['id']}").status_code == 204


def test_who_is_to_do_a_task_may_finish_it(world):
    guest = world.clients["guest"]
    task = factories.task(world.own.client, world.id_of("project"), assignee_ids=[guest.person.id])
    assert guest.put(f"/tasks/{task['id']}/completion").status_code == 200
    assert refused(guest.patch(f"/tasks/{task['id']}", {"title": "Mine"})) == (403, "permission_denied")


def test_everybody_may_leave(world):
    person = world.somebody("Own")
    member = factories.member(world.own.client, world.own.organization_id, person, "guest")
    person.token = factories.log_in(world.nobody, person)["access_token"]
    left = world.nobody.delete(
        f"/members/{member['id']}", headers={"Authorization": f"Bearer {person.token}"}
    )
    assert left.status_code == 204


def test_the_table_of_expectations_names_each_permission_of_the_contract():
    asked = {operation.permission for operation in PRIVATE}
    assert asked == set(MAY), "Say in x-permissions of the contract who has the permission, or take it out."


def test_each_private_operation_declares_its_permission_and_scopes():
    assert [str(operation) for operation in PRIVATE if not (operation.permission and operation.scopes)] == []


# IDs that are not looked up: with another ID than that for which its token is signed, a form is refused; and what one mutes
# is compared with what one is told of.
NOT_LOOKED_UP = {
    "revoke_approved_app ('body', 'consent_id')": "test_consent_pages.py tries the forms of others",
    "update_notification_preferences ('body', 'muted_ids')": "test_notification_preferences.py mutes what is hidden",
}


def test_each_id_in_a_request_says_what_it_refers_to():
    """An id without ``x-resource`` would not be swapped for a foreign one above."""
    silent = []
    for operation in OPERATIONS:
        references = {(ref.where, ref.name) for ref in operation.references}
        fields = {
            (parameter["in"], parameter["name"]): parameter["schema"] for parameter in operation.parameters
        }
        fields |= {("body", name): schema for name, schema in operation.schema.get("properties", {}).items()}
        for field, schema in fields.items():
            schema = resolved(schema)
            if resolved(schema.get("items", schema)).get("format") == "uuid" and field not in references:
                silent.append(f"{operation} {field}")
    assert sorted(silent) == [*NOT_LOOKED_UP], (
        f"Give them x-resource; what only narrows a list may stand in NARROWING ({', '.join(NARROWING)})."
    )
