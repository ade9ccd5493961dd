"""Two-factor authentication: enrolled, confirmed, asked for at the log-in, and turned off."""

import pytest

from contract_tests.support import authenticators, factories
from contract_tests.support.authenticators import code
from contract_tests.support.clients import at_once, refused
from models.base.database import database

PATH = "/users/me/two-factor"
PROOF = {"password": factories.PASSWORD}


@pytest.fixture
def person(anonymous):
    return factories.newcomer(anonymous)


def log_in(anonymous, client, **more):
    who = {"email": client.person.email, "password": client.person.password}
    return anonymous.post("/sessions", {**who, **more})


def stored(sql, *parameters):
    with database.connection_context():
        return database.rows(sql, parameters)


def test_it_is_off_until_it_is_confirmed(anonymous, person):
    assert person.get(PATH).json() == {
        "is_active": False, "turned_on_at": None, "recovery_codes_left": 0, "organizations_requiring": [], "version": 0,
    }  # fmt: skip
    enrolled = person.post(PATH, PROOF).json()
    assert not enrolled["two_factor"]["is_active"]
    assert log_in(anonymous, person).status_code == 201
    confirmation = {"one_time_code": code(enrolled["shared_secret"])}
    confirmed = person.put(f"{PATH}/confirmation", json=confirmation).json()["two_factor"]
    assert confirmed["is_active"] and confirmed["turned_on_at"] and confirmed["recovery_codes_left"] == 10
    assert person.get(PATH).json() == confirmed


def test_an_enrolment_is_told_in_three_forms_and_once(person):
    made = person.post(PATH, PROOF)
    enrolment = made.json()
    assert enrolment["otpauth_url"].startswith("otpauth://totp/Remit:person")
    assert f"secret={enrolment['shared_secret']}" in enrolment["otpauth_url"]
    assert enrolment["qr_svg"].startswith("<svg ") and "<path" in enrolment["qr_svg"]
    assert made.headers["Cache-Control"] == "no-store"
    assert enrolment["shared_secret"] not in person.get(PATH).text + person.get("/events").text


def test_an_enrolment_needs_the_password(person):
    assert refused(person.post(PATH, {})) == (403, "reauthentication_failed")
    assert refused(person.post(PATH, {"password": "Wrong-horse-7"})) == (403, "reauthentication_failed")


def test_it_may_be_enrolled_anew_until_it_is_confirmed(person):
    first, second = (person.post(PATH, PROOF).json()["shared_secret"] for _ in range(2))
    assert first != second
    late = person.put(f"{PATH}/confirmation", json={"one_time_code": authenticators.wrong(second)})
    assert refused(late) == (409, "one_time_code_wrong")
    answer = person.put(f"{PATH}/confirmation", json={"one_time_code": code(second)})
    assert answer.status_code == 200
    assert refused(person.post(PATH, PROOF)) == (409, "two_factor_already_on")
    again = person.put(f"{PATH}/confirmation", json={"one_time_code": code(second, 1)})
    assert refused(again) == (409, "two_factor_already_on")


def test_codes_are_not_guessed_until_it_is_confirmed(person):
    secret = person.post(PATH, PROOF).json()["shared_secret"]
    for _ in range(6):
        guess = person.put(f"{PATH}/confirmation", json={"one_time_code": authenticators.wrong(secret)})
        assert refused(guess) == (409, "one_time_code_wrong")
    answer = person.put(f"{PATH}/confirmation", json={"one_time_code": code(secret)})
    assert refused(answer) == (409, "one_time_code_wrong")
    assert not person.get(PATH).json()["is_active"]


def test_what_was_not_begun_is_not_confirmed_renewed_or_ended(person):
    confirmation = person.put(f"{PATH}/confirmation", json={"one_time_code": "123456"})
    assert refused(confirmation) == (409, "two_factor_not_enrolled")
    assert refused(person.post(f"{PATH}/recovery-codes", PROOF)) == (409, "two_factor_off")
    assert refused(person.put(f"{PATH}/deactivation", json=PROOF)) == (409, "two_factor_off")


def test_the_right_password_alone_opens_nothing_and_only_it_learns_that_a_code_is_needed(anonymous, secured):
    assert refused(log_in(anonymous, secured)) == (401, "second_factor_required")
    wrong = log_in(anonymous, secured, password="Wrong-horse-7", one_time_code=code(secured.secret))
    assert refused(wrong) == (401, "unauthenticated")
    assert log_in(anonymous, secured, one_time_code=code(secured.secret)).status_code == 201


def test_who_has_no_second_factor_may_send_a_code_all_the_same(anonymous, person):
    assert log_in(anonymous, person, one_time_code="123456").status_code == 201


def test_A7_a_code_is_good_once(anonymous, secured):
    current = code(secured.secret)
    assert log_in(anonymous, secured, one_time_code=current).status_code == 201
    assert refused(log_in(anonymous, secured, one_time_code=current)) == (401, "second_factor_refused")
    assert log_in(anonymous, secured, one_time_code=code(secured.secret, 1)).status_code == 201
    earlier = log_in(anonymous, secured, one_time_code=current)
    assert refused(earlier) == (401, "second_factor_refused")


def test_A7_of_many_who_send_a_code_at_the_same_moment_one_is_let_in(anonymous, secured):
    current = code(secured.secret)
    answers = at_once(*[lambda: log_in(anonymous, secured, one_time_code=current)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


@pytest.mark.parametrize("steps", [-1, 1])
def test_A7_a_clock_may_be_off_by_one_step(anonymous, secured, steps):
    assert log_in(anonymous, secured, one_time_code=code(secured.secret, steps)).status_code == 201


@pytest.mark.parametrize("steps", [-3, 3])
def test_A7_and_by_no_more(anonymous, secured, steps):
    answer = log_in(anonymous, secured, one_time_code=code(secured.secret, steps))
    assert refused(answer) == (401, "second_factor_refused")


def test_A7_after_five_wrong_codes_the_right_one_has_to_wait(anonymous, secured):
    wrong = authenticators.wrong(secured.secret)
    for _ in range(5):
        assert refused(log_in(anonymous, secured, one_time_code=wrong)) == (401, "second_factor_refused")
    current = code(secured.secret)
    assert refused(log_in(anonymous, secured, one_time_code=current)) == (401, "second_factor_refused")
    recovery = log_in(anonymous, secured, recovery_code=secured.recovery_codes[0])
    assert refused(recovery) == (401, "second_factor_refused")
    with database.connection_context():
        database.run("update attempts set locked_until = now() where failures = 5")
    assert log_in(anonymous, secured, one_time_code=current).status_code == 201
    assert log_in(anonymous, secured, recovery_code=secured.recovery_codes[0]).status_code == 201


def test_a_recovery_code_is_good_once_in_whatever_case(anonymous, secured, mailbox):
    first, second = secured.recovery_codes[:2]
    assert log_in(anonymous, secured, recovery_code=first).status_code == 201
    assert mailbox.to(secured.person.email, "two_factor_changed").facts["what"] == "a recovery code was used"
    assert refused(log_in(anonymous, secured, recovery_code=first)) == (401, "second_factor_refused")
    assert log_in(anonymous, secured, recovery_code=second.upper().replace("-", "")).status_code == 201
    assert secured.get(PATH).json()["recovery_codes_left"] == 8


def test_of_many_who_send_a_recovery_code_at_the_same_moment_one_is_let_in(anonymous, secured):
    recovery_code = secured.recovery_codes[0]
    answers = at_once(*[lambda: log_in(anonymous, secured, recovery_code=recovery_code)] * 4)
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]


def test_new_recovery_codes_are_made_after_proof_and_the_old_ones_are_void(anonymous, secured):
    assert refused(secured.post(f"{PATH}/recovery-codes", {"password": "Wrong-horse-7"})) == (
        403,
        "reauthentication_failed",
    )
    made = secured.post(f"{PATH}/recovery-codes", {"one_time_code": code(secured.secret)}).json()
    assert len(set(made["recovery_codes"])) == 10
    assert not set(made["recovery_codes"]) & set(secured.recovery_codes)
    old = log_in(anonymous, secured, recovery_code=secured.recovery_codes[0])
    assert refused(old) == (401, "second_factor_refused")
    assert log_in(anonymous, secured, recovery_code=made["recovery_codes"][0]).status_code == 201


@pytest.mark.parametrize(
    "proof",
    [
        lambda client: {"one_time_code": code(client.secret)},
        lambda client: {"recovery_code": client.recovery_codes[3]},
        lambda client: {**PROOF, "recovery_code": client.recovery_codes[3]},
    ],
)
def test_it_is_turned_off_after_proof(anonymous, secured, proof, mailbox):
    answer = secured.put(f"{PATH}/deactivation", json=proof(secured))
    assert not answer.json()["is_active"]
    assert mailbox.to(secured.person.email, "two_factor_changed").facts["what"] == "it was turned off"
    assert log_in(anonymous, secured).status_code == 201
    assert stored("select count(*) from recovery_codes where two_factor_id = %s", secured.person.id) == [(0,)]


def test_wrong_proofs_are_counted_also_in_a_dry_run_and_under_a_key(secured):
    path, wrong = f"{PATH}/deactivation", {"one_time_code": authenticators.wrong(secured.secret)}
    for number in range(5):
        answer = secured.put(
            path, json=wrong, params={"validate_only": "true"}, headers={"Idempotency-Key": f"k{number}"}
        )
        assert refused(answer) == (403, "reauthentication_failed")
    right = {"recovery_code": secured.recovery_codes[0]}
    assert refused(secured.put(path, json=right)) == (403, "reauthentication_failed")
    with database.connection_context():
        database.run("update attempts set locked_until = now() where failures = 5")
    assert secured.put(path, json=right).status_code == 200


def test_a_wrong_proof_leaves_its_idempotency_key_free(secured):
    path, headers = f"{PATH}/deactivation", {"Idempotency-Key": "proof"}
    wrong = secured.put(path, json={"password": "Wrong-horse-7"}, headers=headers)
    assert refused(wrong) == (403, "reauthentication_failed")
    right = {"recovery_code": secured.recovery_codes[0]}
    assert secured.put(path, json=right, headers=headers).status_code == 200


def test_nothing_of_it_is_stored_so_that_it_can_be_read(secured):
    codes = "|".join([secured.secret, *secured.recovery_codes])
    for table in ("two_factors", "recovery_codes", "events", "idempotency", "security_entries", "mails"):
        assert stored(f"select 1 from {table} t where t::text ~ %s", codes) == []


def test_the_security_log_tells_of_every_change(secured):
    secured.put(f"{PATH}/deactivation", json={"recovery_code": secured.recovery_codes[0]})
    rows = stored("select kind from security_entries where user_id = %s order by sequence", secured.person.id)
    kinds = [kind for (kind,) in rows if kind.startswith("two_factor")]
    assert kinds == [
        f"two_factor.{what}" for what in ("enrolled", "turned_on", "recovery_code_used", "turned_off")
    ]


def test_the_account_tells_of_it_in_its_events(secured):
    secured.put(f"{PATH}/deactivation", json={"recovery_code": secured.recovery_codes[0]})
    event_types = [
        event["event_type"]
        for event in secured.get("/events", params={"subject_id": secured.person.id}).json()["items"]
    ]
    assert [event_type for event_type in event_types if event_type.startswith("two_factor")] == [
        "two_factor.enrolled", "two_factor.turned_on", "two_factor.turned_off",
    ]  # fmt: skip


def test_who_has_no_password_enrols_after_setting_one_by_mail(person):
    """Or else a stolen session would give itself the codes that prove who somebody is."""
    with database.connection_context():
        database.run("update users set password_hash = null where id = %s", (person.person.id,))
    for body in ({}, PROOF):
        assert refused(person.post(PATH, body)) == (403, "reauthentication_failed")
