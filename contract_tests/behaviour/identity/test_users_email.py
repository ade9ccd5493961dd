"""Users: changing one's own address, and what is told of an account."""

import pytest

from contract_tests.support import factories
from contract_tests.support.accounts import log_in, register, verified, verify
from contract_tests.support.clients import alike, at_once, refused
from models.base.database import database

NEW = "Quite-another-word-1"


@pytest.fixture
def ada(anonymous):
    return factories.newcomer(anonymous, name="Ada Lovelace")


def change_email(client, email, password=factories.PASSWORD):
    return client.put("/users/me/email", json={"email": email, "password": password})


def test_an_address_is_changed_when_the_new_one_is_verified(anonymous, mailbox, ada):
    former = ada.person.email
    asked = change_email(ada, "Ada-New@Example.org")
    assert asked.json() == {"email": "ada-new@example.org", "status": "verification_sent"}
    assert ada.get("/users/me").json()["email"] == former
    assert verify(anonymous, mailbox.to("ada-new@example.org", "verify_new_email").token).status_code == 204
    assert ada.get("/users/me").json()["email"] == "ada-new@example.org"
    assert mailbox.to(former).template == "email_changed"
    assert log_in(anonymous, former).status_code == 401
    assert log_in(anonymous, "ada-new@example.org").status_code == 201


def test_a_link_alone_gives_no_account_the_address_of_somebody_else(anonymous, mailbox, ada):
    former, victim = ada.person.email, "clicks-on-links@example.org"
    change_email(ada, victim)
    token = mailbox.to(victim, "verify_new_email").token
    clicked = anonymous.put("/email-verifications/completion", json={"token": token})
    assert refused(clicked) == (403, "reauthentication_failed")
    assert refused(verify(anonymous, token, NEW)) == (403, "reauthentication_failed")
    assert ada.get("/users/me").json()["email"] == former
    assert verify(anonymous, token).status_code == 204


def test_links_to_the_old_address_open_nothing_after_the_change(anonymous, mailbox, ada):
    anonymous.post("/password-resets", {"email": ada.person.email})
    link = mailbox.to(ada.person.email).token
    change_email(ada, "ada-moved@example.org")
    verify(anonymous, mailbox.to("ada-moved@example.org").token)
    body = {"token": link, "new_password": "Of-the-old-link-1"}
    assert refused(anonymous.put("/password-resets/completion", json=body)) == (409, "link_not_valid")


def test_an_address_is_changed_by_who_knows_the_password_alone(mailbox, ada):
    assert refused(change_email(ada, "thief@example.org", "Wrong-password-1")) == (
        403,
        "reauthentication_failed",
    )
    assert mailbox.all_to("thief@example.org") == []


def test_A4_the_answer_does_not_tell_whether_the_new_address_is_taken(anonymous, mailbox, ada):
    taken = factories.register(anonymous).email
    free = "z" * len(taken.partition("@")[0]) + "@example.org"
    assert alike(change_email(ada, taken), taken) == alike(change_email(ada, free), free)
    change_email(ada, taken)
    assert refused(verify(anonymous, mailbox.to(taken, "verify_new_email").token)) == (409, "email_taken")
    assert ada.get("/users/me").json()["email"] == ada.person.email


def test_who_never_verified_an_address_makes_room_for_who_does(anonymous, mailbox, ada):
    register(anonymous, "squatted@example.org")
    change_email(ada, "squatted@example.org")
    assert verify(anonymous, mailbox.to("squatted@example.org", "verify_new_email").token).status_code == 204
    assert ada.get("/users/me").json()["email"] == "squatted@example.org"
    link = mailbox.to("squatted@example.org", "verify_email").token
    assert refused(verify(anonymous, link)) == (409, "link_not_valid")


def test_of_two_who_want_one_address_one_gets_it(anonymous, mailbox):
    people = [factories.newcomer(anonymous) for _ in range(2)]
    tokens = []
    for person in people:
        change_email(person, "wanted@example.org")
        tokens.append(mailbox.to("wanted@example.org").token)
    answers = at_once(*[lambda token=token: verify(anonymous, token) for token in tokens])
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    emails = [person.get("/users/me").json()["email"] for person in people]
    assert emails.count("wanted@example.org") == 1


def test_one_person_has_five_mails_an_hour_sent_to_new_addresses(mailbox, ada):
    addresses = [f"stranger{number}@example.org" for number in range(7)]
    assert {change_email(ada, address).status_code for address in addresses} == {202}
    assert sum(bool(mailbox.all_to(address)) for address in addresses) == 5


def test_what_happened_to_an_account_is_in_its_events_and_in_the_security_log(anonymous, mailbox):
    ada = verified(anonymous, mailbox, "logged@example.org")
    ada.put("/users/me/password", json={"current_password": "Wrong-password-1", "new_password": NEW})
    ada.put("/users/me/password", json={"current_password": factories.PASSWORD, "new_password": NEW})
    change_email(ada, "logged-new@example.org", NEW)
    verify(anonymous, mailbox.to("logged-new@example.org").token, NEW)
    me = ada.get("/users/me").json()
    event_types = [event["event_type"] for event in ada.everything("/events", subject_id=me["id"])]
    assert event_types == [
        "user.registered",
        "user.updated",
        "user.verified",
        "user.password_changed",
        "user.email_changed",
    ]
    events = ada.get("/events", params={"limit": 100}).text
    assert "email_token.used" in events and "digest" not in events and "argon2" not in events
    with database.connection_context():
        sql = "select kind from security_entries where user_id = %s and outcome = 'success' order by sequence"
        kinds = [kind for (kind,) in database.rows(sql, (me["id"],))]
    for kind in (
        "user.registered",
        "email.verified",
        "password.changed",
        "email.change_requested",
        "email.changed",
    ):
        assert kinds.count(kind) == 1
