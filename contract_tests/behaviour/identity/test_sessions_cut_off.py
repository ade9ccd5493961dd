"""Access tokens end at once when a role changes or an account is cut off; the session goes on, and refreshing gives new ones."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.identity.sessions import Session
from models.identity.users import User


@pytest.fixture
def founder(anonymous):
    return factories.founder(anonymous)


def joined(founder, anonymous, role="member"):
    """Somebody in the organization, with the membership and the whole session."""
    client = factories.newcomer(anonymous)
    client.membership = factories.member(founder, founder.organization_id, client.person, role)
    client.session = factories.log_in(anonymous, client.person)
    client.http.headers["Authorization"] = f"Bearer {client.session['access_token']}"
    client.membership_path = f"/members/{client.membership['id']}"
    return client


def is_cut_off(client):
    return refused(client.get("/users/me")) == (401, "unauthenticated")


def test_a_new_role_needs_a_new_token(founder, anonymous):
    person = joined(founder, anonymous)
    assert founder.patch(person.membership_path, {"role": "admin"}).status_code == 200
    assert is_cut_off(person)
    factories.refresh(person)
    assert person.patch(f"/organizations/{founder.organization_id}", {"name": "Mine"}).status_code == 200


def test_the_same_role_again_changes_nothing(founder, anonymous):
    person = joined(founder, anonymous)
    assert founder.patch(person.membership_path, {"role": "member"}).status_code == 200
    assert person.get("/users/me").status_code == 200


def test_a_change_that_is_only_tried_or_refused_cuts_nobody_off(founder, anonymous):
    person = joined(founder, anonymous)
    founder.patch(person.membership_path, {"role": "admin"}, params={"validate_only": "true"})
    admin = joined(founder, anonymous, "admin")
    assert refused(admin.patch(person.membership_path, {"role": "owner"})) == (409, "role_above_own")
    assert person.get("/users/me").status_code == 200


def test_who_is_removed_or_leaves_needs_a_new_token(founder, anonymous):
    removed, leaver = joined(founder, anonymous), joined(founder, anonymous)
    assert founder.delete(removed.membership_path).status_code == 204
    assert leaver.delete(leaver.membership_path).status_code == 204
    for client in (removed, leaver):
        assert is_cut_off(client)
        factories.refresh(client)
        assert refused(client.get(f"/organizations/{founder.organization_id}")) == (404, "not_found")


def test_all_sessions_of_a_person_are_cut_off_and_nobody_elses(founder, anonymous):
    person, other = joined(founder, anonymous), joined(founder, anonymous)
    second = factories.client_of(anonymous, person.person)
    founder.patch(person.membership_path, {"role": "guest"})
    assert is_cut_off(person) and is_cut_off(second)
    assert other.get("/users/me").status_code == 200


def test_an_api_key_outlives_the_tokens_with_the_new_role(founder, anonymous):
    person = joined(founder, anonymous, "admin")
    key = factories.api_key(person, "organizations:read", "organizations:write")
    founder.patch(person.membership_path, {"role": "guest"})
    path = f"/organizations/{founder.organization_id}"
    assert key.get(path).status_code == 200
    assert refused(key.patch(path, {"name": "Not mine"})) == (403, "permission_denied")


def test_cutting_off_leaves_neither_event_nor_version(founder, anonymous):
    person = joined(founder, anonymous)
    before = person.get("/users/me")
    with database.connection_context():
        User.revoke_access_tokens(person.person.id)
    assert is_cut_off(person)
    factories.refresh(person)
    assert person.get("/users/me").headers["ETag"] == before.headers["ETag"]


def test_all_sessions_but_one_are_ended_in_the_transaction_of_something_else(founder, anonymous):
    """As by a change of the password."""
    person = joined(founder, anonymous)
    current = factories.log_in(anonymous, person.person)
    with database.connection_context(), database.atomic(), UnitOfWork(actor_id=person.person.id) as work:
        Session.end_all(User.get_by_id(person.person.id), except_id=current["id"])
        work.store_events()
    assert is_cut_off(person)
    person.http.headers["Authorization"] = f"Bearer {current['access_token']}"
    assert [session["id"] for session in person.get("/sessions").json()["items"]] == [current["id"]]


def test_who_logs_in_while_the_password_changes_is_not_let_in_by_the_old_one(founder, anonymous):
    """The login waits for the change, which was first, and then sees that what let it in does not hold any more."""
    person = joined(founder, anonymous)
    with database.connection_context(), database.atomic():
        user = User.get_by_id(person.person.id)
        database.run("update users set password_hash = 'another' where id = %s", (user.id,))
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(
                anonymous.post,
                "/sessions",
                {"email": person.person.email, "password": person.person.password},
            )
            database_is_waited_for()
            database.commit()
            assert refused(waiting.result()) == (401, "unauthenticated")


def database_is_waited_for():
    while not database.rows("select 1 from pg_stat_activity where wait_event_type = 'Lock'"):
        pass
