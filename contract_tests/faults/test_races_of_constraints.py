"""Races that the constraints of the database decide: whoever meets them is told what the contract says, or tries again."""

from uuid import uuid4

import pytest

from contract_tests.support import factories
from contract_tests.support.clients import refused
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.meanwhile import meeting, meeting_an_erasure
from contract_tests.support.visitor import App, Visitor
from handlers.workers import registry
from models.base.database import database
from models.work.projects import Project, ProjectKeyTaken

CONSENT = """
insert into consents (id, version, created_at, updated_at, user_id, app_id, scopes)
values (%s, 1, now(), now(), %s, %s, '{account:read}')
"""


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


@pytest.fixture
def app(owner, organization):
    return App(owner, organization)


@pytest.fixture
def asked(person, app):
    """A browser of the person, who is logged in there, and the page that asks for the decision."""
    visitor = Visitor(str(person.http.base_url), person.contract, person.person)
    return visitor, visitor.log_in(visitor.authorize(app, scope="openid account:read"))


def by_sql(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def test_who_is_erased_while_founding_an_organization_is_let_in_no_more(person):
    answer = meeting_an_erasure(lambda: person.post("/organizations", {"name": "Nobody's"}), person.person.id)
    assert refused(answer) == (401, "unauthenticated")
    assert by_sql("select 1 from members where user_id = %s", person.person.id) == []


def test_who_is_erased_while_accepting_an_invitation_is_let_in_no_more(person, owner, organization):
    factories.invitation(owner, organization, person.person.email)
    token = Mailbox().to(person.person.email, "invitation").token
    answer = meeting_an_erasure(
        lambda: person.put("/invitations/acceptance", json={"token": token}), person.person.id
    )
    assert refused(answer) == (401, "unauthenticated")
    assert by_sql("select 1 from members where user_id = %s", person.person.id) == []


def test_who_is_erased_while_agreeing_to_an_app_is_told_that_the_page_is_old(person, asked):
    visitor, page = asked
    answer = meeting_an_erasure(lambda: visitor.submit(page, decision="approve"), person.person.id)
    assert answer.status_code == 403, answer.text
    assert "The page belongs to another browser, or to an earlier login." in answer.text
    assert by_sql("select 1 from consents where user_id = %s", person.person.id) == []


def test_who_agrees_twice_at_this_very_moment_has_one_consent_to_both(person, app, asked):
    visitor, page = asked
    twin = [str(uuid4()), person.person.id, app.id]
    answer = meeting(lambda: visitor.submit(page, decision="approve"), CONSENT, *twin)
    assert app.redirect_parameters(answer)["code"]
    (consent,) = person.get("/consents").json()["items"]
    assert (consent["id"], consent["scopes"]) == (twin[0], ["account:read", "openid"])


def test_a_job_meets_the_same_refusal(owner, project):
    fields = {"name": "Twin", "created_by": owner.person.id}
    with database.connection_context(), pytest.raises(ProjectKeyTaken), registry.transaction():
        Project.open(project["organization_id"], project["key"], **fields)


def test_who_is_no_person_at_all_is_not_found_by_a_team(owner, organization):
    team = owner.post(f"/organizations/{organization}/teams", {"name": "Of members"}).json()
    answer = owner.post(f"/teams/{team['id']}/members", {"user_id": str(uuid4()), "role": "member"})
    assert refused(answer) == (404, "not_found")
