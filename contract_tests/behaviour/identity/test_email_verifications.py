"""E-mail verifications: showing that an address is one's own, and having the mail sent again."""

import pytest

from contract_tests.support import factories
from contract_tests.support.accounts import log_in, register, verify
from contract_tests.support.clients import alike, at_once, refused
from models.base.database import database


def send_again(anonymous, email):
    return anonymous.post("/email-verifications", {"email": email})


def test_the_mail_is_sent_again_with_a_link_of_its_own(anonymous, mailbox):
    register(anonymous, "again@example.org")
    first = mailbox.to("again@example.org").token
    answer = send_again(anonymous, "AGAIN@example.org")
    assert answer.json() == {"email": "again@example.org", "status": "verification_sent"}
    assert refused(verify(anonymous, first)) == (409, "link_not_valid")
    assert verify(anonymous, mailbox.to("again@example.org", "verify_email").token).status_code == 204
    assert log_in(anonymous, "again@example.org").status_code == 201


def test_A4_sending_again_answers_the_same_whether_or_not_the_address_is_known(anonymous, mailbox):
    register(anonymous, "again-waiting@example.org")
    with database.connection_context():
        database.run(
            "update users set email = 'again-joined1@example.org' where email = %s",
            (factories.register(anonymous).email,),
        )
    emails = ["again-waiting@example.org", "again-joined1@example.org", "again-unknown@example.org"]
    answers = [alike(send_again(anonymous, email), email) for email in emails]
    assert answers[0] == answers[1] == answers[2]
    assert [[letter.template for letter in mailbox.all_to(email)] for email in emails] == [
        ["verify_email", "verify_email"], ["already_registered"], []
    ]  # fmt: skip


def test_nobody_s_mailbox_is_filled(anonymous, mailbox):
    register(anonymous, "again-and-again@example.org")
    for _ in range(7):
        assert send_again(anonymous, "again-and-again@example.org").status_code == 202
    assert len(mailbox.all_to("again-and-again@example.org")) == 5


def test_a_link_is_good_once(anonymous, mailbox):
    register(anonymous, "once@example.org")
    token = mailbox.to("once@example.org").token
    assert verify(anonymous, token).status_code == 204
    again = verify(anonymous, token)
    assert refused(again) == (409, "link_not_valid")
    assert token not in again.text


def test_of_two_who_open_a_link_at_the_same_moment_one_does_it(anonymous, mailbox):
    register(anonymous, "both@example.org")
    token = mailbox.to("both@example.org").token
    answers = at_once(*[lambda: verify(anonymous, token)] * 6)
    assert sorted(answer.status_code for answer in answers) == [204] + [409] * 5


def test_a_link_is_good_for_a_day(anonymous, mailbox):
    register(anonymous, "slow@example.org")
    letter = mailbox.to("slow@example.org")
    with database.connection_context():
        lasts = "select extract(epoch from expires_at - created_at) from email_tokens where email = 'slow@example.org'"
        assert database.rows(lasts) == [(24 * 3600,)]
        database.run("update email_tokens set expires_at = now() where email = 'slow@example.org'")
    assert refused(verify(anonymous, letter.token)) == (409, "link_not_valid")
    assert log_in(anonymous, "slow@example.org").status_code == 401
    send_again(anonymous, "slow@example.org")
    assert verify(anonymous, mailbox.to("slow@example.org").token).status_code == 204


def test_a_link_that_is_refused_is_in_the_security_log_of_the_account(anonymous, mailbox):
    register(anonymous, "replayed@example.org")
    token = mailbox.to("replayed@example.org").token
    verify(anonymous, token), verify(anonymous, token)
    with database.connection_context():
        sql = """select e.outcome from security_entries e join users u on u.id = e.user_id
            where u.email = 'replayed@example.org' and e.kind = 'email.verified' order by e.sequence"""
        assert database.rows(sql) == [("success",), ("failure",)]


@pytest.mark.parametrize("token", ["", "short", "x" * 44, "ä" * 43, "x" * 42 + "\0", "x" * 42 + "="])
def test_what_cannot_be_a_token_is_against_the_contract(anonymous, token):
    answer = verify(anonymous, token)
    assert refused(answer) == (422, "invalid_request")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/token"}


def test_a_token_is_good_for_its_purpose_alone(anonymous, mailbox):
    person = factories.register(anonymous)
    reset = factories.email_token(person, "reset_password")
    assert refused(verify(anonymous, reset)) == (409, "link_not_valid")
    register(anonymous, "purpose@example.org")
    body = {"token": mailbox.to("purpose@example.org").token, "new_password": "Another-word-1"}
    assert refused(anonymous.put("/password-resets/completion", json=body)) == (409, "link_not_valid")


def test_a_token_is_kept_as_a_digest_alone(anonymous, mailbox):
    register(anonymous, "kept@example.org")
    token = mailbox.to("kept@example.org").token
    with database.connection_context():
        for table in ("email_tokens", "events", "security_entries", "idempotency", "procrastinate_jobs"):
            assert database.rows(f"select from {table} t where t::text like %s", (f"%{token}%",)) == [], table
