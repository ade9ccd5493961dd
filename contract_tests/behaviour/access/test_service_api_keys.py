"""API keys of service accounts: given and taken by the admins of the organization."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import Client, refused
from contract_tests.support.programs import service_account
from models.base.database import database


@pytest.fixture
def account(founder):
    return service_account(founder, founder.organization_id)


@pytest.fixture
def keys_path(account):
    return f"/service-accounts/{account['id']}/api-keys"


def bearer(client, secret):
    return Client(str(client.http.base_url), client.contract, secret)


def test_a_key_acts_for_the_program_within_its_scopes(founder, account, keys_path):
    secret = founder.post(keys_path, {"name": "Reader", "scopes": ["tasks:read", "account:read"]}).json()[
        "secret"
    ]
    program = bearer(founder, secret)
    assert program.get("/users/me").json()["id"] == account["id"]
    assert program.get("/tasks").status_code == 200
    body = {"project_id": founder.project["id"], "title": "T", "status": "todo"}
    assert program.post("/tasks", body).json()["permission"] == "tasks:write"


def test_the_secret_is_told_once(founder, keys_path):
    made = founder.post(keys_path, {"name": "Once", "scopes": ["tasks:read"]})
    secret, key = made.json()["secret"], made.json()["service_api_key"]
    assert made.headers["Cache-Control"] == "no-store"
    assert secret.startswith(key["prefix"])
    read = founder.get(made.headers["Location"])
    assert read.json() == key
    events = founder.get("/events", params={"organization_id": founder.organization_id, "sort": "-sequence"})
    assert secret not in read.text + founder.get(keys_path).text + events.text
    assert events.json()["items"][0]["snapshot"]["service_api_key"] == key


def test_keys_are_of_one_program_and_of_no_person(founder, keys_path):
    made = [
        founder.post(keys_path, {"name": f"Key {n}", "scopes": ["tasks:read"]}).json()["service_api_key"]
        for n in range(3)
    ]
    other = service_account(founder, founder.organization_id, name="Other")
    assert founder.get(keys_path, params={"include": "total"}).json()["items"] == made[::-1]
    assert founder.get(f"/service-accounts/{other['id']}/api-keys").json()["items"] == []
    assert founder.get("/api-keys").json()["items"] == []
    assert refused(founder.get(f"/api-keys/{made[0]['id']}")) == (404, "not_found")
    mine = factories.api_key(founder, "tasks:read").key
    assert refused(founder.get(f"/service-api-keys/{mine['id']}")) == (404, "not_found")
    assert refused(founder.delete(f"/service-api-keys/{mine['id']}")) == (404, "not_found")


def test_a_revoked_key_is_refused_from_then_on(founder, keys_path):
    made = founder.post(keys_path, {"name": "Short", "scopes": ["account:read"]}).json()
    path, program = f"/service-api-keys/{made['service_api_key']['id']}", bearer(founder, made["secret"])
    assert refused(founder.delete(path, headers={"If-Match": '"7"'})) == (412, "stale_etag")
    assert program.get("/users/me").status_code == 200
    assert founder.delete(path).status_code == 204
    assert refused(program.get("/users/me")) == (401, "unauthenticated")
    assert refused(founder.get(path)) == (404, "not_found")
    assert founder.get(keys_path).json()["items"] == []


def test_a_key_ends_by_itself(founder, keys_path):
    body = {"name": "Past", "scopes": ["account:read"], "expires_at": "2020-01-01T00:00:00Z"}
    assert refused(founder.post(keys_path, body)) == (422, "expiry_in_the_past")
    made = founder.post(keys_path, {**body, "expires_at": "2999-01-01T00:00:00Z"}).json()
    program = bearer(founder, made["secret"])
    assert program.get("/users/me").status_code == 200
    with database.connection_context():
        database.run("update api_keys set expires_at = now() where id = %s", (made["service_api_key"]["id"],))
    assert refused(program.get("/users/me")) == (401, "unauthenticated")


@pytest.fixture
def key(founder, keys_path):
    """A key that may read the account of its program; ``path`` is its path."""
    return issued(founder, founder.post(keys_path, {"name": "Key", "scopes": ["account:read"]}))


def issued(founder, answer):
    program = bearer(founder, answer.json()["secret"])
    program.key = answer.json()["service_api_key"]
    program.path = f"/service-api-keys/{program.key['id']}"
    return program


def rotated(founder, key, **body):
    answer = founder.post(f"{key.path}/rotations", body)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert answer.headers["Location"].endswith(key.path)
    return issued(founder, answer)


def works(program):
    return program.get("/users/me").status_code == 200


def test_a_new_secret_works_at_once_and_the_old_one_for_a_while(founder, key, account):
    assert key.key["overlap_ends_at"] is None
    new = rotated(founder, key)
    assert works(new) and works(key)
    assert new.get("/users/me").json()["id"] == account["id"]
    assert new.key["prefix"] == new.token[:12] != key.key["prefix"]
    assert new.key["overlap_ends_at"] is not None
    with database.connection_context():
        database.run("update api_keys set overlap_ends_at = now() where id = %s", (key.key["id"],))
    assert refused(key.get("/users/me")) == (401, "unauthenticated")
    assert works(new)
    last = rotated(founder, key, overlap_seconds=0)
    assert (works(new), works(last)) == (False, True)


def test_a_rotation_whose_answer_was_lost_can_be_repeated(founder, key):
    lost = rotated(founder, key)
    third = rotated(founder, key)
    assert (works(key), works(lost), works(third)) == (True, False, True)


def test_a_rotation_is_told_to_the_organization(founder, key):
    new = rotated(founder, key)
    event = founder.events(sort="-sequence")[0]
    assert (event["event_type"], event["snapshot"]["service_api_key"]) == ("service_api_key.rotated", new.key)
    entry = founder.everything("/security-log", organization_id=founder.organization_id)[0]
    assert entry["kind"] == "service_api_key.rotated"
    assert {"name": "credential_id", "value": key.key["id"]} in entry["facts"]
    assert new.token not in str(event) + str(entry)


def test_a_key_gets_no_secret_of_a_program_that_may_do_more_or_for_longer(founder, key):
    maker = factories.api_key(founder, "keys:write", "tasks:read")
    assert refused(maker.post(f"{key.path}/rotations", {})) == (409, "scope_not_held")
    ending = factories.api_key(founder, "keys:write", "account:read", expires_at="2099-01-01T00:00:00Z")
    assert refused(ending.post(f"{key.path}/rotations", {})) == (409, "expiry_beyond_own")
    assert works(rotated(factories.api_key(founder, "keys:write", "account:read"), key))


def test_no_program_rotates_a_key_whatever_its_role(founder, key):
    admin = service_account(founder, founder.organization_id, name="Admin", role="admin")
    body = {"name": "Key", "scopes": ["keys:write", "account:read"]}
    program = issued(founder, founder.post(f"/service-accounts/{admin['id']}/api-keys", body))
    assert refused(program.post(f"{key.path}/rotations", {})) == (403, "permission_denied")
    assert works(key)


def test_a_key_makes_no_key_of_a_program_that_may_do_more(founder, keys_path):
    ends = "2099-01-01T00:00:00Z"
    maker = factories.api_key(founder, "keys:write", "tasks:read", expires_at=ends)
    more = maker.post(keys_path, {"name": "More", "scopes": ["tasks:write"], "expires_at": ends})
    assert refused(more) == (409, "scope_not_held")
    longer = maker.post(keys_path, {"name": "Longer", "scopes": ["tasks:read"]})
    assert refused(longer) == (409, "expiry_beyond_own")
    assert (
        maker.post(keys_path, {"name": "As", "scopes": ["tasks:read"], "expires_at": ends}).status_code == 201
    )


def test_admins_give_and_take_keys_and_members_look_on(founder, anonymous, keys_path):
    body = {"name": "Key", "scopes": ["tasks:read"]}
    clients = {}
    for role in ("admin", "member", "guest"):
        clients[role] = factories.newcomer(anonymous)
        factories.member(founder, founder.organization_id, clients[role].person, role)
    made = clients["admin"].post(keys_path, body)
    assert made.status_code == 201
    path = made.headers["Location"]
    assert refused(clients["member"].post(keys_path, body)) == (403, "permission_denied")
    assert refused(clients["member"].delete(path)) == (403, "permission_denied")
    assert refused(clients["member"].post(f"{path}/rotations", {})) == (403, "permission_denied")
    assert refused(clients["guest"].post(f"{path}/rotations", {})) == (404, "not_found")
    assert clients["admin"].post(f"{path}/rotations", {}).status_code == 201
    assert clients["member"].get(path).status_code == 200
    for answer in (
        clients["guest"].post(keys_path, body),
        clients["guest"].get(path),
        clients["guest"].get(keys_path),
    ):
        assert refused(answer) == (404, "not_found")
    assert clients["admin"].delete(path).status_code == 204
