"""Things that tests are about, made through the API."""

import itertools
import string
from datetime import UTC, datetime

from contract_tests.support.clients import Client
from contract_tests.support.mailbox import Mailbox
from contract_tests.support.people import (  # noqa: F401
    ACTIVATE,
    PASSWORD,
    VERIFY,
    copied,
    email_token,
    forget_failures,
    log_in,
    register,
    register_by_request,
    registered,
    represented,
    signed_in,
)
from contract_tests.support.server import Person  # noqa: F401
from handlers.gateways import files
from handlers.gateways.letters import letter
from models.access.members import Member
from models.base import mailbox
from models.base.database import database
from models.base.unit_of_work import UnitOfWork
from models.identity.users import User
from models.services.jobs import Job

PROOF = {"password": PASSWORD}  # of identity, of who has no second factor on
_numbers = itertools.count(1)


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
    proof = {"password": client.person.password} if client.person else PROOF
    made = _made(client.post("/api-keys", {"name": "A key", "scopes": list(scopes), **proof, **fields}))
    program = _another(client, made["secret"], client.person)
    program.key = made["api_key"]
    return program


def _another(client, token, person):
    return Client(str(client.http.base_url), client.contract, token, person)


def founder(anonymous):
    """Somebody with an organization of their own, whose id is ``organization_id``."""
    client = newcomer(anonymous)
    client.organization_id = organization(client)["id"]
    return client


def organization(client, name="An organization"):
    return _made(client.post("/organizations", {"name": name}))


def member(client, organization_id, person, role):
    """The membership of a person, whom nobody has asked: as if ``client`` had invited and the person accepted."""
    id = enrolled(organization_id, person.id, role, by=client.person and client.person.id)
    answer = client.get(f"/members/{id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def enrolled(organization_id, user_id, role="guest", by=None):
    """The id of a new membership that nobody was asked about."""
    with (
        database.connection_context(),
        database.transaction(),
        UnitOfWork(actor_id=by, represent=represented()) as work,
    ):
        member = Member.enrol(organization_id, User.get_by_id(user_id), role)
        work.store_events()
    return member.id


def invitation(client, organization_id, email, role="member"):
    """An invitation, however many emails other tests have had sent to the address today."""
    with database.connection_context():
        database.run("delete from mail_requests where purpose = 'recipient'")
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


def job(user_id, message=None, *, kind="export", result=b"PK"):
    """The id of a job of a user, finished with the bytes of ``result`` as its file, or, without them, running."""
    with database.connection_context(), database.transaction(), UnitOfWork():
        new_job = Job.begin(kind, user_id)
        new_job.start(message)
        if result is not None:
            with files.new() as (name, file):
                file.write(result)
            new_job.succeed(f"{kind}.zip", name, len(result), message)
        return new_job.id


def resume_job(job_id):
    """Have a job run again that was finished."""
    with database.connection_context():
        database.run(
            """update jobs set status = 'running', result_name = null, result_bytes = null, result_file = null,
            expires_at = null where id = %s""",
            (job_id,),
        )


def mail_of_the_example():
    """The mail that the contract's examples name."""
    id, written_at = "0198c0de-7c7e-7f00-8000-000000000009", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    facts = {"name": "Ada Brandt", "what": "switched on"}
    made = letter(id, written_at, "ada@northwind.example", "two_factor_changed", facts)
    return mailbox.put(id, written_at, made.as_bytes())


def key():
    """A project key that was not used before."""
    number, letters = next(_numbers), string.ascii_uppercase
    return "T" + "".join(letters[number // 26**position % 26] for position in range(4))


def _made(response):
    assert response.status_code == 201, response.text
    return response.json()
