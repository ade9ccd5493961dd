"""Logging in under attack: who guesses waits, who is right gets in, and nobody learns who has an account."""

import itertools

import httpx
import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import TLS, Client, at_once, http_client, refused
from contract_tests.support.login_attempts import WRONG, guess, later, log_in, report_failures, stored
from models.base.database import database
from security import attempts

_hosts = itertools.count(2)


@pytest.fixture
def person(anonymous):
    """Somebody who has an account, and has never logged in."""
    registered = factories.register(anonymous)
    with database.connection_context():
        database.run("delete from known_places where user_id = %s", (registered.id,))
    return registered


@pytest.fixture
def elsewhere(live, contract):
    """Makes clients that ask from a network address of their own."""

    def another():
        number = next(_hosts)
        transport = httpx.HTTPTransport(TLS, local_address=f"127.9.{number // 250}.{number % 250 + 2}")
        client = Client(live.base_url, contract)
        client.http = http_client(base_url=live.base_url, transport=transport)
        return client

    return another


def test_N4_after_five_failures_even_the_right_password_has_to_wait(anonymous, person):
    guess(anonymous, person, 4)
    assert log_in(anonymous, person).status_code == 201
    guess(anonymous, person, 5)
    assert refused(log_in(anonymous, person)) == (401, "unauthenticated")
    later(1)
    assert log_in(anonymous, person).status_code == 201


def test_N4_the_wait_doubles_up_to_an_hour(anonymous, person):
    log_in(anonymous, person)  # so that only this place waits
    guess(anonymous, person, 5)
    for wait in (1, 2, 4, 8, 16, 32, 60, 60):
        later(wait - 0.2)
        assert log_in(anonymous, person).status_code == 401
        later(0.2)
        guess(anonymous, person, 1)
    later(60)
    assert log_in(anonymous, person).status_code == 201
    guess(anonymous, person, 4)
    assert log_in(anonymous, person).status_code == 201, "who got in begins anew"


def test_N4_failures_are_forgotten_after_a_day(anonymous, person):
    guess(anonymous, person, 4)
    later(24 * 60 + 1)
    guess(anonymous, person, 4)
    assert log_in(anonymous, person).status_code == 201


def test_a_guess_while_waiting_is_not_looked_at_and_makes_nothing_worse(anonymous, person):
    guess(anonymous, person, 30)
    later(1)
    assert log_in(anonymous, person).status_code == 201


def test_A3_of_guesses_at_the_same_moment_no_more_are_looked_at(anonymous, person):
    """All are sent at once, the right one among them several times: those that come after five wrong ones are refused."""
    guess(anonymous, person, 4)
    answers = at_once(*[lambda: log_in(anonymous, person, WRONG)] * 6)
    assert {answer.status_code for answer in answers} == {401}
    (failures,) = {
        failures for (failures,) in stored("select max(failures) from attempts where locked_until > now()")
    }
    assert failures == 5
    assert log_in(anonymous, person).status_code == 401


def test_A3_an_attack_from_elsewhere_keeps_nobody_away_who_is_known(anonymous, person, elsewhere):
    assert log_in(anonymous, person).status_code == 201
    guess(elsewhere(), person, 6)
    guess(elsewhere(), person, 6)
    stranger = elsewhere()
    assert log_in(stranger, person).status_code == 401, "ten failures in a minute are enough of all strangers"
    assert log_in(anonymous, person).status_code == 201
    later(1)
    assert log_in(stranger, person).status_code == 201


def test_A3_strangers_have_ten_guesses_a_minute_and_a_hundred_in_all(anonymous, person, elsewhere):
    log_in(anonymous, person)
    for minute in (1, 2):
        for _ in range(3):
            guess(elsewhere(), person, 4)
        assert counted(person) == 10 * minute
        later(1)
    with database.connection_context():
        database.run(
            "update attempts set failures = 99 where key = %s", (counter_of_unknown_origins(person),)
        )
    guess(elsewhere(), person, 3)
    assert counted(person) == 100
    later(60)
    assert log_in(elsewhere(), person).status_code == 401
    assert log_in(anonymous, person).status_code == 201
    later(24 * 60)
    assert log_in(elsewhere(), person).status_code == 201


def counter_of_unknown_origins(person):
    """The key of what all places together count where the person is not known."""
    return attempts._counter(attempts.PASSWORD, person.email, attempts.UNKNOWN_ORIGIN)


def counted(person):
    """How many guesses of strangers were looked at."""
    rows = stored("select failures from attempts where key = %s", counter_of_unknown_origins(person))
    return rows[0][0] if rows else 0


def test_A3_a_known_device_gets_in_from_wherever_it_is(anonymous, person, elsewhere):
    session = factories.log_in(anonymous, person)
    thief = elsewhere()
    guess(thief, person, 5)  # at the same address as the person, as in a hotel
    with_device = {"earlier_refresh_token": session["refresh_token"]}
    assert log_in(thief, person).status_code == 401
    assert log_in(thief, person, **with_device).status_code == 201
    for _ in range(5):
        assert log_in(thief, person, WRONG, **with_device).status_code == 401
    assert log_in(thief, person, **with_device).status_code == 401, (
        "the device itself guesses no more than others"
    )


def test_A3_what_is_no_token_of_the_account_makes_no_device_known(anonymous, person, elsewhere):
    other = factories.log_in(anonymous, factories.register(anonymous))["refresh_token"]
    client = elsewhere()
    for token in (other, other[:-4] + "AAAA", "x" * 40):
        assert log_in(client, person, WRONG, earlier_refresh_token=token).status_code == 401
    guess(client, person, 2)
    assert log_in(client, person, earlier_refresh_token=other).status_code == 401


def test_who_has_proven_by_mail_who_it_is_gets_in(anonymous, person, live):
    from models.base.unit_of_work import UnitOfWork
    from models.identity.users import User

    guess(anonymous, person, 5)
    with database.connection_context(), database.transaction(), UnitOfWork(address="127.0.0.1"):
        attempts.reset_lockout(User.get_by_id(person.id))
    assert log_in(anonymous, person).status_code == 201


def test_waits_outlive_a_crash(database_url):
    """Tables that are not logged are emptied when PostgreSQL recovers."""
    assert stored("select relpersistence from pg_class where relname = 'attempts'") == [("p",)]


def test_addresses_are_not_stored_where_they_are_counted(anonymous, person):
    guess(anonymous, person, 1)
    log_in(anonymous, person)
    for table in ("attempts", "known_places"):
        assert stored(f"select 1 from {table} t where t::text ~ '@|127[.]'") == []


def test_the_owner_is_told_once_and_the_log_of_each_failure(anonymous, person, mailbox):
    log_in(anonymous, person)
    guess(anonymous, person, 5)
    later(1)
    guess(anonymous, person, 1)
    log_in(anonymous, person)  # not looked at
    assert [facts["minutes"] for facts in report_failures(person)] == [None, None, None, None, 1, 2]
    (letter,) = mailbox.all_to(person.email, "account_locked")
    assert letter.facts == {"name": letter.facts["name"], "minutes": 1}
    entries = stored(
        "select kind, outcome from security_entries where user_id = %s and outcome = 'failure'", person.id
    )
    assert sorted(entries) == [("session.refused", "failure")] * 6 + [("user.locked", "failure")] * 2


def test_the_second_factor_is_asked_for_only_by_who_need_not_wait(anonymous, person):
    authenticators.set_up(person.id, is_active=True)
    assert refused(log_in(anonymous, person)) == (401, "second_factor_required")
    guess(anonymous, person, 5)
    assert refused(log_in(anonymous, person)) == (401, "unauthenticated")
