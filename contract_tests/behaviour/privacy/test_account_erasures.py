"""Erasing an account: nobody comes in any more, and nothing is left of the person."""

import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import refused
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.queue_tasks import perform
from models.base import mailbox
from models.base.database import database

PATH, PROOF = "/users/me/erasure", {"password": factories.PASSWORD}


def by_sql(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def erase(client, **options):
    answer = client.put(PATH, json=PROOF, **options)
    assert answer.status_code == 204, answer.text
    return answer


def finish(person):
    """What workers do afterwards."""
    for turn in (1, 2):
        perform("account_erasures.erase", user_id=person.id, turn=turn)


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous, name="Iris Adler")


@pytest.fixture
def colleague(anonymous, founder):
    """A member of the founder's organization, with a task, a team and a grant there."""
    client = factories.newcomer(anonymous, name="Iris Adler")
    client.membership = factories.member(founder, founder.organization_id, client.person, "member")
    factories.log_in_again(client)
    client.task = factories.task(founder, founder.project["id"], assignee_ids=[client.person.id])
    team = founder.post(f"/organizations/{founder.organization_id}/teams", {"name": factories.key()}).json()
    joined = founder.post(f"/teams/{team['id']}/members", {"user_id": client.person.id, "role": "member"})
    granted = founder.post(f"/members/{client.membership['id']}/grants", {"role": "guest"})
    assert (joined.status_code, granted.status_code) == (201, 201)
    return client


def test_nobody_comes_in_any_more(person, anonymous):
    key = factories.api_key(person, "account:read")
    erase(person)
    assert refused(person.get("/users/me")) == (401, "unauthenticated")
    assert refused(key.get("/users/me")) == (401, "unauthenticated")
    again = anonymous.post("/sessions", {"email": person.person.email, "password": factories.PASSWORD})
    assert refused(again) == (401, "unauthenticated")


def test_the_address_is_free_again_at_once(person, anonymous):
    erase(person)
    registration = {"email": person.person.email, "password": factories.PASSWORD, "name": "Another"}
    assert anonymous.post("/users", registration).status_code == 202
    letter = Mailbox().to(person.person.email, "verify_email")
    perform("mails.send_mail", mail_id=letter.id)
    finish(person.person)
    assert Mailbox().to(person.person.email, "verify_email").id == letter.id
    assert letter.id in " ".join(mailbox.names())
    assert by_sql("select name from users where email = %s", person.person.email) == [("Another",)]


@pytest.mark.parametrize("proof", [{"password": "Wrong-horse-7"}, {"one_time_code": "123456"}])
def test_one_proves_oneself_first(person, proof):
    assert refused(person.put(PATH, json=proof)) == (403, "reauthentication_failed")
    assert person.get("/users/me").json()["email"] == person.person.email


def test_a_code_is_a_proof_too(secured):
    code = authenticators.code(secured.secret)
    assert secured.put(PATH, json={"one_time_code": code}).status_code == 204
    assert by_sql("select 1 from two_factors where id = %s", secured.person.id) == []


def test_a_stale_account_is_not_erased(person):
    seen = {"If-Match": person.get("/users/me").headers["ETag"]}
    person.patch("/users/me", {"locale": "de"})
    assert refused(person.put(PATH, json=PROOF, headers=seen)) == (412, "stale_etag")
    assert person.get("/users/me").status_code == 200


def test_memberships_end_with_an_event_each(founder, colleague):
    before = founder.events()[-1]["sequence"]
    erase(colleague)
    event_types = [event["event_type"] for event in founder.events(after=before)]
    assert sorted(event_types) == ["grant.revoked", "member.removed", "task.updated", "team_member.removed"]
    assert founder.get(f"/tasks/{colleague.task['id']}").json()["assignee_ids"] == []
    assert colleague.person.id not in founder.get(f"/organizations/{founder.organization_id}/members").text


def test_history_stays_without_the_person(founder, colleague):
    factories.task(colleague, founder.project["id"], title="Written by somebody")
    count = len(founder.events())
    erase(colleague)
    finish(colleague.person)
    events = founder.events()
    assert [event["sequence"] for event in events] == list(range(1, count + 5))
    assert "Iris" not in str(events) and colleague.person.email not in str(events)
    (added,) = [
        event for event in events
        if event["event_type"] == "member.added" and event["snapshot"]["member"]["user_id"] == colleague.person.id
    ]  # fmt: skip
    assert (added["snapshot"]["member"]["name"], added["snapshot"]["member"]["email"]) == (
        "Deleted user",
        None,
    )
    assert {"field": "name", "before": None, "after": "Deleted user"} in added["changes"]
    assert (
        founder.get(f"/events/{added['id']}", headers={"If-None-Match": '"1.2"'}).headers["ETag"] == '"2.2"'
    )
    (task,) = founder.everything("/tasks", project_id=founder.project["id"], text="Written")
    people = founder.get("/tasks", params={"text": "Written", "include": "people"}).json()["included"][
        "people"
    ]
    assert (task["created_by_id"], [person["name"] for person in people]) == (
        colleague.person.id,
        ["Deleted user"],
    )


def test_the_security_log_can_still_be_verified(founder, colleague):
    query = {"organization_id": founder.organization_id, "after": 0}
    erase(colleague)
    finish(colleague.person)
    verification = founder.get("/security-log/verification", params=query).json()
    assert verification["is_intact"] and verification["entries_erased"] > 0
    entries = founder.everything("/security-log", organization_id=founder.organization_id)
    theirs = [entry for entry in entries if colleague.person.id in (entry["user_id"], entry["actor_id"])]
    assert theirs and all(
        entry["is_erased"] and not entry["facts"] and not entry["address"] for entry in theirs
    )
    assert "user.erased" in [kind for (kind,) in by_sql(
        "select kind from security_entries where chain_id = %s and personal is null", colleague.person.id)]  # fmt: skip


def test_the_only_owner_of_others_is_refused_by_name(founder, colleague):
    answer = founder.put(PATH, json=PROOF)
    assert refused(answer) == (409, "last_owner")
    (fault,) = answer.json()["errors"]
    assert founder.organization_id in fault["detail"] and "An organization" in fault["detail"]
    assert founder.get("/users/me").status_code == 200
    founder.patch(f"/members/{colleague.membership['id']}", {"role": "owner", **PROOF})
    erase(founder)
    factories.log_in_again(colleague)
    assert colleague.get(f"/organizations/{founder.organization_id}").status_code == 200


def test_an_organization_where_nobody_else_is_goes_too(founder):
    factories.task(founder, founder.project["id"], assignee_ids=[founder.person.id])
    founder.post(f"/organizations/{founder.organization_id}/teams", {"name": "Alone"})
    erase(founder)
    finish(founder.person)
    for table, column in (("organizations", "id"), ("tasks", "organization_id"), ("events", "stream_id"),
                          ("retentions", "id"), ("teams", "organization_id"), ("security_entries", "chain_id")):  # fmt: skip
        assert by_sql(f"select 1 from {table} where {column} = %s", founder.organization_id) == []


def test_a_last_mail_is_sent_and_forgotten(person, live):
    erase(person)
    (letter,) = [
        email for email in Mailbox().all_to(person.person.email) if email.template == "account_erased"
    ]
    finish(person.person)
    assert [email.template for email in Mailbox().all_to(person.person.email)] == ["account_erased"]
    perform("mails.send_mail", mail_id=letter.id)
    assert (
        by_sql(
            "select 1 from mails where user_id = %s or recipient = %s", person.person.id, person.person.email
        )
        == []
    )


def test_mails_that_were_not_sent_yet_never_are(person):
    person.put(
        "/users/me/email", json={"email": f"new.{person.person.email}", "password": factories.PASSWORD}
    )
    letter = Mailbox().to(f"new.{person.person.email}", "verify_new_email")
    erase(person)
    finish(person.person)
    perform("mails.send_mail", mail_id=letter.id)
    assert Mailbox().all_to(f"new.{person.person.email}") == []


def test_a_failed_guess_that_is_told_of_later_writes_to_nobody(person, anonymous):
    anonymous.post("/sessions", {"email": person.person.email, "password": "Wrong-horse-7"})
    ((args,),) = by_sql(
        "select args from procrastinate_jobs where task_name = 'sessions.tell_of_failure' and args ->> 'user_id' = %s",
        person.person.id,
    )
    erase(person)
    perform("sessions.tell_of_failure", **{**args, "is_news": True, "minutes": 1})
    finish(person.person)
    assert (
        by_sql("select 1 from mails where user_id = %s and template = 'account_locked'", person.person.id)
        == []
    )
    assert (
        by_sql(
            "select 1 from procrastinate_jobs where args ->> 'address' <> '' and args ->> 'user_id' = %s",
            person.person.id,
        )
        == []
    )


def test_what_an_erasure_needed_is_forgotten_at_its_end(person):
    erase(person)
    ask = "select addresses, finished_at is null, position from account_erasures where user_id = %s"
    assert by_sql(ask, person.person.id) == [([person.person.email], True, None)]
    finish(person.person)
    assert by_sql(ask, person.person.id) == [([], False, None)]


def test_somebody_who_waited_too_long_is_taken_over(person):
    erase(person)
    with database.connection_context():
        database.run(
            "update account_erasures set requested_at = now() - interval '2 days' where user_id = %s",
            (person.person.id,),
        )
    count = "select count(*) from procrastinate_jobs where task_name = 'account_erasures.erase' and args ->> 'user_id' = %s"
    before = by_sql(count, person.person.id)[0][0]
    perform("account_erasures.take_over")
    assert by_sql(count, person.person.id) == [(before + 1,)]
    finish(person.person)
