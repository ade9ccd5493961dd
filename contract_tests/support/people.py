"""People of the tests: registered and logged in by SQL and by the models, where a test is not about that."""

import itertools
import json
import secrets
from functools import cache

import httpx

import spec
from contract_tests.support.server import Person
from models.base.database import database
from models.base.ids import new_id
from models.base.secret import digest
from models.base.unit_of_work import UnitOfWork
from models.identity.users import User
from models.platform.security_log import SecurityEntry
from security import passwords, sessions
from spec.representation import Representation, of_snapshots

PASSWORD = "Correct-horse-7"
COPY = """insert into users select (jsonb_populate_record(u, %s::jsonb)).* from users u where id = %s"""
_numbers = itertools.count(1)
# As if the link of the mail had been used; the limits of a demonstration hold.
VERIFY = """
with used as (delete from email_tokens where email = %s),
kept as (delete from registrations where user_id in (select id from users where email = %s) returning *)
update users u set verified_at = now(), rate_class = 'demo', password_hash = k.password_hash, name = k.name,
    time_zone = k.time_zone, locale = k.locale
from kept k where k.user_id = u.id returning u.id
"""
# The same for every account of a server of its own.
ACTIVATE = """
update users u set verified_at = now(), rate_class = 'demo', password_hash = r.password_hash from registrations r
where r.user_id = u.id
"""
VERIFIED = """
update users set verified_at = now(), rate_class = 'demo', password_hash = %s where id = %s
"""
UNVERIFY = """
with kept as (
    insert into registrations select %s, now(), id, password_hash, name, time_zone, locale from users where id = %s
    returning user_id
)
update users set verified_at = null, password_hash = null where id in (select user_id from kept)
"""
GIVE_TOKEN = """
insert into email_tokens (id, version, created_at, updated_at, user_id, purpose, email, digest, expires_at)
values (%s, 1, now(), now(), %s, %s, %s, %s, now() + interval '1 hour')
"""


def register(anonymous, role="member", name=None, password=PASSWORD):
    """A registered person with a verified address, logged in: as if by ``POST /users``, the link of the email, and
    ``POST /sessions``, which take three computations of a password hash."""
    number = next(_numbers)
    person = Person(f"person{number}@example.org", password, role)
    with database.connection_context(), database.transaction(), _work() as work:
        user = User.sign_up(person.email, name or f"Person {number}")
        SecurityEntry.note("user.registered", user_id=user.id, outcome="success")
        assert database.run(VERIFIED, (_hash_of(password), user.id)) == 1
        work.store_events()
    person.id = user.id
    person.token = signed_in(person)["access_token"]
    return person


def register_by_request(anonymous):
    """The same by requests, for tests of what they leave; the link of the email is used by SQL."""
    person = Person(f"person{next(_numbers)}@example.org", PASSWORD, "member")
    body = {"email": person.email, "password": PASSWORD, "name": "Ada Brandt"}
    made = anonymous.post("/users", body)
    assert made.status_code == 202, made.text
    with database.connection_context():
        ((person.id,),) = database.rows(VERIFY, (person.email, person.email))
    person.token = log_in(anonymous, person)["access_token"]
    return person


@cache
def _hash_of(password):
    """As it is stored; computed once for the many people who have the same."""
    return passwords.hashed(password)


def _work():
    """A unit of work of the people here, as a request of theirs has it."""
    return UnitOfWork(represent=represented(), address="127.0.0.1", agent=f"python-httpx/{httpx.__version__}")


def signed_in(person):
    """A new session of a person with its tokens, as ``log_in`` gives it, without a look at the password."""
    with database.connection_context(), database.transaction(), _work() as work:
        session = sessions.begin(User.get_by_id(person.id))
        work.store_events()
    return session


def log_in(anonymous, person):
    made = anonymous.post("/sessions", {"email": person.email, "password": person.password})
    assert made.status_code == 201, made.text
    return made.json()


def copied(client, word):
    """Somebody registered, whose name begins with a word: a copy of ``client``, so that no password has to be hashed."""
    id, email = new_id(), f"{word.lower()}{new_id()}@example.org"
    with database.connection_context():
        columns = json.dumps({"id": id, "email": email, "name": f"{word} person", "places": "{}"})
        assert database.run(COPY, (columns, client.person.id)) == 1
    return Person(email, PASSWORD, "", id=id)


def email_token(person, purpose, email=None):
    """A token as it is mailed to a person, made without a mail."""
    token = secrets.token_urlsafe(32)
    with database.connection_context():
        row = (new_id(), person.id, purpose, email or person.email, digest(token))
        assert database.run(GIVE_TOKEN, row) == 1
    return token


def registered(person):
    """The person, registered and not verified yet, with the same password."""
    with database.connection_context():
        assert database.run(UNVERIFY, (new_id(), person.id)) == 1
    return person


def forget_failures():
    """Nobody has guessed anything."""
    with database.connection_context():
        database.run("delete from attempts")


@cache
def represented():
    """What events keep of a row, as on the server."""
    components = spec.load()["components"]["schemas"]
    return of_snapshots(components, Representation(components))
