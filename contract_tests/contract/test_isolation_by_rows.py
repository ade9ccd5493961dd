"""Row-level security: with the conditions of the queries taken away, the database itself shows nothing foreign."""

from functools import cache

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.stored_functions import open_wall
from contract_tests.support.visitor import App
from models.access.members import Member
from models.base import statements
from models.base.caches import RecentBytesCache
from models.base.database import Database, database
from models.base.settings import settings
from models.work.projects import Project
from models.work.tasks import Task
from security import access, policy, viewers


@pytest.fixture
def first_wall_gone(monkeypatch, live):
    """Nothing of ours asks any more to which organization a row belongs, or what a caller may."""
    monkeypatch.setattr(
        Task,
        "visible_to",
        classmethod(
            lambda cls, caller: caller.ask("task.read") or cls.with_assignees().where(cls.version > 0)
        ),
    )
    monkeypatch.setattr(
        Project,
        "visible_to",
        classmethod(lambda cls, caller: caller.ask("project.read") or cls.select().where(cls.version > 0)),
    )
    monkeypatch.setattr(policy, "allows", lambda permission, caller, row: True)
    monkeypatch.setattr(statements, "_statements", RecentBytesCache(statements.MAX_CACHED_BYTES))
    monkeypatch.setattr(viewers, "needs", cache(viewers.needs.__wrapped__))
    access.forget()
    yield
    access.forget()


@pytest.mark.usefixtures("first_wall_gone")
def test_without_the_first_wall_the_second_still_hides_what_is_foreign(owner, stranger, task, project):
    assert (
        owner.get(f"/tasks/{task['id']}").status_code == 200
    )  # row-level security lets through what it should
    assert refused(stranger.get(f"/tasks/{task['id']}")) == (404, "not_found")
    assert refused(stranger.patch(f"/tasks/{task['id']}", {"title": "Mine"})) == (404, "not_found")
    assert refused(stranger.delete(f"/tasks/{task['id']}")) == (404, "not_found")
    assert refused(stranger.get(f"/projects/{project['id']}")) == (404, "not_found")
    assert task["id"] not in stranger.get("/tasks", params={"limit": 100}).text
    assert owner.get(f"/tasks/{task['id']}").json()["version"] == task["version"]


@pytest.mark.usefixtures("first_wall_gone")
def test_without_both_walls_it_would_be_seen(stranger, task):
    """The control of the test above: what was hidden there was hidden by the database."""
    with open_wall():
        assert stranger.get(f"/tasks/{task['id']}").status_code == 200


@pytest.mark.usefixtures("first_wall_gone")
def test_the_second_wall_stands_for_the_tokens_of_apps_too(
    stranger, owner, organization, task, person_at_a_browser
):
    """Of an app that acts for a person, and of one that acts for itself."""
    organization_id = factories.organization(stranger)["id"]
    tasks = {
        "scopes": ["tasks:read"],
        "grant_types": ["authorization_code", "client_credentials"],
        "service_role": "admin",
    }
    for of_the_task, app in (
        (False, App(stranger, organization_id, **tasks)),
        (True, App(owner, organization, **tasks)),
    ):
        own = app.post("token", grant_type="client_credentials").json()["access_token"]
        lent = app.tokens(person_at_a_browser, scope="tasks:read")["access_token"]
        assert app.acting(own).get(f"/tasks/{task['id']}").status_code == (200 if of_the_task else 404)
        assert app.acting(lent).get(f"/tasks/{task['id']}").status_code == 404


def test_a_connection_of_the_server_sees_nothing_before_it_knows_who_asks(live, task):
    of_the_server = Database()
    of_the_server.configure(settings().served_database_url, row_security=True)
    with of_the_server.connection_context():
        assert of_the_server.rows("select count(*) from tasks") == [(0,)]
        assert of_the_server.rows("select current_user::text") == [("remit_app",)]
        of_the_server.allow_tenant(task["organization_id"])
        ((count,),) = of_the_server.rows("select count(*) from tasks where id = %s", (task["id"],))
        assert count == 1
        with pytest.raises(Exception, match="row-level security"):
            of_the_server.run(
                "update tasks set organization_id = gen_random_uuid() where id = %s", (task["id"],)
            )


def test_who_is_not_known_sees_no_more_than_nobody_after_somebody(live, owner, anonymous, task):
    """The tenants that a request allowed are cleared for the next one on the same connection."""
    for _ in range(40):
        owner.get(f"/tasks/{task['id']}")
    seen = []
    plan = live.plans["get_health"]
    handler = plan.handler

    def look(**arguments):
        seen.append(database.rows("select count(*) from tasks")[0][0])
        return handler(**arguments)

    plan.handler = look
    try:
        for _ in range(40):
            assert anonymous.get("/health").status_code == 200
    finally:
        plan.handler = handler
    assert set(seen) == {0}


def test_places_of_a_person_are_those_of_the_memberships(anonymous):
    """The trigger keeps up what the policies compare with."""
    owner, other = factories.newcomer(anonymous), factories.newcomer(anonymous)
    organization_id = factories.organization(owner)["id"]

    def places(client):
        with database.connection_context():
            return database.rows("select places from users where id = %s", (client.person.id,))[0][0]

    member = factories.member(owner, organization_id, other.person, "guest")
    assert (places(owner), places(other)) == ([organization_id], [organization_id])
    owner.delete(f"/members/{member['id']}")
    assert places(other) == []
    with database.connection_context():
        for user in Member.select(Member.user).distinct().limit(50):
            stored = database.rows("select places from users where id = %s", (user.user_id,))[0][0]
            mine = Member.select(Member.organization).where(Member.user == user.user_id)
            assert sorted(stored) == sorted(membership.organization_id for membership in mine)
