"""A full walkthrough: one person does everything that the API offers, under words that can be found again."""

from dataclasses import dataclass, replace

import httpx

from contract_tests.support import authenticators, factories
from contract_tests.support.clients import TLS, Client, http_client
from contract_tests.support.operations import those
from contract_tests.support.server import Person
from contract_tests.support.world import World
from models.base.database import database

ADDRESS = "127.77.66.55"  # loopback too, and nobody else's
# Operations about an account, whose texts are the person's own words.
OWN_SCOPES = {"account:read", "account:write", "keys:read", "keys:write"}
LEFT_OUT = {"erase_me"}


@dataclass
class Canary:
    """Who walks: the words that stand for the person, and the person's client."""

    client: Client
    words: list

    @property
    def person(self):
        return self.client.person


def canary(live, contract, word):
    """Somebody new whose name, e-mail address, device and network address are words that can be found again."""
    client = Client(live.base_url, contract)
    client.http = from_the_address(live.base_url, word)
    email = f"{word}@canary.example".lower()
    registration = {"email": email, "password": factories.PASSWORD, "name": f"{word} Person"}
    assert client.post("/users", registration).status_code == 202
    with database.connection_context():
        ((id,),) = database.rows(factories.VERIFY, (email, email))
    client.person = Person(email, factories.PASSWORD, "owner", id=id)
    return Canary(factories.log_in_again(client), [word, ADDRESS])


def from_the_address(base_url, word):
    """A browser on the device of the word, at the address."""
    return http_client(
        base_url=base_url,
        headers={"User-Agent": f"{word}Browser/7.0 (X11; Linux x86_64)"},
        transport=httpx.HTTPTransport(TLS, local_address=ADDRESS),
    )


class FullWalkthrough(World):
    """The person is one of the owners of ``own``, and does there whatever an owner may."""

    def __init__(self, live, contract, walker):
        super().__init__(live, contract)
        self.walker, self.word = walker, walker.words[0]
        self.member = factories.member(self.own.client, self.own.organization_id, walker.person, "member")
        self.make_owner()
        self.clients["owner"] = walker.client

    def make_owner(self):
        changed = self.own.client.patch(
            f"/members/{self.member['id']}", {"role": "owner", "password": factories.PASSWORD}
        )
        assert changed.status_code == 200, changed.text

    def everything(self):
        """Ask every operation of the contract that is not for everybody."""
        for operation in those(lambda operation: operation.permission and operation.id not in LEFT_OUT):
            self.step(operation)

    def step(self, operation):
        """Ask one operation, with the person's words wherever its own words are asked for."""
        authenticators.take_away(self.walker.person.id)
        self.with_two_factor.discard(self.walker.person.id)
        factories.log_in_again(self.walker.client)
        request = self.request(operation)
        is_of_a_program = operation.permission.startswith("service_")  # whose names are the organization's
        if operation.schema and set(operation.scopes) <= OWN_SCOPES and not is_of_a_program:
            words = self.body(operation, replace(self.own, word=self.word), "owner")
            request.body |= {name: value for name, value in words.items() if str(value).startswith(self.word)}
        if operation.takes("Idempotency-Key"):
            request = request.having(Idempotency_Key=f"{self.word}-{operation}")
        answer = self.send(request)
        assert answer.status_code < 300, f"{operation}: {answer.text}"
        if operation.id == "transfer_ownership":
            self.make_owner()
