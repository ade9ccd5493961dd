"""Signing in with the provider of the tests, step by step as a client, a browser and a person do it."""

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from contract_tests.support import factories
from contract_tests.support.provider import Person
from models.base.database import database
from models.base.ids import new_id

LINKED = """
insert into identities (id, version, created_at, updated_at, user_id, provider, subject, email)
values (%s, 1, now(), now(), %s, 'github', %s, %s)
"""


@dataclass
class Way:
    """A sign-in that was begun: where the browser is sent, and what the client keeps."""

    client: object
    program: object
    provider: str
    url: str
    handoff_secret: str

    def come_back(self, person=None, url=None):
        """The browser's answer from the callback, after the person has agreed."""
        return self.client.get(url or self.program.consent(self.url, person))

    def code(self, person=None):
        """What the client is brought."""
        return result(self.come_back(person))["code"]

    def body(self, person=None, **more):
        return {"code": self.code(person), "handoff_secret": self.handoff_secret, **more}


def begin(client, program, provider="github", **fields):
    answer = client.post(
        "/identity-authorizations", {"provider": provider, **fields}, headers={"Authorization": ""}
    )
    assert answer.status_code == 201, answer.text
    authorization = answer.json()
    return Way(client, program, provider, authorization["authorization_url"], authorization["handoff_secret"])


def asked(url):
    """What the address says that a person is sent to, or comes back to."""
    return dict(parse_qsl(urlsplit(url).query))


def result(answer):
    """What stands behind the ``#`` of where the browser is sent."""
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).fragment, strict_parsing=True))


def complete(client, body):
    return client.post("/sessions/by-identity", body)


def sign_in(client, program, person, provider="github", **more):
    """All of it: the answer to the last step."""
    return complete(client, begin(client, program, provider).body(person, **more))


def newcomer(anonymous, program, provider="github", **fields):
    """The client of somebody who has come in by a provider alone, with ``identity`` and ``at_provider``."""
    person = Person(**({"email": address()} | fields))
    answer = sign_in(anonymous, program, person, provider)
    assert answer.status_code == 201, answer.text
    account = factories.Person(
        person.email, "", "", id=answer.json()["user_id"], token=answer.json()["access_token"]
    )
    client = factories.client_of(anonymous, account)
    client.identity, client.at_provider = client.get("/identities").json()["items"][0], person
    return client


def address(word="person"):
    return f"{word}-{secrets.token_hex(6)}@example.org"


def linked(user_id, word="own"):
    """The id of an identity of somebody, made without a provider."""
    id = new_id()
    with database.connection_context():
        assert database.run(LINKED, (id, user_id, secrets.token_hex(8), address(word.lower()))) == 1
    return id
