"""Sessions: logging in, refreshing and logging out."""

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import Client, refused
from models.base.database import database


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


def test_the_end_of_one_session_leaves_the_others(anonymous, person, session):
    other = factories.log_in(anonymous, person)
    assert using(anonymous, session["access_token"]).delete("/sessions/current").status_code == 204
    assert holds(anonymous, other)


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


def test_each_login_has_a_session_of_its_own(anonymous, person, session):
    assert len({session["id"], *(factories.log_in(anonymous, person)["id"] for _ in range(3))}) == 4


def test_who_is_disabled_is_let_in_by_nothing(anonymous, person, session):
    key = factories.api_key(using(anonymous, session["access_token"]), "account:read")
    with database.connection_context():
        database.run("update users set disabled_at = now() where id = %s", (person.id,))
    assert refused(key.get("/users/me")) == (401, "unauthenticated")
    assert not holds(anonymous, session)
    assert refused(refresh(anonymous, session)) == (401, "unauthenticated")
    right = {"email": person.email, "password": person.password}
    wrong = right | {"password": "Wrong-password-1"}
    answers = [anonymous.post("/sessions", body).json() | {"instance": None} for body in (right, wrong)]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 401
