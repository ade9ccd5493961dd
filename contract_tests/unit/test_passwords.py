"""Passwords: which are refused, and how they are kept."""

import pytest

from models.base.settings import Settings
from security import password_rules, passwords


def weaknesses(password, email="ada@example.org", name="Ada Lovelace"):
    """Why it is refused, in every sentence; none when it is good."""
    try:
        passwords.refuse_weak(password, email, name)
    except passwords.PasswordTooWeak as refusal:
        assert {error["pointer"] for error in refusal.errors} == {"/password"}
        assert refusal.detail == " ".join(error["detail"] for error in refusal.errors)
        return [error["detail"] for error in refusal.errors]
    return []


def weakness(*password, **person):
    """The first of these; None when it is good."""
    return next(iter(weaknesses(*password, **person)), None)


@pytest.mark.parametrize(
    "password",
    ["Correct-horse-7", "Tr0ub4dor&3xyz", "Blue48217935!", "ñandú Ñ corre!", "Пароль-длинный", "ΑΒΓαβγ 2026"],
)
def test_a_password_with_lower_upper_and_a_sign_is_good(password):
    assert weakness(password) is None


def test_everything_that_is_missing_is_named():
    assert (
        weakness("          ")
        == "The password lacks lowercase letters, uppercase letters, a digit or symbol."
    )
    assert weakness("correct-horse-7") == "The password lacks uppercase letters."
    assert weakness("CORRECT-HORSE-7") == "The password lacks lowercase letters."
    assert weakness("CorrectHorse Seven") == "The password lacks a digit or symbol."
    assert weakness("Ünïcödé Létters") == "The password lacks a digit or symbol."
    assert weakness("密码密码密码密码-1") == "The password lacks lowercase letters, uppercase letters."


def test_every_reason_is_told_at_once():
    assert weaknesses("lovelaceeeee") == [
        "The password lacks uppercase letters, a digit or symbol.",
        "The password contains the name or the email address.",
    ]
    assert weaknesses("password123") == [
        "The password lacks uppercase letters.",
        "The password is a variation of a common password.",
    ]


@pytest.mark.parametrize("password", ["My-Lovelace-1", "my-LOVELACE-1", "1-lovelaceX", "Babbage-me-1"])
def test_name_and_address_are_refused_in_any_case(password):
    assert (
        weakness(password, email="babbage@example.org")
        == "The password contains the name or the email address."
    )


def test_short_parts_of_a_name_may_occur():
    assert weakness("Boat-lint-1843", email="bo@example.org", name="Bo Li") is None


@pytest.mark.parametrize(
    "password",
    ["Password123!", "P@ssw0rd2026", "Pass-word-12", "Passw0rdPassw0rd", "Welcome-2024", "Summer2024!!", "!!Liverpool1",
     "Administrator1", "Iloveyou12345", "Ihateyou-99", "Drag0n-1999", "Monkey!!77!!", "Passwort-2026", "Bienvenue-75",
     "пароль-Пароль1"],
)  # fmt: skip
def test_N3_a_common_password_is_refused_however_it_is_dressed_up(password):
    assert weakness(password) == "The password is a variation of a common password."


@pytest.mark.parametrize(
    "password",
    ["Abcdefghi1!", "1234567890aB", "Qwertyuiop1!", "zyxwvUTSR9!", "Aaaaaaaaaa1!", "aB1aB1aB1aB1", "1qaz2wsx3EDC", "Qwertz12345!",
     "0987654321xY", "AbAbAbAbAb1!"],
)  # fmt: skip
def test_N3_sequences_and_repetitions_are_refused(password):
    assert weakness(password) == "The password consists mostly of sequences or repetitions."


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("a", 1), ("ab", 2), ("abc", 1), ("abcd", 1), ("abcx", 2), ("aaab", 2), ("cba", 1), ("qwe", 1), ("ewq", 1),
     ("abcabc", 2), ("horse", 5), ("correct", 7), ("1234x9876", 3), ("a1b2", 4), ("...!", 2)],
)  # fmt: skip
def test_a_sequence_counts_as_one_character(text, count):
    assert password_rules.what_counts(text) == count


def test_what_a_text_repeats():
    assert [password_rules.unit(text) for text in ("abcabcab", "aaaa", "abcd", "ab", "")] == [
        "abc",
        "a",
        "abcd",
        "ab",
        "",
    ]


def test_a_password_that_becomes_too_short_in_its_normal_form_is_refused():
    assert (
        weakness("Aé1-ü".replace("é", "e\u0301\u0323").replace("ü", "u\u0308\u0304"))
        == "The password has fewer than 10 characters."
    )


def test_names_are_found_in_every_form():
    assert (
        weakness("Mein-Zo\u0065\u0308lle-1", name="Zo\u00eblle Li")
        == "The password contains the name or the email address."
    )


def test_a_hash_has_the_parameters_of_owasp_by_default(monkeypatch):
    monkeypatch.delenv("REMIT_PASSWORD_KIB")
    password_hash = passwords.hasher(Settings()).hash("Correct-horse-7")
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.HASHER.check_needs_rehash(password_hash)  # one of the tests, which are to be quick


def test_a_hash_is_of_one_password_only_and_salted():
    password_hash = passwords.hashed("Correct-horse-7")
    assert passwords.hashed("Correct-horse-7") != password_hash
    assert passwords.matches(password_hash, "Correct-horse-7")
    for other in ("correct-horse-7", "Correct-horse-7 ", "Correct-horse-", ""):
        assert not passwords.matches(password_hash, other)


def test_nobody_has_a_password():
    """An unknown address is compared with a hash, too; even its own password lets nobody in."""
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches(None, "")


def test_long_and_strange_passwords_are_compared_whole():
    long = "aB1" * 42 + "é"
    password_hash = passwords.hashed(long)
    assert passwords.matches(password_hash, long)
    assert not passwords.matches(password_hash, long[:-1])
    assert not passwords.matches(password_hash, long[:-1] + "e")


def test_a_letter_is_the_same_in_whatever_way_it_is_written():
    """NFKC: composed or not, of full width or not, as keyboards and systems differ."""
    password_hash = passwords.hashed("Caf\u00e9-12345 \ufb01x")
    for written in ("Cafe\u0301-12345 fix", "\uff23af\u00e9-12345\u00a0fix"):
        assert passwords.matches(password_hash, written)
    assert not passwords.matches(password_hash, "Cafe-12345 fix")


def test_a_hash_that_is_none_matches_nothing():
    for broken in ("", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"):
        assert not passwords.matches(broken, "plain")
