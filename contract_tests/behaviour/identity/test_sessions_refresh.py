"""Refreshing: each refresh token is exchanged once; a second use ends the session, but for an answer that was lost."""

from contextlib import contextmanager

import httpx
import pytest

from contract_tests.support import factories
from contract_tests.support.clients import Client, at_once, refused
from models.base.database import database

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.fixture
def person(anonymous):
    return factories.register(anonymous)


@pytest.fixture
def session(anonymous, person):
    return factories.log_in(anonymous, person)


def refresh(anonymous, session, agent=AGENT):
    body = {"refresh_token": session["refresh_token"]}
    return anonymous.post("/sessions/refresh", body, headers={"User-Agent": agent})


def holds(anonymous, session):
    """Whether the access token is accepted."""
    client = Client(str(anonymous.http.base_url), anonymous.contract, session["access_token"])
    return client.get("/users/me").status_code == 200


def later(session, seconds):
    """Let time pass since the last refresh of the session."""
    with database.connection_context():
        sql = "update sessions set refreshed_at = refreshed_at - %s * interval '1 second' where id = %s"
        assert database.run(sql, (seconds, session["id"])) == 1


@contextmanager
def from_another_address(anonymous):
    client = Client(str(anonymous.http.base_url), anonymous.contract)
    client.http = httpx.Client(
        base_url=anonymous.http.base_url, transport=httpx.HTTPTransport(local_address="127.0.0.2")
    )
    with client.http:
        yield client


def test_refreshing_gives_new_tokens_of_the_same_session(anonymous, session):
    fresh = refresh(anonymous, session).json()
    assert (fresh["id"], fresh["user_id"]) == (session["id"], session["user_id"])
    assert fresh["refresh_token"] != session["refresh_token"]
    assert holds(anonymous, fresh)
    assert refresh(anonymous, fresh).status_code == 201


def ended_by(anonymous, session, fresh, answer):
    assert refused(answer) == (401, "unauthenticated")
    assert not holds(anonymous, fresh)
    assert not holds(anonymous, session)
    assert refused(refresh(anonymous, fresh)) == (401, "unauthenticated")


def test_a_refresh_token_that_is_used_twice_ends_the_session(anonymous, session):
    fresh = refresh(anonymous, session).json()
    later(session, 11)
    ended_by(anonymous, session, fresh, refresh(anonymous, session))


def test_a_refresh_token_that_another_agent_uses_again_ends_the_session_at_once(anonymous, session):
    fresh = refresh(anonymous, session).json()
    ended_by(anonymous, session, fresh, refresh(anonymous, session, agent="curl/8.5.0"))


def test_a_refresh_token_that_is_used_again_from_another_address_ends_the_session_at_once(anonymous, session):
    fresh = refresh(anonymous, session).json()
    with from_another_address(anonymous) as elsewhere:
        ended_by(anonymous, session, fresh, refresh(elsewhere, session))


def test_a_refresh_token_from_long_ago_ends_the_session(anonymous, session):
    fresh = refresh(anonymous, refresh(anonymous, session).json()).json()
    ended_by(anonymous, session, fresh, refresh(anonymous, session))


def test_whose_answer_was_lost_gets_the_same_successor(anonymous, session):
    lost = refresh(anonymous, session).json()
    later(session, 8)
    again = refresh(anonymous, session)
    assert again.status_code == 201
    assert again.json()["refresh_token"] == lost["refresh_token"]
    assert holds(anonymous, again.json())
    assert refresh(anonymous, again.json()).status_code == 201


def test_asking_again_does_not_prolong_the_time_in_which_one_may(anonymous, session):
    fresh = refresh(anonymous, session).json()
    later(session, 8)
    assert refresh(anonymous, session).status_code == 201
    later(session, 3)
    ended_by(anonymous, session, fresh, refresh(anonymous, session))


def test_of_fifty_who_use_a_refresh_token_at_the_same_moment_all_get_the_one_successor(anonymous, session):
    answers = at_once(*[lambda: refresh(anonymous, session)] * 50)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert holds(anonymous, answers[0].json())
    with database.connection_context():
        sql = "select event_type from events where subject_id = %s order by sequence"
        event_types = [event_type for (event_type,) in database.rows(sql, (session["id"],))]
    assert event_types == ["session.started", "session.refreshed"]
    assert refresh(anonymous, answers[-1].json()).status_code == 201


def test_of_two_devices_that_use_a_refresh_token_at_the_same_moment_neither_keeps_the_session(
    anonymous, session
):
    answers = at_once(
        lambda: refresh(anonymous, session), lambda: refresh(anonymous, session, agent="curl/8.5.0")
    )
    assert sorted(answer.status_code for answer in answers) == [201, 401]
    (won,) = (answer.json() for answer in answers if answer.status_code == 201)
    assert not holds(anonymous, won)
    assert refused(refresh(anonymous, won)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2] + ("AA" if t[-2:] != "AA" else "BB"), lambda t: "x" * 60]
)
def test_a_refresh_token_that_was_not_made_here_is_refused(anonymous, session, change):
    answer = refresh(anonymous, {"refresh_token": change(session["refresh_token"])})
    assert refused(answer) == (401, "unauthenticated")
    assert holds(anonymous, session)


def test_a_session_ends_after_thirty_days_however_often_it_is_refreshed(anonymous, session):
    fresh = refresh(anonymous, session).json()
    assert fresh["refresh_token_expires_at"] == session["refresh_token_expires_at"]
    with database.connection_context():
        sql = "select expires_at - created_at from sessions where id = %s"
        assert database.rows(sql, (session["id"],))[0][0].days == 30
        database.run("update sessions set expires_at = now() where id = %s", (session["id"],))
    assert not holds(anonymous, fresh)
    assert refused(refresh(anonymous, fresh)) == (401, "unauthenticated")


def test_sessions_leave_events_and_entries_that_hold_no_token(anonymous, person, session):
    fresh = refresh(anonymous, session).json()
    refresh(anonymous, session, agent="curl/8.5.0")
    watcher = factories.client_of(anonymous, person)
    watcher.http.headers["Authorization"] = f"Bearer {factories.log_in(anonymous, person)['access_token']}"
    events = watcher.get("/events", params={"subject_id": session["id"]})
    events_told = [(event["event_type"], event["actor_id"]) for event in events.json()["items"]]
    assert events_told == [(f"session.{what}", person.id) for what in ("started", "refreshed", "ended")]
    log = watcher.get("/security-log", params={"kind": "session.refresh_reused"})
    (entry,) = log.json()["items"]
    assert (entry["outcome"], entry["actor_id"], entry["agent"]) == ("failure", None, "curl/8.5.0")
    assert {"name": "session_id", "value": session["id"]} in entry["facts"]
    for secret in (session["refresh_token"], fresh["refresh_token"], fresh["access_token"]):
        assert secret not in events.text + watcher.get("/security-log").text
    assert "digest" not in events.text + log.text
