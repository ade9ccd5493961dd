"""Things that tests are about, made through the API."""

import itertools
import string

from contract_tests.clients import Client
from contract_tests.server import Person
from models.base.database import database

PASSWORD = "Correct-horse-7"
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


def refresh(client):
    """Give a client new tokens of its ``session``."""
    body = {"refresh_token": client.session["refresh_token"]}
    client.session = _made(client.post("/sessions/refresh", body, headers={"Authorization": ""}))
    client.http.headers["Authorization"] = f"Bearer {client.session['access_token']}"


def log_in_again(client):
    """Give a client the tokens of a new session: after a change of role, the earlier ones do not hold."""
    token = _made(
        client.post("/sessions", {"email": client.person.email, "password": client.person.password})
    )
    client.http.headers["Authorization"] = f"Bearer {token['access_token']}"
    return client


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
    return _made(
        client.post(f"/organizations/{organization_id}/members", {"email": person.email, "role": role})
    )


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
