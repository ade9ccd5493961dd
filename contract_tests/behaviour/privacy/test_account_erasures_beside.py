"""What else ends, or stays, with an account: what apps were let do, invitations, and the programs of organizations."""

import pytest

from contract_tests.support import factories, preconditions
from contract_tests.support.clients import refused
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.operations import scopes_of_reads
from contract_tests.support.queue_tasks import perform
from contract_tests.support.visitor import App, Visitor
from contract_tests.support.world_oauth import BOTH
from models.base.database import database

PATH, PROOF = "/users/me/erasure", {"password": factories.PASSWORD}


def by_sql(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def erase(client, *, finish=True):
    answer = client.put(PATH, json=PROOF)
    assert answer.status_code == 204, answer.text
    for turn in (1, 2) if finish else ():
        perform("account_erasures.erase", user_id=client.person.id, turn=turn)


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous, name="Ines Beside")


@pytest.fixture
def colleague(anonymous, founder):
    """An admin of the founder's organization."""
    client = factories.newcomer(anonymous, name="Ines Beside")
    factories.member(founder, founder.organization_id, client.person, "admin")
    return factories.log_in_again(client)


def program_of(client, organization, *scopes):
    """A service account, and a client that acts as it."""
    body = {"name": "A program", "role": "admin"}
    made = client.post(f"/organizations/{organization}/service-accounts", body).json()
    asked = {"name": "A key", "scopes": list(scopes)}
    secret = client.post(f"/service-accounts/{made['id']}/api-keys", asked).json()["secret"]
    return made, factories._another(client, secret, None)


def test_what_apps_hold_ends_at_once(person, founder):
    visitor = Visitor(str(person.http.base_url), person.contract, person.person)
    app = App(founder, founder.organization_id)
    tokens = app.tokens(visitor)
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 200
    erase(person, finish=False)
    assert app.acting(tokens["access_token"]).get("/users/me").status_code == 401
    assert app.refresh(tokens["refresh_token"]).status_code == 400
    for table in ("consents", "authorizations"):
        assert by_sql(f"select 1 from {table} where user_id = %s", person.person.id) == []
    erase_rest(person)
    names = by_sql(
        "select snapshot -> 'consent' ->> 'app_name' from events where stream_id = %s and subject_type = 'consent'",
        person.person.id,
    )
    assert names and set(names) == {("Deleted app",)}


def erase_rest(client):
    for turn in (1, 2):
        perform("account_erasures.erase", user_id=client.person.id, turn=turn)


def test_programs_are_nobody_who_is_left(founder):
    """An organization of one person and programs goes with the person, and so do they."""
    organization_id = founder.organization_id
    made, program = program_of(founder, organization_id, "organizations:read")
    gone, _ = program_of(founder, organization_id, "organizations:read")
    assert founder.delete(f"/service-accounts/{gone['id']}").status_code == 204
    app = App(founder, organization_id, **BOTH)
    assert program.get(f"/organizations/{organization_id}").status_code == 200
    erase(founder, finish=False)
    assert refused(program.get(f"/organizations/{organization_id}")) == (401, "unauthenticated")
    assert app.post("token", grant_type="client_credentials").status_code in (400, 401)
    erase_rest(founder)
    users = [made["id"], gone["id"], app.registered["service_user_id"]]
    assert by_sql("select id from users where id = any (%s::uuid[])", users) == []
    assert by_sql("select id from events where stream_id = any (%s::uuid[])", users) == []
    for table in ("apps", "service_accounts", "invitations", "members"):
        assert by_sql(f"select 1 from {table} where organization_id = %s", organization_id) == []
    assert by_sql("select 1 from organizations where id = %s", organization_id) == []


def test_nobody_comes_any_more_into_an_organization_that_goes(founder, person):
    scopes = ["organizations:write", *scopes_of_reads("guest")]
    _, program = program_of(founder, founder.organization_id, *scopes)
    factories.invitation(program, founder.organization_id, person.person.email, "guest")
    token = Mailbox().to(person.person.email, "invitation").token
    erase(founder, finish=False)
    assert refused(person.put("/invitations/acceptance", json={"token": token})) == (
        409,
        "invitation_not_open",
    )


def test_a_program_stays_with_its_organization(founder, colleague):
    made, program = program_of(colleague, founder.organization_id, "organizations:read")
    app = App(colleague, founder.organization_id)
    erase(colleague)
    assert program.get(f"/organizations/{founder.organization_id}").status_code == 200
    account = founder.get(f"/service-accounts/{made['id']}").json()
    assert (
        account["created_by_id"]
        == founder.get(f"/apps/{app.id}").json()["created_by_id"]
        == colleague.person.id
    )


def test_of_an_invitation_whoever_else_it_tells_of_stays(founder, colleague, person):
    """The person has invited one, and was invited by another; each time the other is still told of."""
    organization_id, guest = founder.organization_id, f"guest.{factories.key().lower()}@example.org"
    made = factories.invitation(colleague, organization_id, guest)
    assert founder.post(f"/invitations/{made['id']}/deliveries").status_code < 300
    mine = factories.invitation(founder, organization_id, person.person.email)
    name = founder.get("/users/me").json()["name"]
    erase(colleague)
    erase(person)
    events = [event for event in founder.events() if event["subject_type"] == "invitation"]
    assert "Ines" not in str(events) and person.person.email not in str(events)
    first, second = [event for event in events if event["subject_id"] == made["id"]]
    invitation = first["snapshot"]["invitation"]
    assert (invitation["email"], invitation["inviter_name"], invitation["inviter_id"]) == (
        guest,
        "Deleted user",
        colleague.person.id,
    )
    assert {"field": "inviter_name", "before": "Deleted user", "after": name} in second["changes"]
    assert second["snapshot"]["invitation"]["inviter_name"] == name
    (third,) = [event for event in events if event["subject_id"] == mine["id"]]
    invitation = third["snapshot"]["invitation"]
    assert (invitation["email"], invitation["inviter_name"]) == ("deleted@nobody.invalid", name)
    assert refused(founder.get(f"/invitations/{mine['id']}")) == (404, "not_found")
    entries = founder.everything("/security-log", organization_id=organization_id)
    assert person.person.email not in str(entries)
    assert founder.get("/security-log/verification", params={"organization_id": organization_id}).json()[
        "is_intact"
    ]


def test_an_invitation_to_who_has_the_address_now_stays(founder, person, anonymous):
    erase(person, finish=False)
    factories.invitation(founder, founder.organization_id, person.person.email)
    erase_rest(person)
    invitations = founder.everything(f"/organizations/{founder.organization_id}/invitations", status="open")
    assert [invitation["email"] for invitation in invitations] == [person.person.email]


def test_mails_that_name_the_person_are_not_sent(founder, colleague):
    guest = f"guest.{factories.key().lower()}@example.org"
    factories.invitation(colleague, founder.organization_id, guest)
    letter = Mailbox().to(guest, "invitation")
    erase(colleague)
    perform("mails.send_mail", mail_id=letter.id)
    assert Mailbox().all_to(guest) == []


def test_public_keys_of_programs_go_with_their_organization(founder):
    made, _ = program_of(founder, founder.organization_id, "organizations:read")
    key = {"name": "A key", "jwk": preconditions.public_jwk()}
    assert founder.post(f"/service-accounts/{made['id']}/keys", key).status_code == 201
    erase(founder)
    assert by_sql("select 1 from service_keys where organization_id = %s", founder.organization_id) == []
    assert by_sql("select 1 from api_keys where user_id = %s", made["id"]) == []
