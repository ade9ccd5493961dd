"""One-time codes against RFC 6238, and how secrets are encrypted."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from cryptography.exceptions import InvalidTag

from models.base.ids import new_id
from models.base.secret import decrypt, encrypt
from security import one_time_codes

PERSON = new_id()
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of appendix B: "12345678901234567890"


def enrolled(last_step=None):
    encrypted = encrypt("two-factor secrets", RFC_SECRET, PERSON)
    return SimpleNamespace(user_id=PERSON, secret=encrypted, last_step=last_step)


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds, code):
    assert one_time_codes.step_of(enrolled(), code, at(seconds)) == seconds // 30


def test_a_code_is_good_in_the_step_before_and_after_and_no_longer():
    steps = [
        one_time_codes.step_of(enrolled(), "005924", at(1234567890 + 30 * away)) for away in (-2, -1, 0, 1, 2)
    ]
    assert steps == [None, 41152263, 41152263, 41152263, None]


def test_a_code_is_not_good_again_nor_one_before_it():
    assert one_time_codes.step_of(enrolled(41152262), "005924", at(1234567890)) == 41152263
    assert one_time_codes.step_of(enrolled(41152263), "005924", at(1234567890)) is None
    assert one_time_codes.step_of(enrolled(41152264), "005924", at(1234567890)) is None


def test_an_enrolment_leads_an_authenticator_to_the_same_secret():
    enrolment = one_time_codes.enrolment(enrolled(), "ada+work@example.org")
    assert (
        enrolment["otpauth_url"]
        == f"otpauth://totp/Remit:ada%2Bwork%40example.org?secret={RFC_SECRET}&issuer=Remit"
    )
    assert ElementTree.fromstring(enrolment["qr_svg"]).tag.endswith("svg")


def test_secrets_have_160_bits_and_differ():
    made = {decrypt("two-factor secrets", one_time_codes.new_secret(PERSON), PERSON) for _ in range(5)}
    assert len(made) == 5 and all(re.fullmatch("[A-Z2-7]{32}", secret) for secret in made)


def test_recovery_codes_differ_and_are_read_as_people_write_them():
    codes = one_time_codes.new_recovery_codes()
    assert len(set(codes)) == 10 and all(re.fullmatch("[a-z2-9]{5}-[a-z2-9]{5}", code) for code in codes)
    digests = one_time_codes.recovery_digests(PERSON, codes)
    assert one_time_codes.recovery_digest(PERSON, codes[0].upper().replace("-", "")) == digests[0]
    assert one_time_codes.recovery_digest(new_id(), codes[0]) != digests[0]


def test_what_is_sealed_is_read_only_with_its_own_purpose_and_context():
    encrypted = encrypt("one", "secret text", "context")
    assert decrypt("one", encrypted, "context") == "secret text"
    assert encrypt("one", "secret text", "context") != encrypted
    for purpose, text, context in (
        ("two", encrypted, "context"),
        ("one", encrypted, "other"),
        ("one", "A" + encrypted[1:], "context"),
    ):
        if (purpose, text, context) != ("one", encrypted, "context"):
            with pytest.raises(InvalidTag):
                decrypt(purpose, text, context)
