"""Sessions: logging in, refreshing and logging out."""

import pytest

from contract_tests import factories
from contract_tests.clients import Client, at_once, refused


@pytest.fixture
def person(anonymous):
    return factories.register(anonymous)


@pytest.fixture
def session(anonymous, person):
    return factories.log_in(anonymous, person)


def using(anonymous, token):
    return Client(str(anonymous.http.base_url), anonymous.contract, token)


def refresh(anonymous, session):
    return anonymous.post("/sessions/refresh", {"refresh_token": session["refresh_token"]})


def holds(anonymous, session):
    """Whether the access token is accepted."""
    return using(anonymous, session["access_token"]).get("/users/me").status_code == 200


def test_a_session_is_for_the_person_who_logs_in(anonymous, person, session):
    assert using(anonymous, session["access_token"]).get("/users/me").json()["id"] == person.id
    assert session["user_id"] == person.id


def test_one_logs_in_with_the_address_in_any_case(anonymous, person):
    answer = anonymous.post("/sessions", {"email": person.email.upper(), "password": person.password})
    assert answer.status_code == 201


def test_tokens_are_not_to_be_kept_by_caches(anonymous, person):
    answer = anonymous.post("/sessions", {"email": person.email, "password": person.password})
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_address_and_a_wrong_password_are_answered_alike(anonymous, person):
    wrong = anonymous.post("/sessions", {"email": person.email, "password": "Wrong-password-1"})
    unknown = anonymous.post("/sessions", {"email": "nobody@example.org", "password": person.password})
    assert refused(wrong) == refused(unknown) == (401, "unauthenticated")
    assert wrong.json()["detail"] == unknown.json()["detail"]
    assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="remit"'


def test_the_password_is_compared_as_it_is(anonymous, person):
    for password in (person.password.lower(), f"{person.password} ", person.password[:-1]):
        assert anonymous.post("/sessions", {"email": person.email, "password": password}).status_code == 401


def test_the_moments_of_a_session_are_in_their_order(session):
    assert session["created_at"] < session["access_token_expires_at"] < session["refresh_token_expires_at"]


def test_refreshing_gives_new_tokens_of_the_same_session(anonymous, session):
    fresh = refresh(anonymous, session).json()
    assert (fresh["id"], fresh["user_id"]) == (session["id"], session["user_id"])
    assert fresh["refresh_token"] != session["refresh_token"]
    assert holds(anonymous, fresh)
    assert refresh(anonymous, fresh).status_code == 201


def test_a_refresh_token_that_is_used_twice_ends_the_session(anonymous, session):
    fresh = refresh(anonymous, session).json()
    assert refused(refresh(anonymous, session)) == (401, "unauthenticated")
    assert not holds(anonymous, fresh)
    assert not holds(anonymous, session)
    assert refused(refresh(anonymous, fresh)) == (401, "unauthenticated")


def test_of_two_who_use_a_refresh_token_at_the_same_moment_neither_keeps_the_session(anonymous, session):
    answers = at_once(*[lambda: refresh(anonymous, session)] * 2)
    assert sorted(answer.status_code for answer in answers) == [201, 401]
    (won,) = (answer.json() for answer in answers if answer.status_code == 201)
    assert not holds(anonymous, won)


def test_the_end_of_one_session_leaves_the_others(anonymous, person, session):
    other = factories.log_in(anonymous, person)
    assert using(anonymous, session["access_token"]).delete("/sessions/current").status_code == 204
    assert holds(anonymous, other)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2] + ("AA" if t[-2:] != "AA" else "BB"), lambda t: "x" * 60]
)
def test_a_refresh_token_that_was_not_made_here_is_refused(anonymous, session, change):
    answer = refresh(anonymous, {"refresh_token": change(session["refresh_token"])})
    assert refused(answer) == (401, "unauthenticated")
    assert holds(anonymous, session)


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(anonymous, session):
    swapped = {"access_token": session["refresh_token"], "refresh_token": session["access_token"]}
    assert refresh(anonymous, swapped).status_code == 401
    assert not holds(anonymous, swapped)


def test_logging_out_ends_both_tokens_at_once(anonymous, session):
    assert using(anonymous, session["access_token"]).delete("/sessions/current").status_code == 204
    assert refused(using(anonymous, session["access_token"]).get("/users/me")) == (401, "unauthenticated")
    assert refused(refresh(anonymous, session)) == (401, "unauthenticated")
    assert using(anonymous, session["access_token"]).delete("/sessions/current").status_code == 401


def test_an_api_key_has_no_session_to_end(anonymous):
    key = factories.api_key(factories.newcomer(anonymous), "account:write")
    assert refused(key.delete("/sessions/current")) == (409, "not_a_session")


def test_sessions_leave_events_that_hold_no_token(anonymous, person, session):
    fresh = refresh(anonymous, session).json()
    refresh(anonymous, session)
    watcher = using(anonymous, factories.log_in(anonymous, person)["access_token"])
    events = watcher.get("/events", params={"subject_id": session["id"]})
    told = [(event["event_type"], event["actor_id"]) for event in events.json()["items"]]
    assert told == [(f"session.{what}", person.id) for what in ("started", "refreshed", "ended")]
    for secret in (session["refresh_token"], fresh["refresh_token"], fresh["access_token"]):
        assert secret not in events.text
    assert "digest" not in events.text
