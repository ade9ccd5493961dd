"""Passwords: which are refused, and how they are kept."""

import pytest

from security import passwords


def weakness(password, email="ada@example.org", name="Ada Lovelace"):
    """Why it is refused; None when it is good."""
    try:
        passwords.refuse_weak(password, email, name)
    except passwords.PasswordTooWeak as refusal:
        return refusal.detail
    return None


@pytest.mark.parametrize(
    "password",
    ["Correct-horse-7", "aB-aB-aB-aB", "Passw0rdPassw0rd", "ñandú Ñ corre!", "Пароль-длинный", "ΑΒΓαβγ 2026"],
)
def test_a_password_with_lower_upper_and_a_sign_is_good(password):
    assert weakness(password) is None


def test_everything_that_is_missing_is_named():
    assert weakness("          ") == "It lacks lower case, upper case, a digit or sign."
    assert weakness("correct-horse-7") == "It lacks upper case."
    assert weakness("CORRECT-HORSE-7") == "It lacks lower case."
    assert weakness("CorrectHorse Seven") == "It lacks a digit or sign."
    assert weakness("Ünïcödé Létters") == "It lacks a digit or sign."
    assert weakness("密码密码密码密码-1") == "It lacks lower case, upper case."


@pytest.mark.parametrize("password", ["My-Lovelace-1", "my-LOVELACE-1", "1-lovelaceX", "Babbage-me-1"])
def test_name_and_address_are_refused_in_any_case(password):
    assert weakness(password, email="babbage@example.org") == "It contains the name or the address."


def test_short_parts_of_a_name_may_occur():
    assert weakness("Trombone-1843", email="bo@example.org", name="Bo Li") is None


def test_a_hash_is_of_one_password_only_and_salted():
    kept = passwords.hashed("Correct-horse-7")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.hashed("Correct-horse-7") != kept
    assert passwords.matches(kept, "Correct-horse-7")
    for other in ("correct-horse-7", "Correct-horse-7 ", "Correct-horse-", ""):
        assert not passwords.matches(kept, other)


def test_nobody_has_a_password():
    """An unknown address is compared with a hash, too; even its own password lets nobody in."""
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches(None, "")


def test_long_and_strange_passwords_are_compared_whole():
    long = "aB1" * 42 + "é"
    kept = passwords.hashed(long)
    assert passwords.matches(kept, long)
    assert not passwords.matches(kept, long[:-1])
    assert not passwords.matches(kept, long[:-1] + "e\u0301")


def test_a_hash_that_is_none_matches_nothing():
    for broken in ("", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"):
        assert not passwords.matches(broken, "plain")
