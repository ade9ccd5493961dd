"""Access tokens: only what this server signed, for this service, as an access token, and only until it ends (RFC 8725)."""

import time

import pytest

from contract_tests.support.forged_tokens import SESSION, USER, claims, header, holds, token
from security import tokens

pytestmark = pytest.mark.usefixtures("database_url")  # where the keys are
PAST, FUTURE = (
    "a second ago",
    "in an hour",
)  # times are read when a test runs: its id is the same in every process


def test_what_is_issued_is_accepted():
    issued, ends = tokens.access_token(USER, SESSION, 3)
    assert tokens.credential(issued) == tokens.Credential(SESSION, None, 3)
    assert len(issued) < 500
    assert 0 < ends - time.time() <= tokens.ACCESS_SECONDS


def test_a_token_made_by_hand_with_our_key_is_accepted():
    """So that the refusals below are for what each of them changes."""
    assert holds(token())


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "refresh", "id+jwt", "AT+JWT2", ["at+jwt"]])
def test_a_token_that_is_not_an_access_token_is_refused(typ):
    assert not holds(token(header(typ=typ)))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other"]},
        {"sub": None},
        {"sid": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 0},
        {"exp": PAST},
        {"nbf": FUTURE},
        {"nbf": "now"},
        {"epoch": None},
        {"iat": None},
        {"iat": FUTURE},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(change):
    moments = {PAST: int(time.time()) - 1, FUTURE: int(time.time()) + 3600}
    change = {name: moments.get(str(value), value) for name, value in change.items()}
    assert not holds(token(body=claims(**change)))


def test_a_token_ends_although_it_was_accepted_before():
    end = int(time.time()) + 2
    ending = token(body=claims(exp=end))
    assert holds(ending)
    while time.time() <= end:
        time.sleep(0.05)
    assert not holds(ending)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "remit_", "remit_short", "remit_" + "a" * 44, "é.é.é", "\0"]
)
def test_what_is_no_token_is_refused(text):
    assert not holds(text)


def test_a_refresh_token_tells_its_session_and_nobody_can_make_one():
    made = tokens.refresh_token(SESSION)
    assert tokens.session_of(made) == SESSION
    assert tokens.refresh_token(SESSION) != made
    session, rest = made.split(".", 1)
    for changed in (
        f"{USER}.{rest}",
        f"{made}A",
        made[:-4] + "AAAA",
        session,
        "",
        ".",
        "..",
        f"{session}.",
        "é",
    ):
        assert tokens.session_of(changed) is None


def test_a_refresh_token_has_one_successor_that_nobody_can_tell():
    first, other = tokens.refresh_token(SESSION), tokens.refresh_token(SESSION)
    following = tokens.successor_of(first)
    assert following == tokens.successor_of(first)
    assert tokens.session_of(following) == SESSION
    assert len({first, other, following, tokens.successor_of(other), tokens.successor_of(following)}) == 5


def test_an_api_key_has_enough_entropy_and_a_form_of_its_own():
    secrets = {tokens.api_key_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert tokens.credential(secret) == tokens.Credential(secret=secret)


def test_what_is_longer_than_any_token_of_ours_is_not_read():
    tokens._verified.cache_clear()
    assert tokens.credential("x" * 30_000) is None
    assert tokens._verified.cache_info().misses == 0


def test_nothing_is_kept_of_bad_tokens():
    tokens._verified.cache_clear()
    assert [tokens.credential(f"a.b.{number}") for number in range(50)] == [None] * 50
    assert tokens._verified.cache_info().currsize == 0
