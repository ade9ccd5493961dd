"""Registrations: nobody prepares an account for who will own the address, whoever registers first or last."""

import itertools

import pytest

from contract_tests.support import accounts, factories, sign_ins
from contract_tests.support.accounts import log_in, register, verify
from contract_tests.support.clients import refused
from contract_tests.support.provider import Person
from models.base.database import database

THEIRS = "Quite-another-word-1"
_numbers = itertools.count(1)


@pytest.fixture
def email():
    return f"victim{next(_numbers)}@example.org"


def prepare(anonymous, email):
    """Somebody else registers the address, with a name and a password of theirs."""
    assert register(anonymous, email, password=THEIRS, name="Mallory").status_code == 202


def links(mailbox, email):
    return [letter.token for letter in mailbox.all_to(email, "verify_email")]


def is_open_to(anonymous, email, password=factories.PASSWORD):
    return log_in(anonymous, email, password).status_code == 201


def name_of(anonymous, email):
    token = log_in(anonymous, email).json()["access_token"]
    client = factories.client_of(anonymous, factories.Person(email, "", "", token=token))
    return client.get("/users/me").json()["name"]


def test_a_click_on_the_newest_link_does_not_activate_the_password_of_who_registered_last(
    anonymous, mailbox, email
):
    register(anonymous, email)
    prepare(anonymous, email)
    newest = links(mailbox, email)[0]
    without = anonymous.put("/email-verifications/completion", json={"token": newest})
    assert refused(without) == (403, "reauthentication_failed")
    assert not is_open_to(anonymous, email, THEIRS)
    assert verify(anonymous, newest).status_code == 204
    assert is_open_to(anonymous, email)
    assert not is_open_to(anonymous, email, THEIRS)
    assert name_of(anonymous, email) == accounts.ACCOUNT["name"]


def test_a_mail_that_nobody_asked_for_opens_nothing_when_its_link_is_clicked(anonymous, mailbox, email):
    prepare(anonymous, email)
    for _ in range(3):
        assert refused(verify(anonymous, links(mailbox, email)[0])) == (403, "reauthentication_failed")
    assert not is_open_to(anonymous, email, THEIRS)


def test_who_registered_first_keeps_nobody_from_their_own_password(anonymous, mailbox, email):
    prepare(anonymous, email)
    register(anonymous, email)
    assert verify(anonymous, links(mailbox, email)[0]).status_code == 204
    assert is_open_to(anonymous, email)
    assert not is_open_to(anonymous, email, THEIRS)


def test_after_the_address_is_verified_no_other_registration_is_activated(anonymous, mailbox, email):
    register(anonymous, email)
    prepare(anonymous, email)
    newest = links(mailbox, email)[0]
    assert verify(anonymous, newest).status_code == 204
    for token in links(mailbox, email):
        assert refused(verify(anonymous, token, THEIRS)) == (409, "link_not_valid")
    prepare(anonymous, email)
    assert mailbox.to(email).template == "already_registered"
    with database.connection_context():
        assert (
            database.rows(
                "select from registrations r join users u on u.id = r.user_id where u.email = %s", (email,)
            )
            == []
        )


def test_a_link_that_is_sent_again_activates_the_registration_of_the_password(anonymous, mailbox, email):
    register(anonymous, email)
    prepare(anonymous, email)
    anonymous.post("/email-verifications", {"email": email})
    assert verify(anonymous, links(mailbox, email)[0]).status_code == 204
    assert is_open_to(anonymous, email)
    assert not is_open_to(anonymous, email, THEIRS)


def test_a_wrong_password_leaves_the_link_valid(anonymous, mailbox, email):
    register(anonymous, email)
    token = links(mailbox, email)[0]
    assert refused(verify(anonymous, token, THEIRS)) == (403, "reauthentication_failed")
    assert verify(anonymous, token).status_code == 204
    sql = """select e.outcome from security_entries e join users u on u.id = e.user_id
        where u.email = %s and e.kind = 'email.verified' order by e.sequence"""
    with database.connection_context():
        assert database.rows(sql, (email,)) == [("failure",), ("success",)]


def test_who_signs_in_with_a_provider_in_between_has_the_account_alone(anonymous, mailbox, email, provider):
    prepare(anonymous, email)
    assert sign_ins.sign_in(anonymous, provider, Person(email)).status_code == 201
    assert refused(verify(anonymous, links(mailbox, email)[0], THEIRS)) == (409, "link_not_valid")
    assert not is_open_to(anonymous, email, THEIRS)


def test_who_registers_with_an_invitation_is_activated_alone(anonymous, mailbox, email, founder):
    prepare(anonymous, email)
    founder.post(f"/organizations/{founder.organization_id}/invitations", {"email": email, "role": "guest"})
    token = mailbox.to(email, "invitation").token
    assert register(anonymous, email, invitation_token=token).json()["status"] == "verified"
    assert is_open_to(anonymous, email)
    assert not is_open_to(anonymous, email, THEIRS)
    assert name_of(anonymous, email) == accounts.ACCOUNT["name"]


def test_who_sets_a_password_by_mail_is_activated_alone(anonymous, mailbox, email):
    prepare(anonymous, email)
    anonymous.post("/password-resets", {"email": email})
    body = {"token": mailbox.to(email, "reset_password").token, "new_password": factories.PASSWORD}
    assert anonymous.put("/password-resets/completion", json=body).status_code == 204
    assert is_open_to(anonymous, email)
    assert not is_open_to(anonymous, email, THEIRS)
    assert refused(verify(anonymous, links(mailbox, email)[0], THEIRS)) == (409, "link_not_valid")


def test_an_address_keeps_its_five_newest_registrations(anonymous, mailbox, email):
    register(anonymous, email)
    for number in range(5):
        with database.connection_context():
            database.run("delete from mail_requests")
        register(anonymous, email, password=f"{THEIRS}{number}")
    newest = links(mailbox, email)[0]
    assert refused(verify(anonymous, newest)) == (403, "reauthentication_failed")
    assert verify(anonymous, newest, f"{THEIRS}0").status_code == 204


def test_A4_without_the_link_a_password_tells_nothing(anonymous, email):
    register(anonymous, email)
    for word in (factories.PASSWORD, THEIRS):
        assert refused(verify(anonymous, "x" * 43, word)) == (409, "link_not_valid")


def test_an_account_that_is_not_verified_has_no_password_of_its_own(anonymous, email):
    register(anonymous, email)
    with database.connection_context():
        assert database.rows("select password_hash from users where email = %s", (email,)) == [(None,)]
