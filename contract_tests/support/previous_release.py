"""The database of an earlier release, restored and served by this one."""

import contextlib
import gzip
import json
import signal
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg2

from contract_tests.support import factories
from contract_tests.support.clients import Client, Contract
from contract_tests.support.isolated_server import start
from contract_tests.support.server import Person

DUMPS = Path(__file__).parents[1] / "contract" / "releases"
SECRET = "yesterday " * 5  # what the server was started with whose database was dumped
ROLE = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'remit_app') then create role remit_app; end if;
end $$
"""
OWNERS = """
select u.email, u.id::text, m.organization_id::text from members m join users u on u.id = m.user_id
where m.role = 'owner' and u.kind = 'person' and u.password_hash is not null and u.disabled_at is null
    and not exists (select from two_factors f where f.id = u.id and f.turned_on_at is not null)
order by (select count(*) from events e where e.organization_id = m.organization_id) desc limit 1
"""


@dataclass
class Restored:
    """A server over the restored database; ``owner`` owns the organization in which most has happened."""

    owner: Client
    organization_id: str
    connection: object

    def rows(self, sql, *parameters):
        """Rows of the database, and a fresh rate limit for whoever asks next."""
        with self.connection.cursor() as cursor:
            cursor.execute("delete from counters")
            cursor.execute(sql, parameters)
            return cursor.fetchall()


@contextlib.contextmanager
def served(version, database_url):
    """Restore the dump of ``version`` beside the database at ``database_url``, migrate and serve it."""
    name = f"release_{version.replace('.', '_')}"
    with _connected(database_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"drop database if exists {name} with (force)")
        cursor.execute(f"create database {name}")
    parts = urlsplit(database_url)
    url = urlunsplit(parts._replace(path=f"/{name}"))
    dump = gzip.decompress((DUMPS / f"{version}.sql.gz").read_bytes()).decode()
    with _connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(ROLE)
        cursor.execute(dump)
    with tempfile.TemporaryDirectory(prefix="remit-release-") as folder, _connected(url) as connection:
        settings = {"REMIT_DATABASE_URL": url, "REMIT_SECRET": SECRET, "REMIT_ADDRESS_FACTOR": "1000000"}
        # Several processes count in the database, where a test can begin anew.
        process = start(Path(folder), "--no-demo", "--workers", "2", environment=settings)
        try:
            yield _restored(Path(folder), connection)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _restored(folder, connection):
    base_url = json.loads((folder / "serve.json").read_text())["base_url"]
    with connection.cursor() as cursor:
        cursor.execute(OWNERS)
        ((email, id, organization_id),) = cursor.fetchall()
    person = Person(email, factories.PASSWORD, "owner", id=id)
    client = Client(base_url, Contract(base_url), person=person)
    client.http.timeout = httpx.Timeout(60)
    client.log_in_again()
    assert client.token, "who could log in before the upgrade can log in after it"
    return Restored(client, organization_id, connection)


@contextlib.contextmanager
def _connected(url):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def until(condition, seconds=60):
    """Wait until ``condition()`` holds; false when it does not within ``seconds``."""
    end = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return value
