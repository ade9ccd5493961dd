"""Registering by an invitation: who has the mail has shown that the address is theirs, and needs no other one."""

import itertools

import pytest

from contract_tests.support import accounts, factories
from contract_tests.support.clients import refused
from contract_tests.support.inviting import accept, aged, decline
from models.base.database import database

_numbers = itertools.count(1)


@pytest.fixture
def email():
    return f"invited{next(_numbers)}@example.org"


@pytest.fixture
def invitations_path(founder):
    return f"/organizations/{founder.organization_id}/invitations"


@pytest.fixture
def invited(founder, invitations_path, email):
    made = founder.post(invitations_path, {"email": email, "role": "member"})
    assert made.status_code == 201
    return made.json()


@pytest.fixture
def token(invited, mailbox, email):
    return mailbox.to(email, "invitation").token


def registered(email):
    with database.connection_context():
        return database.rows("select verified_at is not null from users where email = %s", (email,))


def client_of(anonymous, email, password=factories.PASSWORD):
    session = accounts.log_in(anonymous, email, password)
    assert session.status_code == 201, session.text
    person = factories.Person(email, password, "", token=session.json()["access_token"])
    return factories.client_of(anonymous, person)


def test_who_registers_with_the_token_logs_in_at_once_and_accepts(anonymous, mailbox, email, token):
    answer = accounts.register(anonymous, email.upper(), invitation_token=token)
    assert (answer.status_code, answer.json()) == (202, {"email": email, "status": "verified"})
    assert mailbox.all_to(email, "verify_email") == []
    person = client_of(anonymous, email)
    assert person.get("/users/me").json()["verified_at"]
    assert accept(person, token).json()["role"] == "member"
    kinds = [entry["kind"] for entry in person.everything("/security-log")]
    assert {"user.registered", "email.verified", "session.started"} <= set(kinds)


def test_without_the_token_the_address_is_still_to_be_verified(anonymous, mailbox, email, token):
    assert accounts.register(anonymous, email).json()["status"] == "verification_sent"
    assert accounts.log_in(anonymous, email).status_code == 401
    assert registered(email) == [(False,)]
    assert mailbox.to(email, "verify_email").token


def test_the_token_is_for_the_address_that_it_was_sent_to(anonymous, email, token):
    other = f"other-{email}"
    answer = accounts.register(anonymous, other, invitation_token=token)
    assert refused(answer) == (409, "invitation_for_another")
    assert registered(other) == []


def test_a_token_that_does_not_hold_registers_nobody(
    founder, invitations_path, anonymous, mailbox, email, invited, token
):
    assert refused(accounts.register(anonymous, email, invitation_token="a" * 43)) == (
        409,
        "invitation_not_open",
    )
    founder.post(f"/invitations/{invited['id']}/deliveries")
    assert refused(accounts.register(anonymous, email, invitation_token=token)) == (
        409,
        "invitation_not_open",
    )
    token = mailbox.to(email, "invitation").token
    aged(invited, "8 days")
    assert refused(accounts.register(anonymous, email, invitation_token=token)) == (
        409,
        "invitation_not_open",
    )
    founder.delete(f"/invitations/{invited['id']}")
    assert refused(accounts.register(anonymous, email, invitation_token=token)) == (
        409,
        "invitation_not_open",
    )
    assert registered(email) == []


def test_a_weak_password_is_refused_and_the_token_stays_good(anonymous, email, token):
    weak = accounts.register(anonymous, email, invitation_token=token, password="in-lower-case-1")
    assert refused(weak) == (422, "password_too_weak")
    dry = anonymous.post(
        "/users",
        {"email": email, **accounts.ACCOUNT, "invitation_token": token},
        params={"validate_only": "true"},
    )
    assert (dry.status_code, registered(email)) == (200, [])
    assert accounts.register(anonymous, email, invitation_token=token).status_code == 202
    assert registered(email) == [(True,)]


def test_an_account_that_is_there_is_not_changed_by_a_token(founder, anonymous, mailbox, invitations_path):
    person = factories.newcomer(anonymous, name="Grace")
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = mailbox.to(person.person.email, "invitation").token
    registration = {"invitation_token": token, "password": "Another-horse-9", "name": "Mallory"}
    answer = accounts.register(anonymous, person.person.email, **registration)
    assert (answer.status_code, answer.json()["status"]) == (202, "verified")
    assert accounts.log_in(anonymous, person.person.email, "Another-horse-9").status_code == 401
    assert person.get("/users/me").json()["name"] == "Grace"
    assert mailbox.to(person.person.email, "already_registered")


def test_who_registered_the_address_before_and_did_not_verify_it_has_nothing(
    anonymous, mailbox, email, token
):
    """Whoever asks first has not shown that the address is theirs: the password is that of who has the mail."""
    accounts.register(anonymous, email, password="Quite-another-word-1", name="Mallory")
    theirs = mailbox.to(email, "verify_email").token
    accounts.register(anonymous, email, invitation_token=token)
    assert refused(accounts.verify(anonymous, theirs)) == (409, "link_not_valid")
    assert accounts.log_in(anonymous, email, "Quite-another-word-1").status_code == 401
    person = client_of(anonymous, email)
    assert person.get("/users/me").json()["name"] == accounts.ACCOUNT["name"]
    assert decline(person, token).json()["status"] == "declined"


def test_who_has_changed_the_address_accepts_with_the_one_that_is_theirs_now(
    founder, anonymous, mailbox, invitations_path
):
    person = factories.newcomer(anonymous)
    founder.post(invitations_path, {"email": person.person.email, "role": "guest"})
    token = mailbox.to(person.person.email, "invitation").token
    with database.connection_context():
        database.run(
            "update users set email = %s where id = %s", (f"new-{person.person.email}", person.person.id)
        )
    assert person.get("/invitations").json()["items"] == []
    assert refused(accept(person, token)) == (409, "invitation_for_another")
