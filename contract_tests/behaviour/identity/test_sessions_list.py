"""The sessions that one has: on which devices, from where, and ending them."""

from datetime import datetime

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from models.base.database import database

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


def another(client, anonymous, agent=FIREFOX):
    """One more session of the same person: its client."""
    body = {"email": client.person.email, "password": client.person.password}
    made = anonymous.post("/sessions", body, headers={"User-Agent": agent}).json()
    other = factories.client_of(anonymous, client.person)
    other.http.headers["Authorization"] = f"Bearer {made['access_token']}"
    other.session = made
    return other


def ids(client):
    return [session["id"] for session in client.everything("/sessions")]


def test_ones_sessions_are_listed_newest_first(person, anonymous, owner):
    others = [another(person, anonymous) for _ in range(3)]
    page = person.get("/sessions", params={"include": "total", "limit": 2}).json()
    assert (page["total"], len(page["items"])) == (4, 2)
    listed = person.everything("/sessions", limit=2)
    assert [session["id"] for session in listed[:3]] == [session.session["id"] for session in others[::-1]]
    assert [session["is_current"] for session in listed] == [False, False, False, True]
    assert set(ids(person)).isdisjoint(ids(owner))


def test_a_session_tells_its_device_and_where_it_was_used(person, anonymous):
    other = another(person, anonymous)
    listed = person.get(f"/sessions/{other.session['id']}").json()
    assert (listed["device"], listed["agent"], listed["address"]) == (
        "Firefox on Linux",
        FIREFOX,
        "127.0.0.1",
    )
    assert listed["created_at"] == listed["last_used_at"] == other.session["created_at"]
    assert listed["expires_at"] == other.session["refresh_token_expires_at"]
    assert not listed["is_current"]
    assert other.get(f"/sessions/{other.session['id']}").json()["is_current"]


def test_a_session_tells_no_secret(person, anonymous):
    other = another(person, anonymous)
    text = person.get("/sessions").text + person.get(f"/sessions/{other.session['id']}").text
    assert "token" not in text and "digest" not in text


def test_that_a_session_is_used_is_noticed_once_a_minute(person, anonymous):
    other = another(person, anonymous)
    path = f"/sessions/{other.session['id']}"
    first = person.get(path)
    other.get("/users/me")
    assert person.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    with database.connection_context():
        sql = "update sessions set last_used_at = now() - interval '61 seconds', address = '' where id = %s"
        database.run(sql, (other.session["id"],))
    before = person.get(path)
    other.get("/users/me")
    after = person.get(path)
    assert after.json()["address"] == "127.0.0.1"
    assert moment(before) < moment(after)
    assert before.headers["ETag"] != after.headers["ETag"]


def moment(answer):
    return datetime.fromisoformat(answer.json()["last_used_at"])


def test_who_reads_while_the_session_is_refreshed_does_not_wait(person, anonymous):
    """That it is used is noticed by whoever comes first, and by nobody who would have to wait for the row."""
    with database.connection_context(), database.atomic():
        sql = "update sessions set last_used_at = now() - interval '2 minutes' where user_id = %s"
        database.run(sql, (person.person.id,))
    with database.connection_context(), database.atomic():
        database.rows("select 1 from sessions where user_id = %s for update", (person.person.id,))
        assert person.get("/users/me").elapsed.total_seconds() < 1


def test_a_session_is_ended_from_another(person, anonymous):
    other = another(person, anonymous)
    path = f"/sessions/{other.session['id']}"
    assert person.delete(path, headers={"If-Match": '"7"'}).status_code == 412
    assert person.delete(path).status_code == 204
    assert refused(other.get("/users/me")) == (401, "unauthenticated")
    body = {"refresh_token": other.session["refresh_token"]}
    assert refused(anonymous.post("/sessions/refresh", body)) == (401, "unauthenticated")
    assert refused(person.get(path)) == (404, "not_found")
    assert refused(person.delete(path)) == (404, "not_found")
    assert other.session["id"] not in ids(person)


def test_one_ends_all_other_sessions(person, anonymous):
    others = [another(person, anonymous) for _ in range(2)]
    assert person.delete("/sessions").status_code == 204
    assert [session["is_current"] for session in person.get("/sessions").json()["items"]] == [True]
    for client in others:
        assert refused(client.get("/users/me")) == (401, "unauthenticated")


def test_one_logs_out_everywhere(person, anonymous, owner):
    other = another(person, anonymous)
    assert person.delete("/sessions", params={"keep_current": "false"}).status_code == 204
    for client in (person, other):
        assert refused(client.get("/users/me")) == (401, "unauthenticated")
    assert owner.get("/users/me").status_code == 200


def test_the_sessions_of_somebody_else_are_not_there(person, owner):
    (mine,) = ids(person)
    assert refused(owner.get(f"/sessions/{mine}")) == (404, "not_found")
    assert refused(owner.delete(f"/sessions/{mine}")) == (404, "not_found")
    assert person.get("/users/me").status_code == 200


def test_sessions_that_are_over_are_not_listed(person, anonymous):
    other = another(person, anonymous)
    with database.connection_context():
        database.run("update sessions set expires_at = now() where id = %s", (other.session["id"],))
    assert other.session["id"] not in ids(person)
    assert refused(person.get(f"/sessions/{other.session['id']}")) == (404, "not_found")


def test_an_api_key_lists_sessions_of_which_none_is_its_own(person):
    key = factories.api_key(person, "account:read", "account:write")
    assert [session["is_current"] for session in key.get("/sessions").json()["items"]] == [False]
    assert key.delete("/sessions").status_code == 204
    assert refused(person.get("/users/me")) == (401, "unauthenticated")


def test_ending_sessions_is_told_in_events_and_in_the_security_log(person, anonymous):
    others = [another(person, anonymous) for _ in range(2)]
    person.delete("/sessions")
    params = {"event_type": "session.ended", "sort": "-sequence", "limit": 2}
    ended = person.get("/events", params=params).json()["items"]
    assert {entry["subject_id"] for entry in ended} == {entry.session["id"] for entry in others}
    entries = person.get("/security-log", params={"kind": "session.revoked"}).json()["items"]
    assert {entry["facts"][0]["value"] for entry in entries} == {entry.session["id"] for entry in others}
