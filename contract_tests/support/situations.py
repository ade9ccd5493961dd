"""Situations: the state in which the command of a problem produces it, where it takes more than what its variables name."""

from contract_tests.support import accounts, factories, sign_ins
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.provider import Person
from models.base.database import database

SITUATIONS = {}


def situation(*codes):
    """The function prepares what these codes need, and gives the variables that differ from those of other codes."""

    def note(prepare):
        SITUATIONS.update(dict.fromkeys(codes, prepare))
        return prepare

    return note


@situation("conditions_beyond_own")
def with_a_grant_under_conditions(attempts):
    return {"GRANTEE_TOKEN": attempts.grantee(address_ranges=["127.0.0.0/8"])}


@situation("permission_beyond_own")
def with_a_grant_of_little(attempts):
    return {"GRANTEE_TOKEN": attempts.grantee()}


@situation("already_in_team")
def with_a_member_of_a_team(attempts):
    team, user = attempts.team, attempts.owner.person.id
    attempts.made(f"/teams/{team}/members", {"user_id": user, "role": "member"})
    return {"TEAM": team, "TEAM_MEMBER_USER": user}


@situation("project_not_empty")
def with_a_task(attempts):
    project = attempts.project
    factories.task(attempts.owner, project)
    return {"PROJECT": project}


@situation("second_factor_required", "second_factor_refused", "two_factor_already_on")
def with_a_second_factor(attempts):
    client = attempts.newcomer(is_active=True)
    return {"EMAIL": client.person.email, "TOKEN": client.person.token}


@situation("one_time_code_wrong")
def with_a_second_factor_to_confirm(attempts):
    return {"TOKEN": attempts.newcomer(is_active=False).person.token}


@situation("member_is_owner")
def with_two_owners(attempts):
    client = factories.founder(attempts.anonymous)
    other = factories.enrolled(client.organization_id, attempts.newcomer().person.id, "owner")
    return {"TOKEN": client.person.token, "OWNER_MEMBER": other}


@situation("two_factor_not_enrolled", "reauthentication_failed")
def without_a_second_factor(attempts):
    return {"TOKEN": attempts.newcomer().person.token}


@situation("export_limit_reached")
def with_the_exports_of_a_day(attempts):
    client = attempts.newcomer()
    accounts.exported(client.person)
    return {"TOKEN": client.person.token}


@situation("email_taken")
def with_an_address_that_somebody_has(attempts):
    client, taken = attempts.newcomer(), attempts.newcomer().person.email
    body = {"email": taken, "password": factories.PASSWORD}
    assert client.put("/users/me/email", json=body).status_code == 202
    return {"LINK_TOKEN": Mailbox().to(taken, "verify_new_email").token}


@situation("email_not_verified")
def with_an_address_that_the_provider_has_not_verified(attempts):
    return _brought_back(attempts, Person(sign_ins.address(), is_verified=False))


@situation("identity_taken")
def with_an_identity_that_opens_an_account(attempts):
    somebody = sign_ins.newcomer(attempts.anonymous, attempts.provider)
    return _brought_back(attempts, somebody.at_provider)


@situation("last_way_in")
def with_nothing_but_an_identity(attempts):
    somebody = sign_ins.newcomer(attempts.anonymous, attempts.provider)
    return {"ONLY_IDENTITY": somebody.identity["id"], "TOKEN": somebody.token}


def _brought_back(attempts, person):
    body = sign_ins.begin(attempts.anonymous, attempts.provider).body(person)
    return {"CODE": body["code"], "HANDOFF_SECRET": body["handoff_secret"]}


@situation("delivered_too_often")
def with_the_emails_of_a_day(attempts):
    with database.connection_context():
        database.run("delete from mail_requests where purpose = 'recipient'")
    return {}
