"""Crashes: whatever is killed, nothing that was acknowledged is lost, nothing is done twice, and events have no gap."""

import os
import random
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import psycopg2
import pytest

from contract_tests.faults.journal import ACKED, REFUSED, Journal, disagreements
from contract_tests.faults.load import Load
from contract_tests.faults.served import Served
from contract_tests.support.factories import ACTIVATE

pytestmark = pytest.mark.slow
WRITERS = 6
PASSWORD = "Correct-horse-7"
SEED = 20


@pytest.fixture
def served():
    """A server with a database of its own, all safeties on."""
    folder = Path(tempfile.mkdtemp(prefix="remit-crashes-"))
    folder.chmod(0o755)
    with Served(folder, address_factor=1_000_000, log_level="warning") as running:
        yield running
    shutil.rmtree(folder)


@pytest.fixture
def chance():
    return random.Random(SEED)


@pytest.fixture
def is_long(request):
    return request.config.getoption("--long")


@pytest.fixture
def load(served):
    """Writers with an API key, each with a project."""
    http = httpx.Client(base_url=served.base_url, timeout=30)

    def made(path, body):
        answer = http.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    http.post(
        "/users", json={"email": "ada@example.org", "password": PASSWORD, "name": "Ada"}
    ).raise_for_status()
    by_sql(served, ACTIVATE)
    session = made("/sessions", {"email": "ada@example.org", "password": PASSWORD})
    http.headers["Authorization"] = f"Bearer {session['access_token']}"
    organization = made("/organizations", {"name": "Crashes"})["id"]
    projects = [
        made("/projects", {"organization_id": organization, "key": f"P{n}", "name": f"Project {n}"})["id"]
        for n in range(WRITERS)
    ]
    secret = made(
        "/api-keys", {"name": "Writer", "scopes": ["tasks:read", "tasks:write"], "password": PASSWORD}
    )["secret"]
    http.close()
    return Load(served.base_url, secret, projects, Journal(served.data / "journal"), SEED)


def by_sql(served, statement):
    connection = psycopg2.connect(served.database_url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def postgres_of(served):
    """The processes of the server's PostgreSQL, its first one first."""
    children = psutil.Process(served.process.pid).children(recursive=True)
    return [process for process in children if "postgres" in process.name()]


def kill_postgres(served, *, all_at_once):
    """End it as a crash does: its first process, which the others survive for a moment, or all in one go."""
    processes = postgres_of(served)
    for process in processes if all_at_once else processes[:1]:
        with suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)


def agreed(served, load, what, kills):
    """Tell how it went, and compare what is stored with what was promised."""
    journal = load.journal
    print(
        f"\n{what}: {kills} kills, {journal.count(ACKED)} writes acknowledged, {journal.count(REFUSED)} refused, "
        f"{journal.retries} times sent again, {len(load.model)} tasks stored"
    )
    assert load.surprises == []
    assert disagreements(load.journal, load.model, served.database_url)[:20] == []


def test_killing_the_server_loses_and_doubles_nothing(served, load, chance, is_long):
    kills = 100 if is_long else 20
    with load:
        for _ in range(kills):
            load.proceed(20)
            time.sleep(chance.random() * 0.1)
            served.kill()
            served.start()
        load.proceed(20)
    agreed(served, load, "The server", kills)


def test_killing_postgresql_loses_and_doubles_nothing(served, load, chance, is_long):
    kills = 50 if is_long else 10
    with load:
        for number in range(kills):
            load.proceed(20)
            time.sleep(chance.random() * 0.1)
            kill_postgres(served, all_at_once=number % 2 == 0)
            if (
                number % 4 == 3
            ):  # a supervisor that sees too many deaths in a row takes its time; a new one does not
                load.proceed(5)
                assert served.stop() == 0
                served.start()
        load.proceed(20)
    agreed(served, load, "PostgreSQL", kills)
    assert served.process.poll() is None


def test_a_database_that_acknowledges_too_early_is_found_out(served, load):
    """The control: with ``synchronous_commit = off`` a crash loses what was acknowledged last, and the comparison sees it."""
    by_sql(served, "alter role remit_app set synchronous_commit = off")
    kill_postgres(served, all_at_once=False)  # so that all connections are new ones
    kills = 0
    with load:
        while kills < 20 and not any("404" in surprise for surprise in load.surprises):
            load.proceed(200)
            kill_postgres(served, all_at_once=True)
            kills += 1
            load.proceed(20)
    problems = disagreements(load.journal, load.model, served.database_url)
    print(f"\nA database that acknowledges too early: {len(problems)} disagreements after {kills} kills")
    assert any("has 0 effects" in problem for problem in problems)
