"""Things that tests are about, made through the API."""

import itertools
import json
import string

from contract_tests.clients import Client
from contract_tests.mailbox import Mailbox
from contract_tests.server import Person
from models.base.database import database
from models.base.ids import new_id
from models.base.work import Work
from models.members import Member
from models.users import User

PASSWORD = "Correct-horse-7"
COPY = """insert into users select (jsonb_populate_record(u, %s::jsonb)).* from users u where id = %s"""
_numbers = itertools.count(1)


def register(anonymous, role="member", name=None):
    """A registered person, logged in, whom the limits of a demonstration hold for."""
    number = next(_numbers)
    email = f"person{number}@example.org"
    made = anonymous.post(
        "/users", {"email": email, "password": PASSWORD, "name": name or f"Person {number}"}
    )
    assert made.status_code == 201, made.text
    person = Person(email, PASSWORD, role, id=made.json()["id"])
    with database.connection_context():
        database.run("update users set rate_class = 'demo' where id = %s", (person.id,))
    person.token = log_in(anonymous, person)["access_token"]
    return person


def log_in(anonymous, person):
    made = anonymous.post("/sessions", {"email": person.email, "password": person.password})
    assert made.status_code == 201, made.text
    return made.json()


def copied(client, word):
    """Somebody registered, whose name begins with a word: a copy of ``client``, so that no password has to be hashed."""
    id, email = new_id(), f"{word.lower()}{new_id()}@example.org"
    with database.connection_context():
        told = json.dumps({"id": id, "email": email, "name": f"{word} person"})
        assert database.run(COPY, (told, client.person.id)) == 1
    return Person(email, PASSWORD, "", id=id)


def newcomer(anonymous, name=None):
    """The client of somebody new, who belongs to no organization."""
    return client_of(anonymous, register(anonymous, name=name))


def client_of(anonymous, person):
    return _another(anonymous, person.token, person)


def api_key(client, *scopes, **fields):
    """A client that acts for the same person with a new API key; ``key`` is what the contract tells of that."""
    made = _made(client.post("/api-keys", {"name": "A key", "scopes": list(scopes), **fields}))
    program = _another(client, made["secret"], client.person)
    program.key = made["api_key"]
    return program


def _another(client, token, person):
    return Client(str(client.http.base_url), client.contract, token, person)


def organization(client, name="An organization"):
    return _made(client.post("/organizations", {"name": name}))


def member(client, organization_id, person, role):
    """The membership of a person whom ``client`` invites, and who accepts."""
    invitation(client, organization_id, person.email, role)
    return accepted(client, person)


def enrolled(organization_id, user_id, role="guest"):
    """The id of a new membership that nobody was asked about."""
    with database.connection_context(), database.transaction(), Work() as work:
        member = Member.enrol(organization_id, User.get_by_id(user_id), role)
        work.store_events()
    return member.id


def invitation(client, organization_id, email, role="member"):
    return _made(client.post(f"/organizations/{organization_id}/invitations", {"email": email, "role": role}))


def accepted(client, person):
    """The membership of a person who accepts the newest invitation to their address."""
    token = Mailbox().to(person.email, "invitation").token
    person.token = person.token or log_in(client, person)["access_token"]
    answer = _another(client, person.token, person).put("/invitations/acceptance", json={"token": token})
    assert answer.status_code == 200, answer.text
    return answer.json()


def project(client, organization_id, **fields):
    return _made(
        client.post(
            "/projects", {"organization_id": organization_id, "key": key(), "name": "A project", **fields}
        )
    )


def task(client, project_id, **fields):
    return _made(
        client.post("/tasks", {"project_id": project_id, "title": "A task", "status": "todo", **fields})
    )


def key():
    """A project key that was not used before."""
    number, letters = next(_numbers), string.ascii_uppercase
    return "T" + "".join(letters[number // 26**place % 26] for place in range(4))


def _made(response):
    assert response.status_code == 201, response.text
    return response.json()
