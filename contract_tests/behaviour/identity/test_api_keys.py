"""API keys: with which programs act for a person, within scopes."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import Client, refused
from models.base.database import database


@pytest.fixture
def person(anonymous):
    """Somebody with an organization."""
    client = factories.newcomer(anonymous)
    client.organization_id = factories.organization(client)["id"]
    return client


def test_a_key_acts_for_the_person_who_made_it(person):
    program = factories.api_key(person, "account:read")
    assert program.get("/users/me").json()["id"] == person.person.id


def test_a_key_may_be_sent_in_either_header(person, anonymous):
    secret = factories.api_key(person, "account:read").token
    assert anonymous.get("/users/me", headers={"X-API-Key": secret}).status_code == 200
    assert anonymous.get("/users/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


def test_the_secret_is_told_once(person):
    made = person.post("/api-keys", {"name": "Once", "scopes": ["tasks:read"], **factories.PROOF})
    secret, key = made.json()["secret"], made.json()["api_key"]
    assert made.headers["Cache-Control"] == "no-store"
    assert secret.startswith(key["prefix"])
    read = person.get(made.headers["Location"])
    assert read.json() == key
    assert secret not in read.text + person.get("/api-keys").text + person.get("/events").text


def test_the_secret_is_not_stored(person):
    secret = factories.api_key(person, "tasks:read").token
    with database.connection_context():
        rows = database.rows("select k::text from api_keys k")
        events = database.rows("select e::text from events e where subject_type = 'api_key'")
    assert not [row for (row,) in rows + events if secret in row]


def test_a_scope_that_a_key_lacks_is_named(person):
    program = factories.api_key(person, "tasks:read")
    answer = program.get("/users/me")
    assert refused(answer) == (403, "permission_denied")
    assert answer.json()["permission"] == "account:read"


def test_every_operation_needs_its_scope_of_a_key(person, contract):
    """A key with one scope is let through by the operations of that scope, and by no other."""
    scopes = contract.document["x-scopes"]
    operations = [
        (method.upper(), path, operation["x-scopes"])
        for path, item in contract.document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and operation.get("x-scopes")
    ]
    needed_by_any = {scope for _, _, needed in operations for scope in needed}
    assert needed_by_any - set(contract.document["x-openid-scopes"]) == set(scopes)
    for scope in scopes:
        program = factories.api_key(person, scope)
        for method, path, needed in operations:
            if method != "GET":
                continue
            answer = program.get(path.replace("{", "").replace("}", "").replace("_id", ""))
            lets = answer.status_code != 403 or answer.json()["permission"] not in needed_by_any
            assert answer.status_code == 422 or lets == (needed == [scope]), (scope, path)


def test_reading_scopes_do_not_write(person):
    program = factories.api_key(person, "organizations:read", "projects:read", "tasks:read")
    body = {"organization_id": person.organization_id, "key": "AB", "name": "P"}
    assert program.get(f"/organizations/{person.organization_id}").status_code == 200
    assert program.post("/projects", body).json()["permission"] == "projects:write"


def test_events_of_the_account_and_of_organizations_need_one_scope(person):
    reader, other = factories.api_key(person, "events:read"), factories.api_key(person, "account:read")
    for params in ({}, {"organization_id": person.organization_id}):
        assert reader.get("/events", params=params).json()["items"]
        assert other.get("/events", params=params).json()["permission"] == "events:read"


def test_a_key_can_do_no_more_than_the_person(person, owner, organization):
    program = factories.api_key(person, "organizations:read", "organizations:write")
    assert refused(program.get(f"/organizations/{organization}")) == (404, "not_found")


def test_a_key_cannot_give_a_scope_that_it_lacks(person):
    program = factories.api_key(person, "keys:write", "tasks:read")
    assert program.post("/api-keys", {"name": "Less", "scopes": ["tasks:read"]}).status_code == 201
    more = program.post("/api-keys", {"name": "More", "scopes": ["tasks:read", "tasks:write"]})
    assert refused(more) == (409, "scope_not_held")
    assert "tasks:write" in more.json()["detail"]


def test_a_key_can_end_by_itself(person):
    body = {
        "name": "Short",
        "scopes": ["tasks:read"],
        "expires_at": "2020-01-01T00:00:00Z",
        **factories.PROOF,
    }
    assert refused(person.post("/api-keys", body)) == (422, "expiry_in_the_past")
    program = factories.api_key(person, "account:read", expires_at="2999-01-01T01:00:00+01:00")
    assert program.key["expires_at"] == "2999-01-01T00:00:00Z"
    assert program.get("/users/me").status_code == 200
    with database.connection_context():
        database.run("update api_keys set expires_at = now() where id = %s", (program.key["id"],))
    assert refused(program.get("/users/me")) == (401, "unauthenticated")


def test_a_revoked_key_is_refused_from_then_on(person):
    program = factories.api_key(person, "account:read")
    path = f"/api-keys/{program.key['id']}"
    assert person.delete(path).status_code == 204
    assert refused(program.get("/users/me")) == (401, "unauthenticated")
    assert refused(person.get(path)) == (404, "not_found")
    assert refused(person.delete(path)) == (404, "not_found")
    assert program.key["id"] not in {key["id"] for key in person.get("/api-keys").json()["items"]}


def test_a_key_is_revoked_only_as_it_was_seen(person):
    key = factories.api_key(person, "account:read").key
    stale = person.delete(f"/api-keys/{key['id']}", headers={"If-Match": '"7"'})
    assert refused(stale) == (412, "stale_etag")
    assert person.delete(f"/api-keys/{key['id']}", headers={"If-Match": '"1"'}).status_code == 204


def test_keys_are_listed_newest_first_and_only_to_their_owner(person, owner):
    made = [factories.api_key(person, "tasks:read", name=f"Key {number}").key for number in range(3)]
    page = person.get("/api-keys", params={"include": "total"}).json()
    assert page["items"] == made[::-1]
    assert page["total"] == 3
    assert refused(owner.get(f"/api-keys/{made[0]['id']}")) == (404, "not_found")
    assert refused(owner.delete(f"/api-keys/{made[0]['id']}")) == (404, "not_found")


@pytest.mark.parametrize("scopes", [[], ["tasks:all"], ["tasks:read", "tasks:read"], "tasks:read", None])
def test_the_scopes_of_a_key_are_some_that_there_are(person, scopes):
    assert refused(person.post("/api-keys", {"name": "Odd", "scopes": scopes})) == (422, "invalid_request")


@pytest.mark.parametrize(
    "secret", ["remit_", "remit_" + "a" * 43, "remit_" + "a" * 42, "Remit", "a.b.c", "é"]
)
def test_what_is_no_key_lets_nobody_in(anonymous, secret):
    client = Client(str(anonymous.http.base_url), anonymous.contract)
    client.http.headers = {"Authorization": f"Bearer {secret}".encode("latin-1")}
    assert refused(client.get("/users/me")) == (401, "unauthenticated")


def test_making_and_revoking_leave_events_in_the_account(person):
    key = factories.api_key(person, "tasks:read").key
    person.delete(f"/api-keys/{key['id']}")
    made, revoked = person.get("/events", params={"subject_id": key["id"]}).json()["items"]
    assert (made["event_type"], revoked["event_type"]) == ("api_key.created", "api_key.revoked")
    assert made["snapshot"]["api_key"] == key
    assert revoked["subject_version"] == 2


def test_a_key_that_ends_makes_no_key_that_outlives_it(anonymous):
    person = factories.newcomer(anonymous)
    ends = "2099-01-01T00:00:00Z"
    key = factories.api_key(person, "keys:write", "tasks:read", expires_at=ends)
    for later in (None, "2099-01-01T00:00:01Z"):
        refused = key.post("/api-keys", {"name": "Longer", "scopes": ["tasks:read"], "expires_at": later})
        assert (refused.status_code, refused.json()["code"]) == (409, "expiry_beyond_own")
    assert (
        key.post("/api-keys", {"name": "As long", "scopes": ["tasks:read"], "expires_at": ends}).status_code
        == 201
    )
