"""Users: registering, and one's own account."""

import pytest

from contract_tests.support import factories
from contract_tests.support.accounts import ACCOUNT, log_in, register, verified, verify
from contract_tests.support.clients import alike, at_once, refused
from handlers.workers import registry
from models.base.database import database


@pytest.fixture
def ada(anonymous):
    return factories.newcomer(anonymous, name="Ada Lovelace")


def test_who_registers_verifies_the_address_and_logs_in(anonymous, mailbox):
    made = register(anonymous, "First@Example.org")
    assert made.json() == {"email": "first@example.org", "status": "verification_sent"}
    assert refused(log_in(anonymous, "first@example.org")) == (401, "unauthenticated")
    letter = mailbox.to("first@example.org")
    assert (letter.template, letter.locale) == ("verify_email", "en")
    assert verify(anonymous, letter.token).status_code == 204
    assert log_in(anonymous, "FIRST@example.org").status_code == 201


def test_an_account_that_is_not_verified_is_kept_out_as_a_wrong_password_is(anonymous):
    register(anonymous, "early@example.org")
    early, wrong = (
        log_in(anonymous, "early@example.org", word) for word in (factories.PASSWORD, "Wrong-word-1")
    )
    assert refused(early) == refused(wrong) == (401, "unauthenticated")
    assert early.json()["detail"] == wrong.json()["detail"]


def test_an_account_has_defaults_and_may_set_them(anonymous, mailbox):
    plain = verified(anonymous, mailbox, "plain@example.org").get("/users/me").json()
    assert (plain["time_zone"], plain["locale"], plain["has_password"]) == ("UTC", "en", True)
    assert plain["created_at"] < plain["verified_at"]
    own = verified(anonymous, mailbox, "own@example.org", time_zone="Europe/Berlin", locale="de-DE").get(
        "/users/me"
    )
    assert (own.json()["time_zone"], own.json()["locale"]) == ("Europe/Berlin", "de-DE")
    assert mailbox.to("own@example.org").locale == "de-DE"


def test_who_has_an_account_is_told_so_by_mail_and_nobody_else_is(anonymous, mailbox, ada):
    before = ada.get("/users/me").json()
    again = register(anonymous, ada.person.email.upper(), name="Somebody else")
    assert (again.status_code, again.json()["status"]) == (202, "verification_sent")
    letter = mailbox.to(ada.person.email)
    assert letter.template == "already_registered"
    assert "Somebody else" not in str(letter.facts)
    assert ada.get("/users/me").json() == before


def test_A4_registering_answers_the_same_whether_or_not_the_address_is_known(anonymous, ada):
    registered, unknown = ada.person.email, "x" * len(ada.person.email.partition("@")[0]) + "@example.org"
    register(anonymous, waiting := f"y{unknown[1:]}")
    answers = [alike(register(anonymous, email), email) for email in (registered, unknown, waiting)]
    assert answers[0] == answers[1] == answers[2]


def test_registering_again_replaces_what_is_not_verified_and_its_link(anonymous, mailbox):
    register(anonymous, "twice@example.org", name="A thief", password="Correct-donkey-8")
    first = mailbox.to("twice@example.org").token
    register(anonymous, "twice@example.org", name="The owner")
    second = mailbox.to("twice@example.org").token
    assert refused(verify(anonymous, first)) == (409, "link_not_valid")
    assert refused(log_in(anonymous, "twice@example.org")) == (401, "unauthenticated")
    assert verify(anonymous, second).status_code == 204
    assert log_in(anonymous, "twice@example.org", "Correct-donkey-8").status_code == 401
    assert log_in(anonymous, "twice@example.org").status_code == 201


def test_F11_of_many_who_register_one_address_at_the_same_moment_one_account_is_made(anonymous, mailbox):
    answers = at_once(*[lambda: register(anonymous, "race@example.org")] * 6)
    assert {answer.status_code for answer in answers} == {202}
    letters = mailbox.all_to("race@example.org")
    assert [letter.template for letter in letters] == ["verify_email"] * 5
    worked = [verify(anonymous, letter.token).status_code for letter in letters]
    assert sorted(worked) == [204] + [409] * 4


@pytest.mark.parametrize(
    "password, fault",
    [
        ("no-upper-case-1", "uppercase"),
        ("NO-LOWER-CASE-1", "lowercase"),
        ("NeitherDigitNorSign", "a digit or symbol"),
        ("Lovelace-is-me-1", "the name"),
        ("My-weakling-12", "email address"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(anonymous, password, fault):
    answer = anonymous.post("/users", {**ACCOUNT, "email": "weakling@example.org", "password": password})
    assert refused(answer) == (422, "password_too_weak")
    assert fault in answer.json()["detail"]


def test_a_password_has_at_least_ten_characters(anonymous):
    answer = anonymous.post("/users", {**ACCOUNT, "email": "short@example.org", "password": "Short-12"})
    assert refused(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["pointer"] == "/password"


@pytest.mark.parametrize(
    "email", ["none", "two@at@example.org", "spaces in@example.org", "@example.org", "a@"]
)
def test_an_address_must_be_one(anonymous, email):
    assert anonymous.post("/users", {**ACCOUNT, "email": email}).status_code == 422


def test_a_registration_can_be_tried_without_an_account_or_a_mail(anonymous, mailbox):
    body = {"email": "trial@example.org", **ACCOUNT}
    assert anonymous.post("/users?validate_only=true", body).status_code == 200
    assert mailbox.all_to("trial@example.org") == []
    weak = anonymous.post("/users?validate_only=true", {**body, "password": "in-lower-case-1"})
    assert refused(weak) == (422, "password_too_weak")


def test_the_password_is_never_shown(anonymous, mailbox):
    made = register(anonymous, "secret@example.org")
    assert factories.PASSWORD not in made.text
    assert factories.PASSWORD not in str(mailbox.to("secret@example.org").facts)


def test_an_address_gets_five_mails_in_an_hour_and_nobody_is_told(anonymous, mailbox):
    email = "flooded@example.org"
    answers = [alike(register(anonymous, email), email) for _ in range(7)]
    assert answers == [answers[0]] * 7
    assert len(mailbox.all_to(email)) == 5
    fifth = mailbox.to(email).token  # what came after it has changed nothing
    with database.connection_context():
        database.run("update mail_requests set begun_at = now() - interval '61 minutes'")
    register(anonymous, email)
    assert refused(verify(anonymous, fifth)) == (409, "link_not_valid")
    assert verify(anonymous, mailbox.to(email).token).status_code == 204


def test_who_never_verifies_the_address_is_forgotten_after_a_week(anonymous):
    for email in ("old@example.org", "young@example.org", "late@example.org"):
        register(anonymous, email)
    with database.connection_context():
        database.run(
            "update users set created_at = now() - interval '8 days' where email in ('old@example.org', 'late@example.org')"
        )
        database.run("update email_tokens set expires_at = now() where email = 'old@example.org'")
        ((id,),) = database.rows("select id from users where email = 'old@example.org'")
        registry.load()
        registry.perform("users.forget_unverified", {})
        left = database.rows(
            "select email from users where email like any (array['old@%%', 'young@%%', 'late@%%']) order by 1"
        )
        assert left == [
            ("late@example.org",),
            ("young@example.org",),
        ]  # the one has a link that is good still
        assert database.rows("select from events where stream_id = %s", (id,)) == []
        assert (
            database.rows("select from security_entries where user_id = %s and personal is not null", (id,))
            == []
        )


def test_an_account_is_read_only_by_who_is_logged_in(anonymous):
    assert refused(anonymous.get("/users/me")) == (401, "unauthenticated")
    assert refused(anonymous.patch("/users/me", {"name": "Nobody"})) == (401, "unauthenticated")


def test_F1_an_update_of_one_field_of_the_account_leaves_the_others_alone(ada):
    before = ada.get("/users/me").json()
    after = ada.patch("/users/me", {"locale": "fr"}).json()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"locale", "updated_at", "version"}
    assert ada.get("/users/me").json() == after


def test_F1_an_empty_update_of_the_account_changes_nothing(ada):
    before = ada.get("/users/me").json()
    assert refused(ada.patch("/users/me", {})) == (422, "invalid_request")
    assert ada.get("/users/me").json() == before


@pytest.mark.parametrize("field", ["email", "id", "version", "password", "rate_class", "password_hash"])
def test_what_is_not_offered_for_change_is_refused(ada, field):
    answer = ada.patch("/users/me", {"name": "New", field: "x"})
    assert {error["pointer"] for error in answer.json()["errors"]} == {f"/{field}"}
    assert ada.get("/users/me").json()["name"] == "Ada Lovelace"


def test_the_name_of_a_person_cannot_be_cleared(ada):
    for name in (None, "", "   ", "a\0b"):
        assert refused(ada.patch("/users/me", {"name": name})) == (422, "invalid_request")


def test_names_are_kept_in_every_script(ada):
    for name in ("Ἀριστοτέλης", "王小明", "مريم", "Zoë 👩‍🚀", "M\u00e1ire \u05e9\u05dc\u05d5\u05dd"):
        assert ada.patch("/users/me", {"name": name}).json()["name"] == name
        assert ada.get("/users/me").json()["name"] == name


def test_a_changed_account_leaves_an_event_in_the_account(ada):
    ada.patch("/users/me", {"name": "Ada King"})
    last = ada.get("/events", params={"sort": "-sequence", "limit": 1}).json()["items"][0]
    assert (last["event_type"], last["organization_id"]) == ("user.updated", None)
    assert last["changes"] == [{"field": "name", "before": "Ada Lovelace", "after": "Ada King"}]
    assert last["snapshot"]["user"]["name"] == "Ada King"


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "europe/berlin", "Europe/Berlin ", "../../etc/passwd", "UTC+1", "", "a\0b"]
)
def test_a_time_zone_is_one_of_the_iana_database(ada, anonymous, zone):
    for answer in (
        ada.patch("/users/me", {"time_zone": zone}),
        register(anonymous, "zone@example.org", time_zone=zone),
    ):
        assert refused(answer) == (422, "invalid_request")
        assert {error["pointer"] for error in answer.json()["errors"]} == {"/time_zone"}


@pytest.mark.parametrize(
    "locale", ["de", "de-CH", "zh-Hant-TW", "sl-rozaj-biske-1994", "de-DE-u-co-phonebk", "en-x-us", "es-419"]
)
def test_a_locale_is_a_language_tag(ada, locale):
    assert ada.patch("/users/me", {"locale": locale}).json()["locale"] == locale


@pytest.mark.parametrize(
    "locale", ["d", "de_CH", "german", "de-", "de-CH-", "de--CH", "en-u", "123", "de CH", "en-a-b-\0"]
)
def test_another_locale_is_refused(ada, locale):
    answer = ada.patch("/users/me", {"locale": locale})
    assert refused(answer) == (422, "invalid_request")
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/locale"}
