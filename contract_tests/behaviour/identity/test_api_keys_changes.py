"""API keys in use: noticed, searched, changed, and given new secrets without an interruption."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import Client, at_once, refused
from models.base.database import database


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


@pytest.fixture
def key(person):
    """A program with a key; ``path`` is the path of the key."""
    return program_of(factories.api_key(person, "account:read", "tasks:read"))


def program_of(program):
    program.path = f"/api-keys/{program.key['id']}"
    return program


def rotated(person, program, **body):
    """The program with the new secret of its key."""
    made = person.post(f"{program.path}/rotations", {**factories.PROOF, **body})
    assert made.status_code == 201, made.text
    renewed = Client(str(person.http.base_url), person.contract, made.json()["secret"])
    renewed.key, renewed.path = made.json()["api_key"], program.path
    return renewed


def works(program):
    return program.get("/users/me").status_code == 200


def by_sql(sql, *parameters):
    with database.connection_context():
        assert database.run(sql, parameters) == 1


def test_that_a_key_is_used_is_noticed_once_a_minute(person, key):
    assert (key.key["last_used_at"], key.key["last_used_address"]) == (None, None)
    assert works(key)
    first = person.get(key.path)
    assert first.json()["last_used_address"] == "127.0.0.1"
    assert first.headers["ETag"] != '"1"'
    assert works(key)
    assert person.get(key.path).json() == first.json()
    by_sql("update api_keys set last_used_at = now() - interval '61 seconds' where id = %s", key.key["id"])
    before = person.get(key.path).json()["last_used_at"]
    assert works(key)
    assert person.get(key.path).json()["last_used_at"] > before


def test_being_used_is_no_change(person, key):
    works(key)
    stored = person.get(key.path).json()
    assert (stored["version"], stored["updated_at"]) == (1, key.key["updated_at"])
    events = person.get("/events", params={"subject_id": key.key["id"]}).json()["items"]
    assert [event["event_type"] for event in events] == ["api_key.created"]


def test_a_key_is_found_by_how_its_secret_begins(person, key, owner):
    other = factories.api_key(person, "tasks:read")
    for prefix in (key.key["prefix"], key.token[:12]):
        assert person.get("/api-keys", params={"prefix": prefix}).json()["items"] == [key.key]
    assert person.get("/api-keys", params={"prefix": "remit_"}).json()["items"] == [other.key, key.key]
    assert person.get("/api-keys", params={"prefix": "other_"}).json()["items"] == []
    assert owner.get("/api-keys", params={"prefix": key.key["prefix"]}).json()["items"] == []
    assert person.get("/api-keys", params={"prefix": key.token}).status_code == 422  # no secret in an address


def test_what_a_key_is_for_and_may_do_can_be_changed(person, key):
    body = {"name": "Renamed", "scopes": ["tasks:read"], "expires_at": "2999-01-01T00:00:00Z"}
    changed = person.patch(key.path, body)
    assert {**changed.json(), **body} == changed.json()
    assert key.get("/users/me").json()["permission"] == "account:read"
    assert key.get("/tasks").status_code == 200
    person.patch(key.path, {"scopes": ["account:read"], **factories.PROOF})
    assert works(key)
    assert person.patch(key.path, {"expires_at": None, **factories.PROOF}).json()["expires_at"] is None
    past = person.patch(key.path, {"expires_at": "2020-01-01T00:00:00Z"})
    assert refused(past) == (422, "expiry_in_the_past")


def test_an_edit_of_one_field_leaves_the_others_alone(person, key):
    person.patch(key.path, {"name": "Renamed"})
    stored = person.get(key.path).json()
    assert (stored["name"], stored["scopes"], stored["version"]) == ("Renamed", key.key["scopes"], 2)


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": ["account:read", "tasks:read", "tasks:write"]},
        {"scopes": ["account:write"]},
        {"expires_at": None},
        {"expires_at": "2999-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_key_only_narrows_keys(person, key, body):
    program = factories.api_key(person, "keys:write", "account:write", "tasks:write")
    person.patch(key.path, {"expires_at": "2998-01-01T00:00:00Z"})
    assert refused(program.patch(key.path, body)) == (409, "wider_than_before")
    assert person.get(key.path).json()["version"] == 2
    assert person.patch(key.path, {**body, **factories.PROOF}).status_code == 200  # from a session
    narrower = {"scopes": body.get("scopes", key.key["scopes"])[:1], "expires_at": "2997-01-01T00:00:00Z"}
    assert program.patch(key.path, narrower).status_code == 200


def test_a_new_secret_works_at_once_and_the_old_one_for_a_day(person, key):
    new = rotated(person, key)
    assert works(new) and works(key)
    assert new.key["prefix"] == new.token[:12] != key.key["prefix"]
    assert new.token not in person.get("/api-keys").text + person.get(key.path).text
    with database.connection_context():
        sql = "select overlap_ends_at - updated_at from api_keys where id = %s"
        assert database.rows(sql, (key.key["id"],))[0][0].days == 1
    by_sql("update api_keys set overlap_ends_at = now() where id = %s", key.key["id"])
    assert refused(key.get("/users/me")) == (401, "unauthenticated")
    assert works(new)


def test_without_an_overlap_the_old_secret_ends_at_once(person, key):
    new = rotated(person, key, overlap_seconds=0)
    assert not works(key)
    assert works(new)


@pytest.mark.parametrize("seconds", [-1, 604_801, "60", 1.5, None])
def test_an_overlap_is_not_longer_than_a_week(person, key, seconds):
    answer = person.post(f"{key.path}/rotations", {"overlap_seconds": seconds})
    assert refused(answer) == (422, "invalid_request")


def test_a_second_rotation_ends_the_overlap_of_the_first(person, key):
    second = rotated(person, key)
    assert works(second)
    third = rotated(person, second)
    assert (works(key), works(second), works(third)) == (False, True, True)


def test_a_rotation_whose_answer_was_lost_can_be_repeated(person, key):
    """Nobody has the secret that was lost; programs go on with the one that they have."""
    lost = rotated(person, key)
    third = rotated(person, key)
    assert (works(key), works(lost), works(third)) == (True, False, True)
    assert third.key["overlap_ends_at"] == lost.key["overlap_ends_at"]


def test_who_rotates_at_the_same_moment_leaves_one_new_secret(person, key):
    answers = at_once(*[lambda: person.post(f"{key.path}/rotations", factories.PROOF)] * 4)
    programs = [
        Client(str(person.http.base_url), person.contract, answer.json()["secret"]) for answer in answers
    ]
    assert sorted(works(program) for program in programs) == [False, False, False, True]
    assert works(key)


def test_a_key_gets_no_secret_of_a_key_that_may_do_more_or_for_longer(person, key):
    program = factories.api_key(person, "keys:write", "account:read")
    assert refused(program.post(f"{key.path}/rotations", {})) == (409, "scope_not_held")
    ending = factories.api_key(
        person, "keys:write", "account:read", "tasks:read", expires_at="2999-01-01T00:00:00Z"
    )
    assert refused(ending.post(f"{key.path}/rotations", {})) == (409, "expiry_beyond_own")
    person.patch(key.path, {"expires_at": "2998-01-01T00:00:00Z"})
    assert ending.post(f"{key.path}/rotations", {}).status_code == 201
    assert works(key)


def test_revoking_ends_both_secrets(person, key):
    new = rotated(person, key)
    assert person.delete(key.path).status_code == 204
    assert not works(key) and not works(new)
    assert refused(person.post(f"{key.path}/rotations", {})) == (404, "not_found")


def test_secrets_are_stored_as_digests_alone(person, key):
    new = rotated(person, key)
    works(new)
    with database.connection_context():
        for table in ("api_keys", "events", "security_entries", "idempotency"):
            text = database.rows(f"select string_agg(t::text, ' ') from {table} t")[0][0] or ""
            assert new.token not in text and key.token not in text


def test_what_happens_to_a_key_is_told_in_events_and_in_the_security_log(person, key):
    new = rotated(person, key)
    person.patch(key.path, {"name": "Renamed"})
    person.delete(key.path)
    kinds = [f"api_key.{what}" for what in ("created", "rotated", "updated", "revoked")]
    events = person.get("/events", params={"subject_id": key.key["id"]}).json()["items"]
    assert [event["event_type"] for event in events] == kinds
    entries = person.get("/security-log", params={"kind": kinds}).json()["items"][::-1]
    assert [entry["kind"] for entry in entries] == kinds
    facts = [{fact["name"]: fact["value"] for fact in entry["facts"]} for entry in entries]
    assert {pairs["api_key_id"] for pairs in facts} == {key.key["id"]}
    assert (facts[0]["scopes"], facts[1]["prefix"], facts[2]["name"]) == (
        "account:read tasks:read", new.key["prefix"], "Renamed",
    )  # fmt: skip
