"""Password resets: another password by a mail, when the old one is forgotten."""

import statistics

import pytest

from contract_tests.support import authenticators, factories, login_attempts
from contract_tests.support.accounts import log_in, register
from contract_tests.support.clients import alike, at_once, refused
from models.base.database import database

NEW = "Quite-another-word-1"
HOSTILE = [
    {"Host": "evil.example"},
    {"Host": "evil.example:443"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"},
    {"Forwarded": "for=192.0.2.1;host=evil.example;proto=https"},
    {
        "X-Host": "evil.example",
        "X-Forwarded-Server": "evil.example",
        "X-Original-Url": "https://evil.example/",
    },
    {"Origin": "https://evil.example", "Referer": "https://evil.example/"},
]


@pytest.fixture
def person(anonymous):
    return factories.register(anonymous, name="Ada Lovelace")


def ask(anonymous, email, **options):
    return anonymous.post("/password-resets", {"email": email}, **options)


def reset(anonymous, token, password=NEW):
    return anonymous.put("/password-resets/completion", json={"token": token, "new_password": password})


def holds(anonymous, token):
    return (
        factories.client_of(anonymous, factories.Person("", "", "", token=token)).get("/users/me").status_code
    )


def test_who_forgot_the_password_sets_another_one(anonymous, mailbox, person):
    answer = ask(anonymous, person.email.upper())
    assert (answer.status_code, answer.json()) == (202, {"email": person.email, "status": "reset_sent"})
    letter = mailbox.to(person.email)
    assert letter.template == "reset_password"
    assert reset(anonymous, letter.token).status_code == 204
    assert log_in(anonymous, person.email).status_code == 401
    assert log_in(anonymous, person.email, NEW).status_code == 201
    assert mailbox.to(person.email).template == "password_changed"


def test_a_reset_ends_every_session_and_every_other_link(anonymous, mailbox, person):
    other = factories.log_in(anonymous, person)
    client = factories.client_of(anonymous, person)
    client.put("/users/me/email", json={"email": f"new-{person.email}", "password": person.password})
    change = mailbox.to(f"new-{person.email}").token
    ask(anonymous, person.email)
    assert reset(anonymous, mailbox.to(person.email).token).status_code == 204
    assert [holds(anonymous, token) for token in (person.token, other["access_token"])] == [401, 401]
    refreshed = anonymous.post("/sessions/refresh", {"refresh_token": other["refresh_token"]})
    assert refused(refreshed) == (401, "unauthenticated")
    followed = anonymous.put("/email-verifications/completion", json={"token": change})
    assert refused(followed) == (409, "link_not_valid")


def test_a_reset_leaves_two_factor_authentication_on(anonymous, mailbox, person):
    authenticators.set_up(person.id, is_active=True)
    ask(anonymous, person.email)
    assert reset(anonymous, mailbox.to(person.email).token).status_code == 204
    assert refused(log_in(anonymous, person.email, NEW)) == (401, "second_factor_required")
    body = {"email": person.email, "password": NEW, "one_time_code": authenticators.code()}
    assert anonymous.post("/sessions", body).status_code == 201


def test_who_was_kept_waiting_by_guesses_comes_in_after_a_reset(anonymous, mailbox, person):
    login_attempts.guess(anonymous, person, 5)
    assert log_in(anonymous, person.email).status_code == 401
    ask(anonymous, person.email)
    assert reset(anonymous, mailbox.to(person.email).token).status_code == 204
    assert log_in(anonymous, person.email, NEW).status_code == 201


def test_A10_a_link_is_good_once(anonymous, mailbox, person):
    ask(anonymous, person.email)
    token = mailbox.to(person.email).token
    assert reset(anonymous, token).status_code == 204
    assert refused(reset(anonymous, token, "A-third-word-1")) == (409, "link_not_valid")
    assert log_in(anonymous, person.email, NEW).status_code == 201


def test_A10_of_two_who_use_a_link_at_the_same_moment_one_sets_the_password(anonymous, mailbox, person):
    ask(anonymous, person.email)
    token = mailbox.to(person.email).token
    words = [f"Word-number-{number}" for number in range(4)]
    answers = at_once(*[lambda word=word: reset(anonymous, token, word) for word in words])
    assert sorted(answer.status_code for answer in answers) == [204] + [409] * 3
    opened = [log_in(anonymous, person.email, word).status_code == 201 for word in words]
    assert opened == [answer.status_code == 204 for answer in answers]


def test_A10_a_link_is_good_for_an_hour(anonymous, mailbox, person):
    ask(anonymous, person.email)
    with database.connection_context():
        lasts = "select extract(epoch from expires_at - created_at) from email_tokens where email = %s"
        assert database.rows(lasts, (person.email,)) == [(3600,)]
        database.run("update email_tokens set expires_at = now() where email = %s", (person.email,))
    assert refused(reset(anonymous, mailbox.to(person.email).token)) == (409, "link_not_valid")
    assert log_in(anonymous, person.email).status_code == 201


def test_A10_a_newer_link_ends_the_one_before(anonymous, mailbox, person):
    ask(anonymous, person.email)
    first = mailbox.to(person.email).token
    ask(anonymous, person.email)
    assert refused(reset(anonymous, first)) == (409, "link_not_valid")
    assert reset(anonymous, mailbox.to(person.email).token).status_code == 204


@pytest.mark.parametrize("headers", HOSTILE, ids=lambda headers: ", ".join(headers))
def test_A10_links_lead_to_the_public_address_whatever_a_request_says_of_hosts(
    anonymous, live, mailbox, person, headers
):
    answer = ask(anonymous, person.email, headers=headers)
    assert answer.status_code == 202
    letter = mailbox.to(person.email)
    assert letter.link.startswith(f"{live.host_url}/account/password-reset#token=")
    assert "evil" not in str(letter.facts)


def test_A10_an_absolute_target_leads_nowhere_else(anonymous, live, mailbox, person):
    target = {"target": b"http://evil.example/api/v1/password-resets"}
    answer = anonymous.http.post("/password-resets", json={"email": person.email}, extensions=target)
    letters = mailbox.all_to(person.email, "reset_password")
    assert len(letters) == (answer.status_code == 202)
    assert all(letter.link.startswith(f"{live.host_url}/") for letter in letters)


def test_A4_asking_answers_the_same_whether_or_not_the_address_is_known(anonymous, mailbox, person):
    unknown = "u" * len(person.email.partition("@")[0]) + "@example.org"
    assert alike(ask(anonymous, person.email), person.email) == alike(ask(anonymous, unknown), unknown)
    assert mailbox.all_to(unknown) == []


@pytest.mark.alone
@pytest.mark.parametrize("path", ["/password-resets", "/email-verifications"])
def test_A4_how_long_it_takes_does_not_tell_whether_an_address_is_known(anonymous, world, path):
    people = [world.somebody("Own").email for _ in range(50)]
    pairs = [[took(anonymous, path, address) for address in (email, f"un{email}")] for email in people]
    times_of_known, times_of_unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert abs(times_of_known - times_of_unknown) < 0.005


def took(anonymous, path, email):
    """The seconds until an answer."""
    answer = anonymous.http.post(path, json={"email": email})
    assert answer.status_code == 202
    return answer.elapsed.total_seconds()


def test_nobody_s_mailbox_is_filled(anonymous, mailbox, person):
    answers = [alike(ask(anonymous, person.email), person.email) for _ in range(7)]
    assert answers == [answers[0]] * 7
    assert len(mailbox.all_to(person.email, "reset_password")) == 5
    assert reset(anonymous, mailbox.to(person.email).token).status_code == 204


def test_a_weak_password_is_refused_and_the_link_stays_good(anonymous, mailbox, person):
    ask(anonymous, person.email)
    token = mailbox.to(person.email).token
    assert refused(reset(anonymous, token, "in-lower-case-1")) == (422, "password_too_weak")
    assert refused(reset(anonymous, token, "Lovelace-1815")) == (422, "password_too_weak")
    assert reset(anonymous, token).status_code == 204


def test_the_link_of_a_reset_verifies_the_address_as_that_of_the_registration_does(anonymous, mailbox):
    register(anonymous, "impatient@example.org", password="Of-who-came-first-1")
    registered = mailbox.to("impatient@example.org").token
    ask(anonymous, "impatient@example.org")
    assert reset(anonymous, mailbox.to("impatient@example.org").token).status_code == 204
    assert log_in(anonymous, "impatient@example.org", NEW).status_code == 201
    followed = anonymous.put("/email-verifications/completion", json={"token": registered})
    assert refused(followed) == (409, "link_not_valid")


def test_a_reset_is_in_the_security_log_with_whoever_tried_it(anonymous, mailbox, person):
    ask(anonymous, person.email)
    token = mailbox.to(person.email).token
    reset(anonymous, token), reset(anonymous, token)
    with database.connection_context():
        sql = """select kind, outcome, personal->>'address' from security_entries
            where user_id = %s and kind like 'password.%%' order by sequence"""
        assert database.rows(sql, (person.id,)) == [
            ("password.reset_requested", "success", "127.0.0.1"),
            ("password.reset", "success", "127.0.0.1"),
            ("password.reset", "failure", "127.0.0.1"),
        ]
