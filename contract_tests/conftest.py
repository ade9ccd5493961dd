"""One database and one server for the tests of a process, and the people who ask.  Nothing listens beyond loopback.

A run of the whole suite has a process more than processor cores (pytest-xdist), and so as many databases and servers.
"""

import gc
import os
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import pytest

from contract_tests.contract import coverage
from contract_tests.support import provider as providers
from contract_tests.support.judging import Judging
from contract_tests.support.scheduling import (  # noqa: F401
    pytest_collection_modifyitems,
    pytest_configure_node,
    pytest_xdist_auto_num_workers,
    pytest_xdist_make_scheduler,
)
from contract_tests.support.server import Live, Running, listener, two_sides

pytest_plugins = ["contract_tests.support.fixtures"]
gc.set_threshold(100_000, 50, 100)  # the contract, read several times, is much to look through, and stays
# Before anything reads the settings: a folder and an address of this run's own.
FOLDER = Path(tempfile.mkdtemp(prefix="remit-tests-"))
FOLDER.chmod(0o755)
SOCKET, PROVIDER = listener(), listener()
HOST_URL = f"http://127.0.0.1:{SOCKET.getsockname()[1]}"
os.environ |= {
    "REMIT_DATA": str(FOLDER),
    "REMIT_PUBLIC_URL": HOST_URL,
    "REMIT_ADDRESS_FACTOR": "1000000",
    "REMIT_PASSWORD_KIB": "64",  # the tests log in thousands of times
    "REMIT_BODY_SECONDS": "1.5",
    "REMIT_LOG_LEVEL": "critical",
    "REMIT_MAILBOX_PAGE": "1",
    "REMIT_IDENTITY_SECONDS": "2.5",
    **providers.environment(f"http://127.0.0.1:{PROVIDER.getsockname()[1]}"),
}
warnings.filterwarnings("ignore", message=r".*starlette\.testclient.*")


def pytest_addoption(parser):
    parser.addoption(
        "--long",
        action="store_true",
        help="the long runs: three seeds of Schemathesis, more kills, all clients",
    )
    parser.addoption(
        "--keep-clients",
        action="store_true",
        help="keep what the long run of the clients finds as its results",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "first: looks at every row; runs before all other tests")
    config.addinivalue_line("markers", "slow: takes long; its module starts early")
    config.addinivalue_line("markers", "alone: needs the machine for itself; runs when nothing else does")
    config.add_cleanup(lambda: shutil.rmtree(FOLDER, ignore_errors=True))
    config.pluginmanager.register(Judging(coverage.gather, coverage.judge), "judging")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    from contract_tests.support import clients
    from models.base.breakers import BREAKERS

    clients.stay_logged_in()
    for breaker in list(BREAKERS.values()):  # the provider of an earlier test may have failed often
        breaker.reset()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL of this run; the tests of crashes start their own, with every safety on."""
    from models.base.embedded.cluster import Cluster

    with Cluster(FOLDER, options={"fsync": "off", "max_connections": "200"}) as running:
        yield running


@pytest.fixture(scope="session")
def database_url(cluster):
    from models.base.database import database
    from models.base.settings import settings
    from models.migrations import migrate

    url = os.environ["REMIT_DATABASE_URL"] = cluster.url()
    os.environ["REMIT_APP_DATABASE_URL"] = cluster.app_url()
    settings.cache_clear()  # a test that needs no database may have read them before
    database.configure(url)
    migrate(database)
    return url


@pytest.fixture(scope="session")
def provider():
    """Whom people sign in with, in the place of Google and of GitHub."""
    server = providers.Provider(PROVIDER)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def live(database_url, provider):
    """The server that most tests ask: an organization with people in every role, and a foreign one."""
    from contract_tests.support import factories
    from contract_tests.support.clients import Client
    from handlers.http import asgi
    from models.base.database import database

    edge = asgi.make()
    two_sides(database, database_url)
    running = Running(edge, SOCKET)
    live = Live(HOST_URL, edge, provider)
    contract = _contract(live.base_url)
    nobody = Client(live.base_url, contract)
    live.people = {
        role: factories.register(nobody, role) for role in ("owner", "admin", "member", "guest", "stranger")
    }
    owner = Client(live.base_url, contract, live.people["owner"].token)
    live.organization_id = factories.organization(owner, "Own")["id"]
    for role in ("admin", "member", "guest"):
        factories.member(owner, live.organization_id, live.people[role], role)
    stranger = Client(live.base_url, contract, live.people["stranger"].token)
    live.foreign_organization_id = factories.organization(stranger, "CANARY foreign")["id"]
    yield live
    running.stop()


@cache
def _contract(base_url):
    from contract_tests.support.clients import Contract

    return Contract(base_url)


@pytest.fixture(scope="session")
def contract(live):
    return _contract(live.base_url)


@pytest.fixture(scope="session")
def world(live, contract):
    """Two organizations of their own with one object of every kind, and a valid request for every operation."""
    from contract_tests.support.world import World

    return World(live, contract)


def _client(role):
    @pytest.fixture(scope="session", name=role)
    def client(live, contract):
        from contract_tests.support.clients import Client

        person = live.people.get(role)
        acting = Client(live.base_url, contract, person and person.token, person)
        if person:  # may have been registered long before
            acting.log_in_again()
        return acting

    return client


owner, admin, member, guest, stranger, anonymous = map(
    _client, ("owner", "admin", "member", "guest", "stranger", "anonymous")
)


@pytest.fixture(scope="session")
def mailbox(live):
    """What was written to whom: ``mailbox.to("ada@example.org", "reset_password").token``."""
    from contract_tests.support.mailbox import Mailbox

    return Mailbox()


@pytest.fixture
def organization(live):
    """The id of the organization that owner, admin, member and guest belong to."""
    return live.organization_id


@pytest.fixture
def project(owner, organization):
    """A new project."""
    from contract_tests.support import factories

    return factories.project(owner, organization)


@pytest.fixture
def task(owner, project):
    """A new task in a new project."""
    from contract_tests.support import factories

    return factories.task(owner, project["id"])
