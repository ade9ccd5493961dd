"""What people do with their accounts before they are logged in."""

from contract_tests.support import factories
from models.privacy import personal_data_exports

ACCOUNT = {"password": factories.PASSWORD, "name": "Ada Lovelace"}


def register(anonymous, email, **fields):
    return anonymous.post("/users", {"email": email, **ACCOUNT, **fields})


def log_in(anonymous, email, password=factories.PASSWORD):
    return anonymous.post("/sessions", {"email": email, "password": password})


def verify(anonymous, token, password=factories.PASSWORD):
    return anonymous.put("/email-verifications/completion", json={"token": token, "password": password})


def verified(anonymous, mailbox, email, **fields):
    """The client of somebody who has registered, opened the link and logged in."""
    assert register(anonymous, email, **fields).status_code == 202
    password = fields.get("password", factories.PASSWORD)
    assert verify(anonymous, mailbox.to(email, "verify_email").token, password).status_code == 204
    person = factories.Person(
        email, password, "", token=log_in(anonymous, email, password).json()["access_token"]
    )
    return factories.client_of(anonymous, person)


def exported(person):
    """The person, who has had all the exports of a day."""
    for _ in range(personal_data_exports.MAX_EXPORTS_PER_DAY):
        factories.job(person.id, kind=personal_data_exports.KIND)
    return person
