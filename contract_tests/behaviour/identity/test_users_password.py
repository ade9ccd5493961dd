"""Users: changing one's own password."""

from dataclasses import replace

import pytest

from contract_tests.support import factories
from contract_tests.support.accounts import log_in
from contract_tests.support.clients import refused
from models.base.database import database


@pytest.fixture
def ada(anonymous):
    return factories.newcomer(anonymous, name="Ada Lovelace")


def passwords(current=factories.PASSWORD, new="Quite-another-word-1"):
    return {"current_password": current, "new_password": new}


def sessions_of(anonymous, person, count):
    tokens = [factories.log_in(anonymous, person)["access_token"] for _ in range(count)]
    return [factories.client_of(anonymous, replace(person, token=token)) for token in tokens]


def test_a_changed_password_ends_every_other_session_and_link(anonymous, mailbox, ada):
    others = sessions_of(anonymous, ada.person, 2)
    anonymous.post("/password-resets", {"email": ada.person.email})
    link = mailbox.to(ada.person.email, "reset_password").token
    assert ada.put("/users/me/password", json=passwords()).status_code == 204
    assert ada.get("/users/me").status_code == 200
    assert [client.get("/users/me").status_code for client in others] == [401, 401]
    assert mailbox.to(ada.person.email).template == "password_changed"
    assert log_in(anonymous, ada.person.email).status_code == 401
    assert log_in(anonymous, ada.person.email, "Quite-another-word-1").status_code == 201
    body = {"token": link, "new_password": "Of-the-old-link-1"}
    assert refused(anonymous.put("/password-resets/completion", json=body)) == (409, "link_not_valid")


def test_a_password_is_changed_by_who_knows_it_alone(anonymous, mailbox, ada):
    (other,) = sessions_of(anonymous, ada.person, 1)
    answer = ada.put("/users/me/password", json=passwords(current="Wrong-password-1"))
    assert refused(answer) == (403, "reauthentication_failed")
    assert other.get("/users/me").status_code == 200
    assert log_in(anonymous, ada.person.email).status_code == 201
    assert [
        letter for letter in mailbox.all_to(ada.person.email) if letter.template == "password_changed"
    ] == []


def test_a_new_password_is_as_strong_as_the_first(ada):
    answer = ada.put("/users/me/password", json=passwords(new="in-lower-case-1"))
    assert refused(answer) == (422, "password_too_weak")
    answer = ada.put("/users/me/password", json=passwords(new="Lovelace-1815"))
    assert refused(answer) == (422, "password_too_weak")


def test_who_has_no_password_sets_one_by_a_mail(anonymous, mailbox, ada):
    with database.connection_context():
        database.run("update users set password_hash = null where id = %s", (ada.person.id,))
    assert ada.get("/users/me").json()["has_password"] is False
    assert refused(ada.put("/users/me/password", json=passwords())) == (403, "reauthentication_failed")
    assert log_in(anonymous, ada.person.email).status_code == 401
    anonymous.post("/password-resets", {"email": ada.person.email})
    body = {"token": mailbox.to(ada.person.email).token, "new_password": "The-first-one-1"}
    assert anonymous.put("/password-resets/completion", json=body).status_code == 204
    assert log_in(anonymous, ada.person.email, "The-first-one-1").status_code == 201
