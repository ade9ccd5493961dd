"""Users: registering, and one's own account."""

import pytest

from contract_tests import factories
from contract_tests.clients import at_once, refused

ACCOUNT = {"password": factories.PASSWORD, "name": "Ada Lovelace"}


@pytest.fixture
def ada(anonymous):
    return factories.newcomer(anonymous, name="Ada Lovelace")


def test_who_registers_can_log_in_and_read_the_account(anonymous):
    made = anonymous.post("/users", {"email": "first@example.org", **ACCOUNT})
    person = factories.Person("first@example.org", factories.PASSWORD, "", made.json()["id"])
    person.token = factories.log_in(anonymous, person)["access_token"]
    read = factories.client_of(anonymous, person).get(made.headers["Location"])
    assert read.json() == made.json()
    assert read.headers["ETag"] == made.headers["ETag"]


def test_an_account_has_defaults_and_may_set_them(anonymous):
    plain = anonymous.post("/users", {"email": "plain@example.org", **ACCOUNT}).json()
    assert (plain["time_zone"], plain["locale"]) == ("UTC", "en")
    own = {"email": "own@example.org", "time_zone": "Europe/Berlin", "locale": "de-DE", **ACCOUNT}
    made = anonymous.post("/users", own).json()
    assert (made["time_zone"], made["locale"]) == ("Europe/Berlin", "de-DE")


def test_an_address_is_registered_once_in_whatever_case(anonymous):
    assert (
        anonymous.post("/users", {"email": "Once@Example.org", **ACCOUNT}).json()["email"]
        == "once@example.org"
    )
    again = anonymous.post("/users", {"email": "oNCE@example.ORG", **ACCOUNT})
    assert refused(again) == (409, "email_taken")


def test_F11_of_two_who_register_one_address_at_the_same_moment_one_succeeds(anonymous):
    body = {"email": "race@example.org", **ACCOUNT}
    answers = at_once(*[lambda: anonymous.post("/users", body)] * 6)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize(
    "password, fault",
    [
        ("no-upper-case-1", "upper case"),
        ("NO-LOWER-CASE-1", "lower case"),
        ("NeitherDigitNorSign", "a digit or sign"),
        ("Lovelace-is-me-1", "the name"),
        ("My-weakling-12", "the address"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(anonymous, password, fault):
    answer = anonymous.post("/users", {**ACCOUNT, "email": "weakling@example.org", "password": password})
    assert refused(answer) == (409, "password_too_weak")
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


def test_a_registration_can_be_tried_without_making_an_account(anonymous):
    body = {"email": "trial@example.org", **ACCOUNT}
    assert anonymous.post("/users?validate_only=true", body).status_code == 200
    assert anonymous.post("/users", body).status_code == 201
    assert refused(anonymous.post("/users?validate_only=true", body)) == (409, "email_taken")


def test_the_password_is_never_shown(anonymous):
    made = anonymous.post("/users", {"email": "secret@example.org", **ACCOUNT})
    assert factories.PASSWORD not in made.text
    assert "password" not in made.text


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
    assert {one["pointer"] for one in answer.json()["errors"]} == {f"/{field}"}
    assert ada.get("/users/me").json()["name"] == "Ada Lovelace"


def test_the_name_of_a_person_cannot_be_cleared(ada):
    for name in (None, "", "   ", "a\0b"):
        assert refused(ada.patch("/users/me", {"name": name})) == (422, "invalid_request")


def test_names_are_kept_in_every_script(ada):
    for name in ("Ἀριστοτέλης", "王小明", "مريم", "Zoë 👩‍🚀", "e\u0301 is not \u00e9"):
        assert ada.patch("/users/me", {"name": name}).json()["name"] == name
        assert ada.get("/users/me").json()["name"] == name


def test_a_changed_account_leaves_an_event_in_the_account(ada):
    ada.patch("/users/me", {"name": "Ada King"})
    last = ada.get("/events", params={"sort": "-sequence", "limit": 1}).json()["items"][0]
    assert (last["event_type"], last["organization_id"]) == ("user.updated", None)
    assert last["changes"] == [{"field": "name", "before": "Ada Lovelace", "after": "Ada King"}]
    assert last["snapshot"]["user"]["name"] == "Ada King"
