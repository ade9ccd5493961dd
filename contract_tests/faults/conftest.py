"""A server of its own for hostile requests, over the database of all tests: its processor time and memory are its own."""

import shutil
import tempfile
from pathlib import Path

import pytest

QUICK = {"address_factor": 1_000_000, "body_seconds": 1, "head_seconds": 1, "log_level": "info"}


@pytest.fixture(scope="module")
def served(database_url):
    from contract_tests.faults.served import Served
    from models.base.secret import secret

    folder = Path(tempfile.mkdtemp(prefix="remit-hostile-"))
    # With the secret of the tests, which read what it has encrypted.
    with Served(folder, database_url=database_url, secret=secret().decode(), **QUICK) as running:
        yield running
    assert running.faults() == []
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def world(served, contract):
    """Who asks that server, and for what."""
    from contract_tests.support.server import Live
    from contract_tests.support.world import World

    return World(Live(served.host_url), contract)
